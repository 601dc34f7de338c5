//! Versions of the packages whose changes rules know: what a lock file or a list of requirements says about them.

use super::context::{Context, Fact, Holding};
use super::plan::Plan;
use crate::rules::matcher::Matcher;
use crate::source::FileKind;
use crate::span::Span;
use crate::syntax::lock::{self, Lock};
use crate::syntax::requirement::{self, Dialect, Form};
use std::collections::BTreeSet;

/// The longest range that is kept, in bytes.
const LONGEST: usize = 64;

/// Notes the versions a file says its project holds. `form`: how it lists what it requires, if it does.
pub(super) fn scan(plan: &Plan, cx: &mut Context<'_>, form: Option<Form>) {
    let lock = if cx.file.kind == FileKind::Lock { Lock::of(cx.file.path.file_name()) } else { None };
    // What a command installs, or one file imports by its version, is not what all of the project gets. A notebook gets
    // what its own cells install.
    let is_notebook = cx.file.kind == FileKind::Notebook;
    let form = form.filter(|form| match form {
        Form::Command => is_notebook && requirement::installs(cx.text()),
        Form::Specifier => false,
        _ => true,
    });
    if lock.is_none() && form.is_none() {
        return;
    }
    let changes = plan.matching(Matcher::since);
    let named = changes.flat_map(|(_, (registry, since))| since.packages.iter().map(move |name| (registry, name)));
    let text = cx.text();
    for (registry, package) in named.collect::<BTreeSet<_>>() {
        let ranges: Vec<(Span, Dialect)> = match (lock, form) {
            (Some(lock), _) => lock::find(text, lock, package).into_iter().map(|at| (at, lock.dialect())).collect(),
            (None, Some(form)) => {
                requirement::find(text, form, package).into_iter().map(|own| (own.range, own.dialect)).collect()
            }
            (None, None) => Vec::new(),
        };
        for (range, dialect) in ranges {
            // `%pip install openai` leaves the version that is there.
            let is_said = is_notebook && (range.is_empty() || !cx.in_cell(range.start));
            if dialect.registry() != registry || !is_range(range.of(text)) || is_said {
                continue;
            }
            let holding = Holding {
                registry,
                package: package.as_str().into(),
                range: String::from_utf8_lossy(range.of(text)).into(),
                dialect,
                locked: lock.is_some(),
            };
            cx.sites.push((Fact::Holds(holding), range.start));
        }
    }
}

/// Whether a text is short and plain enough to be repeated in a message about another file.
fn is_range(text: &[u8]) -> bool {
    text.len() <= LONGEST && text.iter().all(|b| b.is_ascii_alphanumeric() || b" .,-+!<>=~^*|".contains(b))
}
