//! Env files as a whole: what may become of one that holds credentials. Only the repository tells whether it does.

use super::context::{Context, Fact, Group, Match, WaitingMatch};
use super::plan::Plan;
use crate::rules::Matcher;
use crate::rules::matcher::EnvFileState;
use crate::source::{FileKind, Role};
use crate::span::Span;

/// Largest `.dockerignore` that is looked at, in bytes.
const LONGEST_LIST: usize = 64 << 10;

/// Emits what the file says about env files of its repository, if it is one of those that can.
pub(super) fn scan(cx: &mut Context<'_>) {
    let text = cx.text();
    let name = cx.file.path.file_name();
    if cx.file.kind == FileKind::Text && name.ends_with(b".dockerignore") && text.len() < LONGEST_LIST {
        cx.sites.push((Fact::LeftOut(String::from_utf8_lossy(text).into()), 0));
    }
}

/// Notes that the credential `name` of an env file has a value.
pub(super) fn holds(plan: &Plan, cx: &mut Context<'_>, name: Span) {
    if cx.file.role != Role::Live {
        return;
    }
    cx.sites.push((Fact::EnvFile, name.start));
    for state in [EnvFileState::Tracked, EnvFileState::NotIgnored] {
        wait(plan, cx, state, name, &cx.file.path.lossy());
    }
}

/// Notes that a Dockerfile copies `source`, written at `span`.
pub(super) fn copied(plan: &Plan, cx: &mut Context<'_>, span: Span, source: &str) {
    wait(plan, cx, EnvFileState::Copied, span, source);
}

/// Notes that a template lists the credential at `name`.
pub(super) fn listed(plan: &Plan, cx: &mut Context<'_>, name: Span) {
    let variable = String::from_utf8_lossy(name.of(cx.text())).into_owned();
    wait(plan, cx, EnvFileState::Incomplete, name, &variable);
}

fn wait(plan: &Plan, cx: &mut Context<'_>, state: EnvFileState, span: Span, subject: &str) {
    let own = |matcher: &Matcher| matches!(matcher, Matcher::EnvFile(spec) if spec.state == state).then_some(());
    for (rule, ()) in plan.matching(own) {
        let mut matched = Match::new(rule, span, Group::Form);
        matched.name = Some(subject.to_owned());
        cx.waiting.push(WaitingMatch { matched, state, subject: subject.into() });
    }
}
