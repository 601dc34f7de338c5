//! `keylint trace`.

use super::args::TraceArgs;
use crate::flow;
use crate::input;
use crate::report;
use crate::run::Session;
use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};
use std::io::BufWriter;

pub(super) fn run(args: &TraceArgs) -> Result<u8> {
    let cwd = super::scan::current_dir()?;
    let (mut settings, rules) = super::scan::scan_settings(&args.scan, &cwd, &cwd)?;
    super::scan::open_baseline(&mut settings, &cwd)?;
    settings.respect_ignores = !args.no_ignore;
    let inputs = input::walk(&args.paths, &settings).into_diagnostic()?;
    let session = Session::new(&settings, &rules).tracing();
    let scans = session.scan(inputs);
    let facts = scans.facts();
    let outcome = session.settle(scans);
    let traces = flow::trace(&facts, &outcome.findings, args.name.as_deref());
    if let (Some(name), []) = (&args.name, traces.as_slice()) {
        let name = crate::text::sanitize::printable_str(name);
        return Err(miette!("no file names the credential {name}: `keylint trace` lists those that are named"));
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    report::write_trace(&traces, args.format, args.name.is_none(), &mut out)
        .into_diagnostic()
        .wrap_err("cannot write the trace to standard output")?;
    if args.scan.verbose {
        super::scan::tell_skipped(&outcome);
    }
    for (path, reason) in &outcome.errors {
        super::tell(&format!("not read: {}: {reason}", path.printable()));
    }
    if traces.is_empty() {
        super::tell(&format!("no credential is named in {}", report::plural(outcome.files, "file")));
    }
    Ok(if traces.iter().any(|trace| trace.first_break().is_some()) {
        super::FOUND
    } else if !outcome.is_complete() {
        super::INCOMPLETE
    } else if outcome.files == 0 {
        super::CANNOT_START
    } else {
        0
    })
}
