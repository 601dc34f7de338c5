//! `keylint trace`: the ways of credentials, as a tree, JSON, or a graph to be drawn.

use super::inert;
use crate::flow::{Stage, Step, Trace};
use serde_json::{Value, json};
use std::io::{self, Write};

/// The forms a trace can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum TraceFormat {
    /// A tree for each credential; a line for each in a summary.
    Human,
    /// One JSON document.
    Json,
    /// A graph in Graphviz's language.
    Dot,
    /// A Mermaid flowchart.
    Mermaid,
}

/// The version of the JSON document's form.
const VERSION: u32 = 1;

/// Writes `traces`; in `summary`, people get one line for each.
///
/// # Errors
/// `out` cannot be written to. A closed pipe is no error: the reader has seen enough.
pub fn write_trace(traces: &[Trace], format: TraceFormat, summary: bool, out: &mut dyn Write) -> io::Result<()> {
    let result = match format {
        TraceFormat::Human if summary => traces.iter().try_for_each(|trace| line(trace, out)),
        TraceFormat::Human => traces.iter().try_for_each(|trace| tree(trace, out)),
        TraceFormat::Json => {
            let traces: Vec<Value> = traces.iter().map(object).collect();
            inert::write_json(&json!({"version": VERSION, "traces": traces}), out)
        }
        TraceFormat::Dot => dot(traces, out),
        TraceFormat::Mermaid => mermaid(traces, out),
    };
    match result.and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn title(trace: &Trace) -> String {
    let name = inert::line(&trace.name);
    trace.provider.map_or_else(|| name.clone(), |provider| format!("{name} ({provider})"))
}

/// `.env:3:1 as OTHER_NAME`
fn place(step: &Step) -> String {
    let path = step.path.as_ref().map(inert::path).unwrap_or_default();
    let at = step.position.map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
    format!("{path}{at} {}", inert::line(&step.what)).trim().to_owned()
}

fn tree(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", title(trace))?;
    let mut lines: Vec<(Stage, String, Vec<String>)> = Vec::new();
    for step in &trace.steps {
        let faults = step.faults.iter().map(|fault| {
            let rule = fault.rule.as_deref().map_or_else(String::new, |rule| format!("[{}] ", inert::line(rule)));
            format!("✗ {}: {rule}{}", fault.cause.as_str(), inert::prose(&fault.message))
        });
        lines.push((step.stage, place(step), faults.collect()));
    }
    for (stage, fault) in &trace.gaps {
        lines.push((*stage, format!("✗ {}: {}", fault.cause.as_str(), inert::prose(&fault.message)), Vec::new()));
    }
    lines.sort_by_key(|(stage, ..)| *stage);
    let last = lines.len().saturating_sub(1);
    for (i, (stage, text, faults)) in lines.iter().enumerate() {
        let (branch, below) = if i == last { ("└─", "  ") } else { ("├─", "│ ") };
        writeln!(out, "{branch} {:<8} {text}", stage.as_str())?;
        for fault in faults {
            writeln!(out, "{below}          {fault}")?;
        }
    }
    if !trace.mentions.is_empty() {
        let files = super::plural(trace.mentions.len(), "other file");
        writeln!(out, "   Messages in {files} name it and do not look it up.")?;
    }
    match trace.first_break() {
        None if trace.steps.is_empty() => writeln!(out, "   Nothing defines it, and nothing looks it up.\n"),
        Some((stage, fault)) => {
            writeln!(out, "   The way breaks where the key is {}: {}.\n", stage.as_str(), fault.cause.as_str())
        }
        None => writeln!(out, "   No break was found.\n"),
    }
}

fn line(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let mut parts = Vec::new();
    for stage in [Stage::Listed, Stage::Defined, Stage::Loaded, Stage::Passed, Stage::Read, Stage::Client] {
        let places: Vec<&Step> = trace.steps.iter().filter(|step| step.stage == stage).collect();
        if let Some(path) = places.first().and_then(|step| step.path.as_ref()) {
            let more = if places.len() > 1 { format!(" (+{})", places.len() - 1) } else { String::new() };
            parts.push(format!("{} {}{more}", stage.as_str(), inert::path(path)));
        }
    }
    parts.extend(trace.steps.iter().filter(|step| step.stage == Stage::Host).map(|step| inert::line(&step.what)));
    let state = trace.first_break().map_or("✓", |_| "✗");
    writeln!(out, "{state} {}: {}", title(trace), parts.join(" → "))?;
    if let Some((stage, fault)) = trace.first_break() {
        writeln!(out, "    breaks at {}: {}: {}", stage.as_str(), fault.cause.as_str(), inert::prose(&fault.message))?;
    }
    Ok(())
}

fn object(trace: &Trace) -> Value {
    let fault =
        |fault: &crate::flow::Fault| json!({"rule": fault.rule, "cause": fault.cause, "message": fault.message});
    let step = |step: &Step| {
        json!({
            "stage": step.stage.as_str(),
            "path": step.path.as_ref().map(crate::source::RelPath::lossy),
            "line": step.position.map(|at| at.line),
            "column": step.position.map(|at| at.column),
            "what": step.what,
            "faults": step.faults.iter().map(fault).collect::<Vec<_>>(),
        })
    };
    let mention = |(path, at): &(crate::source::RelPath, Option<crate::span::Position>)| json!({"path": path.lossy(), "line": at.map(|at| at.line), "column": at.map(|at| at.column)});
    let gap = |(stage, own): &(Stage, crate::flow::Fault)| json!({"stage": stage.as_str(), "fault": fault(own)});
    let broken = trace.first_break().map(|(stage, own)| json!({"stage": stage.as_str(), "fault": fault(own)}));
    json!({
        "name": trace.name,
        "provider": trace.provider,
        "steps": trace.steps.iter().map(step).collect::<Vec<_>>(),
        "mentions": trace.mentions.iter().map(mention).collect::<Vec<_>>(),
        "gaps": trace.gaps.iter().map(gap).collect::<Vec<_>>(),
        "break": broken,
    })
}

/// The nodes of a trace, each with whether something is wrong there. Every stage's nodes follow all of the stage before.
fn stages(trace: &Trace) -> Vec<Vec<(String, bool)>> {
    let mut stages: Vec<(Stage, Vec<(String, bool)>)> = Vec::new();
    let steps = trace.steps.iter().map(|step| {
        let faults = step.faults.iter().map(|fault| format!(" ✗ {}", fault.cause.as_str())).collect::<String>();
        (step.stage, format!("{}: {}{faults}", step.stage.as_str(), place(step)), !step.faults.is_empty())
    });
    let gaps = trace
        .gaps
        .iter()
        .map(|(stage, fault)| (*stage, format!("{}: ✗ {}", stage.as_str(), fault.cause.as_str()), true));
    let mut nodes: Vec<_> = steps.chain(gaps).collect();
    nodes.sort_by_key(|(stage, ..)| *stage);
    for (stage, text, broken) in nodes {
        match stages.last_mut() {
            Some((last, own)) if *last == stage => own.push((text, broken)),
            _ => stages.push((stage, vec![(text, broken)])),
        }
    }
    stages.into_iter().map(|(_, nodes)| nodes).collect()
}

/// Calls `node(id, text, broken)` for each node and `edge(from, to)` for each edge.
fn graph(
    trace: &Trace,
    number: usize,
    mut node: impl FnMut(&str, &str, bool) -> io::Result<()>,
) -> io::Result<Vec<(String, String)>> {
    let (mut edges, mut before): (Vec<(String, String)>, Vec<String>) = (Vec::new(), Vec::new());
    for (column, nodes) in stages(trace).into_iter().enumerate() {
        let mut here = Vec::new();
        for (row, (text, broken)) in nodes.iter().enumerate() {
            let id = format!("t{number}_{column}_{row}");
            node(&id, text, *broken)?;
            edges.extend(before.iter().map(|from| (from.clone(), id.clone())));
            here.push(id);
        }
        before = here;
    }
    Ok(edges)
}

/// Text between double quotes in Graphviz's language and in Mermaid's: neither may see a quote or markup.
fn quoted(text: &str) -> String {
    let text: String =
        text.chars().map(|ch| if matches!(ch, '"' | '\\' | '<' | '>' | '&' | ';' | '`') { '\'' } else { ch }).collect();
    format!("\"{text}\"")
}

fn dot(traces: &[Trace], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph keylint {{\n  rankdir=LR;\n  node [shape=box];")?;
    for (number, trace) in traces.iter().enumerate() {
        writeln!(out, "  subgraph cluster_{number} {{\n    label={};", quoted(&title(trace)))?;
        let edges = graph(trace, number, |id, text, broken| {
            let color = if broken { ", color=red" } else { "" };
            writeln!(out, "    {id} [label={}{color}];", quoted(text))
        })?;
        for (from, to) in edges {
            writeln!(out, "    {from} -> {to};")?;
        }
        writeln!(out, "  }}")?;
    }
    writeln!(out, "}}")
}

fn mermaid(traces: &[Trace], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart LR\n  classDef broken stroke:#d00,stroke-width:2px;")?;
    for (number, trace) in traces.iter().enumerate() {
        writeln!(out, "  subgraph s{number}[{}]", quoted(&title(trace)))?;
        let edges = graph(trace, number, |id, text, broken| {
            writeln!(out, "    {id}[{}]{}", quoted(text), if broken { ":::broken" } else { "" })
        })?;
        for (from, to) in edges {
            writeln!(out, "    {from} --> {to}")?;
        }
        writeln!(out, "  end")?;
    }
    Ok(())
}
