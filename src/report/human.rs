//! `--format human`: for each fault a frame with the place, the reason and the remedy; then what was covered.

use super::coverage::{coverage, mended, number, plural, reasons};
use super::frame::{Style, wrap};
use super::{ReportContext, history, inert};
use crate::finding::{Applicability, Family, Finding};
use crate::run::Outcome;
use rustc_hash::FxHashMap;
use std::io::{self, Write};

/// Frames in one report; nobody reads more.
const MOST: usize = 1000;

/// Other places of a secret that are listed.
const PLACES: usize = 10;

/// Text wider than this many columns is hard to read on a terminal of any width.
const WIDEST: usize = 120;

/// The least width a frame can be drawn in, in columns.
const NARROWEST: usize = 40;

/// Colours, as numbers of SGR sequences.
const BOLD: &str = "1";
const CYAN: &str = "36";
const YELLOW_BOLD: &str = "1;33";

pub(super) fn write(outcome: &Outcome, context: ReportContext<'_>, out: &mut dyn Write) -> io::Result<()> {
    let style = Style { color: context.color, unicode: context.unicode, width: context.width.clamp(NARROWEST, WIDEST) };
    let groups = groups(&outcome.findings);
    for group in groups.iter().take(MOST) {
        write_group(style, group, out)?;
    }
    let rest: usize = groups.iter().skip(MOST).map(Vec::len).sum();
    if rest > 0 {
        writeln!(out, "and {} (other formats list all of them)\n", plural(rest, "more finding"))?;
    }
    // In one piece, whatever its width: people search logs for it.
    writeln!(out, "{}", style.paint(BOLD, &style.shown(&coverage(outcome))))?;
    let lists = [
        (CYAN, "fixed:", mended(outcome)),
        (YELLOW_BOLD, "not read:", reasons(&outcome.errors)),
        (YELLOW_BOLD, "not fixed:", reasons(&outcome.unfixed)),
    ];
    for (color, name, lines) in lists {
        for line in lines {
            writeln!(out, "  {} {}", style.paint(color, name), style.shown(&line))?;
        }
    }
    Ok(())
}

/// The findings, those of one leaked secret together: first the worst of them, which is shown in full.
fn groups(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut by_secret: FxHashMap<&str, usize> = FxHashMap::default();
    for finding in findings {
        // Other families have more to say about a value than that it stands there.
        let secret = finding.secret.as_ref().filter(|_| is_leak(finding));
        match secret.map(|secret| by_secret.entry(&secret.id).or_insert(groups.len())) {
            Some(at) if *at < groups.len() => groups[*at].push(finding),
            _ => groups.push(vec![finding]),
        }
    }
    for group in &mut groups {
        // Stable: among equals the first place stays first.
        group.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    }
    groups
}

fn is_leak(finding: &Finding) -> bool {
    matches!(finding.rule.family, Family::Secret | Family::Deploy)
}

fn write_group(style: Style, group: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    let Some((first, others)) = group.split_first() else { return Ok(()) };
    out.write_all(style.frame(first).map_err(io::Error::other)?.as_bytes())?;
    let mut entry = |name: &str, text: &str| -> io::Result<()> {
        let lines = wrap(&style.shown(text), style.width.saturating_sub(8));
        for (i, line) in lines.iter().enumerate() {
            if i > 0 {
                writeln!(out, "        {line}")?;
            } else if name.ends_with(':') {
                writeln!(out, "  {} {line}", style.paint(CYAN, &format!("{name:<5}")))?;
            } else {
                writeln!(out, "  {} {line}", style.paint(CYAN, name))?;
            }
        }
        Ok(())
    };
    if let Some(fix) = &first.fix {
        let how = match fix.applicability {
            Applicability::Safe => " (safe)",
            Applicability::Unsafe => " (look at it first)",
            Applicability::DisplayOnly => "",
        };
        entry("fix:", &format!("{}{how}", inert::prose(&fix.title)))?;
    }
    if let Some(from) = &first.provenance {
        entry("from:", &history::origin(from))?;
    }
    for place in &first.related {
        let at = place.position;
        let path = inert::path(&place.path);
        entry("see:", &format!("{path}:{}:{} {}", at.line, at.column, inert::prose(&place.message)))?;
    }
    if !first.also.is_empty() {
        let rules: Vec<String> = first.also.iter().map(|also| inert::line(&also.rule)).collect();
        entry("also:", &rules.join(", "))?;
    }
    for place in others.iter().take(PLACES) {
        let at = place.location.start;
        let mut text = format!("at {}:{}:{}", history::path(place), at.line, at.column);
        if place.rule.id != first.rule.id {
            let (rule, message) = (inert::line(&place.rule.id), inert::prose(&place.message));
            text = format!("{text} {}[{rule}]: {message}", place.severity);
        }
        entry("also", &text)?;
    }
    if others.len() > PLACES {
        entry("also", &format!("at {} more places", number(others.len() - PLACES)))?;
    }
    writeln!(out)
}
