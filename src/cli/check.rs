//! `keylint check`.

use super::args::CheckArgs;
use super::terminal::Terminal;
use crate::config::Settings;
use crate::input::{self, Inputs, WalkOptions};
use crate::report::{self, ReportContext};
use crate::rules::RuleSet;
use crate::run::Session;
use crate::source::RelPath;
use miette::{IntoDiagnostic as _, Result, WrapErr as _};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

pub(super) fn run(args: &CheckArgs) -> Result<u8> {
    let settings = settings(args)?;
    let mut rules = RuleSet::builtin()?;
    for dir in &args.rules {
        rules.add_dir(dir)?;
    }
    let session = Session::new(&settings, &rules);
    let outcome = if args.paths.iter().any(|path| path == Path::new("-")) {
        let name = args.stdin_filename.as_deref().unwrap_or_else(|| Path::new("stdin"));
        session.check_texts(&[(RelPath::new(name), input::read_stdin().into_diagnostic()?)])
    } else {
        session.check(inputs(args, &settings)?)
    };
    let Terminal { color, unicode, width } = Terminal::of_stdout(args.color);
    let context = ReportContext { rules: &rules, color, unicode, width };
    let mut out = BufWriter::new(std::io::stdout().lock());
    report::write(args.format, &outcome, context, &mut out)
        .into_diagnostic()
        .wrap_err("cannot write the report to standard output")?;
    let code = outcome.exit_code(settings.fail_on);
    Ok(if code == 1 && args.exit_zero { 0 } else { code })
}

fn settings(args: &CheckArgs) -> Result<Settings> {
    let mut settings = Settings {
        select: args.select.clone(),
        ignore: args.ignore.clone(),
        inline: !args.no_inline,
        respect_ignores: !args.no_ignore,
        threads: args.threads,
        show_secrets: args.show_secrets,
        ..Settings::default()
    };
    if let Some(fail_on) = args.fail_on {
        settings.fail_on = fail_on.severity();
    }
    if let Some(confidence) = args.min_confidence {
        settings.min_confidence = confidence.into();
    }
    if let Some(size) = &args.max_file_size {
        settings.max_file_size = parse_size(size)
            .ok_or_else(|| miette::miette!("--max-file-size: `{size}` is no size like 500kB or 20MB"))?;
    }
    Ok(settings)
}

fn inputs(args: &CheckArgs, settings: &Settings) -> Result<Inputs> {
    let mut roots = args.paths.clone();
    if let Some(list) = &args.files_from {
        roots.extend(input::read_list(list, args.null_separated).into_diagnostic()?);
    } else if roots.is_empty() {
        roots.push(PathBuf::from("."));
    }
    let options = WalkOptions { respect_ignores: settings.respect_ignores, threads: settings.threads };
    input::walk(&roots, options).into_diagnostic()
}

/// Parses a number of bytes with an optional unit.
fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(parse_size("20MB"), Some(20_000_000));
        assert_eq!(parse_size("1 MiB"), Some(1 << 20));
        assert_eq!(parse_size("0"), Some(0));
        assert_eq!(parse_size("x"), None);
    }
}
