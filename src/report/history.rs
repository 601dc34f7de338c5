//! Where a finding of a repository's history came from, in words.

use super::{coverage::number, inert};
use crate::finding::{Commit, Finding, Origin, Provenance};

/// How many digits of a commit's id are shown.
const DIGITS: usize = 12;

/// How many refs are named.
const REFS: usize = 3;

/// The finding's path; with the commit in front, as `git show` takes it, if it stands in the history.
pub(super) fn path(finding: &Finding) -> String {
    let path = inert::path(&finding.path);
    match finding.provenance.as_deref() {
        Some(Provenance { origin: Origin::File, introduced: Some(commit), .. }) => format!("{}:{path}", short(commit)),
        Some(Provenance { introduced: Some(commit), .. }) => format!("{} ({path})", short(commit)),
        _ => path,
    }
}

/// `in commit 0123456789ab of 2024-01-02, removed by …; still in HEAD; held by main`.
pub(super) fn origin(from: &Provenance) -> String {
    let (noun, verb) = match from.origin {
        Origin::File => ("commit", "added by"),
        Origin::CommitMessage => ("commit", "in the message of"),
        Origin::TagMessage => ("tag", "in the message of"),
    };
    let mut out = match &from.introduced {
        Some(commit) => format!("{verb} {noun} {}", dated(commit)),
        None => format!("in object {}", &from.object[..DIGITS.min(from.object.len())]),
    };
    if let Some(commit) = &from.removed {
        out = format!("{out}, removed by {}", dated(commit));
    }
    if from.origin == Origin::File {
        out.push_str(if from.in_head { "; HEAD has it" } else { "; HEAD does not have it" });
    }
    let names: Vec<String> = from.refs.iter().take(REFS).map(|name| short_ref(name)).collect();
    if !names.is_empty() {
        out = format!("{out}; held by {}", names.join(", "));
        let more = from.ref_count - names.len();
        if more > 0 {
            out = format!("{out} and {} more", number(more));
        }
    }
    inert::line(&out)
}

fn short(commit: &Commit) -> &str {
    commit.id.get(..DIGITS).unwrap_or(&commit.id)
}

fn dated(commit: &Commit) -> String {
    match commit.date.as_deref().and_then(|date| date.get(..10)) {
        Some(day) => format!("{} of {day}", short(commit)),
        None => short(commit).to_owned(),
    }
}

/// A ref as people call it.
fn short_ref(name: &str) -> String {
    let kinds = ["refs/heads/", "refs/tags/", "refs/remotes/"];
    kinds
        .iter()
        .find_map(|kind| name.strip_prefix(kind))
        .or_else(|| name.strip_prefix("refs/"))
        .unwrap_or(name)
        .to_owned()
}
