//! Names of variables: where they are defined, where they are looked up, and what is wrong with them.

use super::context::{Context, Fact, Group, Match, PendingMatch, Question};
use super::env_way::{Way, is_assigned};
use super::plan::Plan;
use super::scan::Marks;
use super::{env_client, env_define, env_mention};
use crate::finding::{Also, Edit, Fix};
use crate::rules::Matcher;
use crate::rules::clients::clients;
use crate::rules::matcher::{Defect, NameFault, NameSite};
use crate::rules::names::{self, Classification};
use crate::source::{FileKind, Role};
use crate::span::Span;
use crate::text::name;
use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};

/// Longest name that is looked up, in bytes.
const LONGEST: usize = 128;

/// Emits what the file defines and mentions, once all its places were looked at.
pub(super) fn scan(plan: &Plan, cx: &mut Context<'_>, marks: &Marks) {
    if !plan.reports_names() {
        return;
    }
    let text = cx.text();
    // Most JSON files are data, and large.
    let defined = if cx.file.kind == FileKind::Json && !marks.names { Vec::new() } else { env_define::names(cx) };
    for span in &defined {
        define(plan, cx, *span);
    }
    let mut mentions = std::mem::take(&mut cx.mentions);
    mentions.retain(|span| std::str::from_utf8(span.of(text)).is_ok_and(|name| is_of_interest(plan, name)));
    if !mentions.is_empty() {
        // `NAME: ${NAME}` passes the variable on: that is no reader. `environ["NAME"] = …` was seen as a definition.
        let on_line = |span: Span| (cx.lines.around(span.start).start, span.of(text));
        let passed: FxHashSet<(usize, &[u8])> = defined.into_iter().map(on_line).collect();
        let written = cx.sites.iter().filter(|(fact, _)| matches!(fact, Fact::Define(_)));
        let written: FxHashSet<usize> = written.map(|(_, at)| *at).collect();
        mentions.retain(|span| !passed.contains(&on_line(*span)) && !written.contains(&span.start));
        let mut places = env_mention::Places::new(cx);
        for span in mentions {
            mention(plan, cx, &mut places, span);
        }
    }
    if marks.names {
        settings_class(plan, cx);
    }
    env_client::scan(cx, &marks.clients);
    drop_chains(cx);
    rename_expansions(cx);
    join_case(cx);
    let mut seen = FxHashSet::default();
    cx.sites.retain(|(fact, _)| seen.insert(fact.clone()));
}

/// Notes the name that covers byte `at`, where part of a credential's name stands.
pub(super) fn at_mention(cx: &mut Context<'_>, at: usize) {
    if matches!(cx.file.kind, FileKind::Prose | FileKind::Lock) {
        return;
    }
    let text = cx.text();
    let is_name = |b: &&u8| b.is_ascii_uppercase() || b.is_ascii_digit() || **b == b'_';
    let left = text[at.saturating_sub(LONGEST)..at].iter().rev().take_while(is_name).count();
    let right = text[at..].iter().take(LONGEST).take_while(is_name).count();
    let span = Span::new(at - left, at + right);
    let bounded = |i: Option<usize>| i.and_then(|i| text.get(i)).is_none_or(|b| !b.is_ascii_lowercase());
    // Without quotes it is a macro or constant, of which C has many.
    if cx.file.kind == FileKind::C && !text[..span.start].ends_with(b"\"") {
        return;
    }
    if right > 0 && bounded(span.start.checked_sub(1)) && bounded(Some(span.end)) {
        cx.mentions.push(span);
    }
}

/// Any other place that names a variable may be where it is read, unless it is a message to people.
fn mention(plan: &Plan, cx: &mut Context<'_>, places: &mut env_mention::Places<'_>, span: Span) {
    let text = cx.text();
    let Ok(name) = std::str::from_utf8(span.of(text)) else { return };
    if cx.lines.is_commented(span.start) {
        return;
    }
    match Way::of(text, span, cx.file.kind, cx.file.path.file_name()) {
        Way::Set => {
            cx.sites.push((Fact::Define(name.into()), span.start));
            fault_at(plan, cx, span, NameSite::Define);
            return;
        }
        Way::Lookup => fault_at(plan, cx, span, NameSite::Read),
        Way::Expansion => {
            if matches!(names::classify(name), Classification::Typo(_)) {
                fault_at(plan, cx, span, NameSite::Read);
            }
        }
        Way::Other => {
            let fact = if places.is_message(span) { Fact::Mentioned } else { Fact::Named };
            cx.sites.push((fact(name.into()), span.start));
            return;
        }
    }
    cx.sites.push((Fact::Read(name.into()), span.start));
}

fn is_of_interest(plan: &Plan, name: &str) -> bool {
    plan.traces && name::is_credential(name.as_bytes())
        || match names::classify(name) {
            Classification::None | Classification::Variant | Classification::Namespaced => false,
            // Some client may be given it in vain.
            Classification::Known => clients().ignoring(name).next().is_some(),
            _ => true,
        }
}

/// Looks at the place where the environment is read: `word` stands at byte `at`.
pub(super) fn at_read(cx: &mut Context<'_>, plan: &Plan, at: usize, word: &[u8]) {
    let text = cx.text();
    if matches!(cx.file.kind, FileKind::Prose | FileKind::Lock) || cx.lines.is_commented(at) {
        return;
    }
    let end = at + word.len();
    let member = matches!(word, b"process.env" | b"import.meta.env");
    if member {
        for span in destructured(text, at) {
            read(plan, cx, span);
        }
    }
    let Some(lookup) = looked_up(text, end, member) else { return };
    if lookup.is_write {
        let name = String::from_utf8_lossy(lookup.span.of(text)).into_owned();
        cx.sites.push((Fact::Define(name.into()), lookup.span.start));
        fault_at(plan, cx, lookup.span, NameSite::Define);
    } else {
        read(plan, cx, lookup.span);
    }
}

struct Lookup {
    span: Span,
    is_write: bool,
}

/// The name looked up after `end`: `("NAME"`, `["NAME"]`, `.get('NAME'`, `.NAME`.
fn looked_up(text: &[u8], end: usize, member: bool) -> Option<Lookup> {
    let mut at = end;
    let step = |at: usize| text.get(at).copied();
    if member && matches!(step(at), Some(b'.' | b'?')) {
        while matches!(step(at), Some(b'.' | b'?' | b'!')) {
            at += 1;
        }
        if step(at) != Some(b'[') {
            let length =
                text[at..].iter().take(LONGEST).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
            let span = Span::new(at, at + length);
            return (length > 0).then(|| Lookup { span, is_write: is_assigned(text, span.end) });
        }
    }
    let method = at;
    let is_method = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'?' | b'!' | b':');
    while at - method < 32 && step(at).is_some_and(is_method) {
        at += 1;
    }
    // `ENV[` holds its own bracket.
    let own = text[..end].ends_with(b"[");
    if !own {
        if !matches!(step(at), Some(b'(' | b'[')) {
            return None;
        }
        at += 1;
    }
    let subscript = own || step(at - 1) == Some(b'[');
    while step(at).is_some_and(|b| b.is_ascii_whitespace()) {
        at += 1;
    }
    while matches!(text.get(at..at + 2), Some([b'b' | b'u' | b'r' | b'\\', b'"' | b'\''])) {
        at += 1;
    }
    let quote = step(at).filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let start = at + 1;
    let window = &text[start..text.len().min(start + LONGEST)];
    let length = window.iter().position(|b| *b == quote || *b == b'\\' || *b == b'\n')?;
    let mut close = start + length;
    if window[length] == b'\n' {
        return None;
    }
    let span = Span::new(start, close);
    close += if step(close) == Some(b'\\') { 2 } else { 1 };
    let called = &text[method..at];
    let is_write = memmem::find(called, b"set").is_some()
        || (subscript && step(close) == Some(b']') && is_assigned(text, close + 1));
    Some(Lookup { span, is_write })
}

/// The names of `const { A, B: c } = process.env`, where `process.env` stands at `at`.
fn destructured(text: &[u8], at: usize) -> Vec<Span> {
    let before = text[at.saturating_sub(2048)..at].trim_ascii_end();
    let first = at.saturating_sub(2048);
    let Some(body) = before.strip_suffix(b"=").map(<[u8]>::trim_ascii_end).and_then(|rest| rest.strip_suffix(b"}"))
    else {
        return Vec::new();
    };
    let Some(open) = memchr::memrchr(b'{', body) else { return Vec::new() };
    let mut out = Vec::new();
    let mut start = first + open + 1;
    for item in body[open + 1..].split(|b| *b == b',') {
        let skipped = item.len() - item.trim_ascii_start().len();
        let length = item.trim_ascii_start().iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        if length > 0 {
            out.push(Span::new(start + skipped, start + skipped + length));
        }
        start += item.len() + 1;
    }
    out
}

fn read(plan: &Plan, cx: &mut Context<'_>, span: Span) {
    let Ok(name) = std::str::from_utf8(span.of(cx.text())) else { return };
    let trimmed = name.trim();
    let upper =
        !trimmed.is_empty() && trimmed.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if trimmed != name && upper {
        cx.sites.push((Fact::Read(trimmed.into()), span.start));
        let fix = trimmed.to_owned();
        wait(plan, cx, span, name, &fix, NameFault::Padded, NameSite::Read);
        return;
    }
    if !is_of_interest(plan, name) {
        return;
    }
    cx.sites.push((Fact::Read(name.into()), span.start));
    fault_at(plan, cx, span, NameSite::Read);
}

fn define(plan: &Plan, cx: &mut Context<'_>, span: Span) {
    let Ok(name) = std::str::from_utf8(span.of(cx.text())) else { return };
    let is_translation = || cx.file.kind == FileKind::Json && env_define::is_sentence(&cx.text()[span.end..]);
    if !is_of_interest(plan, name) || is_translation() {
        return;
    }
    let fact = match cx.file.role {
        Role::Template => Fact::Template(name.into()),
        _ => Fact::Define(name.into()),
    };
    cx.sites.push((fact, span.start));
    if cx.file.role != Role::Template {
        let name_of_file = cx.file.path.file_name();
        let is_loaded = cx.file.kind == FileKind::Env && matches!(name_of_file, b".env" | b".env.local");
        let more = if is_loaded { Fact::EnvEntry(name.into()) } else { Fact::Provided(name.into()) };
        cx.sites.push((more, span.start));
    }
    fault_at(plan, cx, span, NameSite::Define);
}

/// Adds what is wrong with the name at `span`, if anything, to what waits for the other files.
fn fault_at(plan: &Plan, cx: &mut Context<'_>, span: Span, site: NameSite) {
    if cx.file.role == Role::Test {
        return;
    }
    let Ok(name) = std::str::from_utf8(span.of(cx.text())) else { return };
    let kind = cx.file.kind;
    let define = site == NameSite::Define;
    let (fault, canonical) = match names::classify(name) {
        Classification::Typo(canonical) => (NameFault::Misspelled, canonical),
        // Only env files: elsewhere a small name is a key of somebody's own.
        Classification::Case(canonical) if kind == FileKind::Env => (NameFault::Misspelled, canonical),
        // A JSON file is as often an application's own configuration.
        Classification::Alias(canonical) | Classification::Ambiguous(canonical) if kind != FileKind::Json => {
            (NameFault::Alias, canonical)
        }
        Classification::Legacy(canonical) if define && kind != FileKind::Json => (NameFault::Legacy, canonical),
        Classification::Public => (NameFault::Public, ""),
        Classification::Known | Classification::Canonical if define && kind != FileKind::Json => {
            for client in clients().ignoring(name) {
                if let Some(canonical) = client.reads.first() {
                    wait(plan, cx, span, name, canonical, NameFault::Alias, site);
                }
            }
            return;
        }
        _ => return,
    };
    if fault == NameFault::Misspelled && !define && chained(cx.text(), span, canonical, kind.is_code()) {
        return;
    }
    if fault == NameFault::Alias && define {
        // `GROK_API_KEY` is xAI's as a rule, and Groq's where Groq's client is used.
        for client in clients().ignoring(name) {
            if let Some(other) = client.reads.first().filter(|other| *other != canonical) {
                wait(plan, cx, span, name, other, fault, site);
            }
        }
    }
    wait(plan, cx, span, name, canonical, fault, site);
}

/// How far before and after a name another one is looked for, in bytes.
const CHAIN_REACH: usize = 512;

/// Whether the right name is tried too: `misspelt ?? right` on the line of `span` or next to it in code, and
/// `${misspelt:-$right}` elsewhere, where the right name alone is what the value is given to.
fn chained(text: &[u8], span: Span, canonical: &str, is_code: bool) -> bool {
    let from = span.start.saturating_sub(CHAIN_REACH);
    let to = text.len().min(span.end + CHAIN_REACH);
    let start = memchr::memrchr_iter(b'\n', &text[from..span.start]).nth(1).map_or(from, |at| from + at);
    let end = memchr::memchr_iter(b'\n', &text[span.end..to]).nth(1).map_or(to, |at| span.end + at);
    let around = &text[start..end];
    let is_dollar = matches!(text[..span.start], [.., b'$'] | [.., b'$', b'{']);
    memmem::find_iter(around, canonical.as_bytes())
        .any(|at| is_code && !is_dollar || matches!(around[..at], [.., b'$'] | [.., b'$', b'{']))
}

fn wait(plan: &Plan, cx: &mut Context<'_>, span: Span, name: &str, canonical: &str, fault: NameFault, site: NameSite) {
    let spec = |matcher: &Matcher| match matcher {
        Matcher::EnvName(spec) => (spec.fault == fault && spec.at.contains(&site)).then_some(()),
        _ => None,
    };
    for (rule, ()) in plan.matching(spec) {
        let mut matched = Match::new(rule, span, Group::Name);
        matched.name = Some(name.to_owned());
        matched.canonical = Some(canonical.to_owned());
        let renames = match fault {
            NameFault::Legacy => names::is_renamed(name),
            NameFault::Public => false,
            _ => true,
        };
        if let Some(fix) = rule.fix.as_ref().filter(|_| renames) {
            let title = fix.title.replace("{name}", name).replace("{canonical}", canonical);
            let edit = Edit { span, insert: canonical.to_owned() };
            matched.fix = Some(Fix::new(title, fix.applicability, vec![edit]));
        }
        let (name, canonical, question) = (name.into(), canonical.into(), Question::Name(fault, site));
        cx.pending.push(PendingMatch { matched, also: Vec::new(), name, canonical, question });
    }
}

/// How many definitions of one wrong name take along what hands its value on: each is a fix of its own.
const MOST_DEFINITIONS: usize = 64;

/// What hands the value of a renamed variable on has to follow it: `$NAME` beside `NAME=…`.
fn rename_expansions(cx: &mut Context<'_>) {
    let text = cx.text();
    let mut known: FxHashMap<Box<str>, (Vec<Span>, usize)> = FxHashMap::default();
    for wait in cx.pending.iter_mut().filter(|wait| matches!(wait.question, Question::Name(_, NameSite::Define))) {
        let Some(fix) = &mut wait.matched.fix else { continue };
        let (spans, uses) =
            known.entry(wait.name.clone()).or_insert_with(|| (expansions(text, &wait.name).collect(), 0));
        *uses += 1;
        if *uses <= MOST_DEFINITIONS {
            let others = spans.iter().filter(|span| **span != wait.matched.span);
            fix.edits.extend(others.map(|span| Edit { span: *span, insert: wait.canonical.to_string() }));
            fix.edits.sort_unstable_by_key(|edit| edit.span);
        }
    }
}

/// Where `text` stands for the value of the variable `name`: `$NAME`, `${NAME…}`.
fn expansions<'t>(text: &'t [u8], name: &'t str) -> impl Iterator<Item = Span> + 't {
    memmem::find_iter(text, name.as_bytes()).map(|at| Span::new(at, at + name.len())).filter(|span| {
        let next = text.get(span.end).copied().unwrap_or(b' ');
        matches!(text[..span.start], [.., b'$'] | [.., b'$', b'{']) && !(next.is_ascii_alphanumeric() || next == b'_')
    })
}

/// Fields of a settings class are looked up in any letter case.
fn settings_class(plan: &Plan, cx: &mut Context<'_>) {
    let text = cx.text();
    if cx.file.kind != FileKind::Python || memmem::find(text, b"BaseSettings").is_none() {
        return;
    }
    for line in text.split(|b| *b == b'\n') {
        let field = line.trim_ascii();
        let length = field.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let Ok(name) = std::str::from_utf8(&field[..length]) else { continue };
        if !name.is_empty() && field[length..].trim_ascii_start().starts_with(b":") {
            let upper = name.to_ascii_uppercase();
            if is_of_interest(plan, &upper) {
                cx.sites.push((Fact::Read(name.into()), 0));
                cx.sites.push((Fact::Read(upper.into()), 0));
            }
        }
    }
}

/// A name in the wrong case is one fault, which the reader of env files saw too: what it says of the name is said,
/// once the other files have told that nobody reads the name as it is written.
fn join_case(cx: &mut Context<'_>) {
    let is_misspelled = |wait: &PendingMatch| matches!(wait.question, Question::Name(NameFault::Misspelled, _));
    if !cx.pending.iter().any(is_misspelled) {
        return;
    }
    let is_case = |found: &Match| match &found.rule.matcher {
        Matcher::EnvEntry(spec) => spec.defects.contains(&Defect::LowercaseName),
        _ => false,
    };
    let (mut cases, mut others) = (FxHashMap::default(), Vec::new());
    for found in std::mem::take(&mut cx.matches) {
        if is_case(&found) {
            others.extend(cases.insert(found.span, found));
        } else {
            others.push(found);
        }
    }
    for wait in cx.pending.iter_mut().filter(|wait| is_misspelled(wait)) {
        let Some(case) = cases.remove(&wait.matched.span) else { continue };
        let spoken = std::mem::replace(&mut wait.matched, case);
        wait.matched.canonical = spoken.canonical;
        wait.matched.fix = wait.matched.fix.take().or(spoken.fix);
        wait.also.push(Also { rule: spoken.rule.id.as_str().into(), family: spoken.rule.family });
    }
    others.extend(cases.into_values());
    others.sort_by_key(|found| found.span);
    cx.matches = others;
}

/// A file that reads an alias and the right name tries one after the other; a file that defines both names needs no
/// second definition of the right one.
fn drop_chains(cx: &mut Context<'_>) {
    let sites = std::mem::take(&mut cx.sites);
    let facts: FxHashSet<&Fact> = sites.iter().map(|(fact, _)| fact).collect();
    let has = |fact: Fact| facts.contains(&fact);
    cx.pending.retain_mut(|wait| {
        let canonical = || wait.canonical.clone();
        let is_named =
            || has(Fact::Read(canonical())) || has(Fact::Named(canonical())) || has(Fact::Mentioned(canonical()));
        if wait.question == Question::Name(NameFault::Alias, NameSite::Read) && is_named() {
            return false;
        }
        if matches!(wait.question, Question::Name(_, NameSite::Define))
            && (has(Fact::Define(canonical())) || has(Fact::Template(canonical())))
        {
            wait.matched.fix = None;
        }
        true
    });
    cx.sites = sites;
}
