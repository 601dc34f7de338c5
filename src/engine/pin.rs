//! Requirements that hold a project on versions of an SDK the vendor left behind.

use super::context::{Context, Group, Match};
use super::plan::Plan;
use crate::rules::matcher::{Matcher, Pin};
use crate::source::FileKind;
use crate::syntax::requirement::{self, Dialect, Form};

/// Reports the pins of a file that lists what it requires in `form`.
pub(super) fn scan(plan: &Plan, cx: &mut Context<'_>, form: Option<Form>) {
    let Some(form) = form else { return };
    let text = cx.text();
    if form == Form::Command && !requirement::installs(text) {
        return;
    }
    let specs = plan.matching(|matcher| match matcher {
        Matcher::Pin(spec) => Some(spec),
        _ => None,
    });
    for (rule, spec) in specs {
        for package in &spec.packages {
            for found in requirement::find(text, form, package) {
                let range = String::from_utf8_lossy(found.range.of(text));
                if found.dialect.registry() != spec.registry || !is_meant(spec, &range, found.dialect) {
                    continue;
                }
                let at = found.whole.start;
                let is_said = form == Form::Specifier && cx.lines.is_commented(at)
                    || cx.file.kind == FileKind::Notebook && !cx.in_cell(at);
                if is_said {
                    continue;
                }
                let mut matched = Match::new(rule, found.whole, Group::Use);
                matched.name = Some(if range.is_empty() { package.clone() } else { format!("{package} {range}") });
                matched.canonical = Some(spec.instead.clone());
                cx.matches.push(matched);
            }
        }
    }
}

fn is_meant(spec: &Pin, range: &str, dialect: Dialect) -> bool {
    spec.below.as_deref().is_none_or(|bound| requirement::is_below(range, dialect, bound))
}

/// How a file of this kind and name lists what it requires. `imports_sdk`: whether it imports an SDK; JavaScript is only
/// looked at then.
pub(super) fn form_of(kind: FileKind, name: &[u8], imports_sdk: bool) -> Option<Form> {
    let name = name.to_ascii_lowercase();
    let is_list = [&b"requirements"[..], b"constraints"].iter().any(|word| memchr::memmem::find(&name, word).is_some());
    match (kind, &*name) {
        (_, b"package.json" | b"deno.json" | b"deno.jsonc" | b"import_map.json") => Some(Form::Npm),
        (_, b"pyproject.toml" | b"pipfile" | b"setup.py" | b"setup.cfg") => Some(Form::Strings),
        (FileKind::Text | FileKind::Config, _) if is_list => Some(Form::Lines),
        (FileKind::Yaml, b"environment.yml" | b"environment.yaml" | b"conda.yml" | b"conda.yaml") => Some(Form::Conda),
        (FileKind::Dockerfile | FileKind::Shell | FileKind::Ci | FileKind::Notebook, _) => Some(Form::Command),
        (FileKind::JavaScript, _) if imports_sdk => Some(Form::Specifier),
        _ => None,
    }
}
