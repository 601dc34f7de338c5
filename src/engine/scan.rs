//! The scan of one text: every matcher, then one finding a place.

use super::context::{Context, Fact, Group, Match, Pending, Site, Waiting};
use super::excerpt::{self, Secrets};
use super::plan::{Import, Plan, Target};
use super::{assignment, code, env_entry, env_file, env_loader, env_name, flow, holding, instruction, manifest};
use super::{overlap, phrase, pin, sent};
use crate::finding::{Also, Finding, Location};
use crate::rules::clients::clients;
use crate::rules::{Cause, Family, Matcher, models, providers};
use crate::source::{FileKind, Role, SourceFile};
use crate::span::{LineIndex, Position, Span};
use crate::syntax::allow::{self, Allow};
use crate::syntax::assign;
use crate::syntax::code::is_from_network;
use crate::text::secret::{Secret, digest};
use std::cell::Cell;
use std::sync::OnceLock;

/// What the scan of one file found.
#[derive(Clone, Debug, Default)]
pub struct FileReport {
    /// Findings that stand by themselves, with the peers' marker on their line, if there is one.
    pub findings: Vec<(Finding, Option<&'static str>)>,
    /// Findings that depend on other files.
    pub pending: Vec<Pending>,
    /// Findings that depend on what becomes of an env file.
    pub waiting: Vec<Waiting>,
    /// What other files' findings may need to know.
    pub facts: Vec<Site>,
    /// The file's own allow comments, each with the finding it becomes if it allows nothing.
    pub allows: Vec<(Allow, Option<Finding>)>,
    /// The credentials in the text, reported or not: their spans, and how many bytes of each are public.
    pub secrets: Vec<(Span, usize)>,
}

impl FileReport {
    /// Whether there is nothing in it.
    pub const fn is_empty(&self) -> bool {
        self.findings.is_empty()
            && self.pending.is_empty()
            && self.waiting.is_empty()
            && self.facts.is_empty()
            && self.allows.is_empty()
    }
}

/// Scans one text with the rules of `plan`. With `reveal`, excerpts show secrets.
pub fn scan(plan: &Plan, file: &SourceFile<'_>, reveal: bool) -> FileReport {
    let mut cx = Context::new(file);
    let mut marks = Marks::default();
    hits(plan, &mut cx, &mut marks, 0..file.text.len() + 1);
    env_entry::scan(plan, &mut cx);
    instruction::scan(plan, &mut cx);
    manifest::scan(plan, &mut cx);
    let form = pin::form_of(file.kind, file.path.file_name(), marks.imports_code());
    pin::scan(plan, &mut cx, form);
    env_loader::hint(&mut cx);
    let concern = if plan.reads_code() { concern(plan, &cx, &marks) } else { Concern::Nothing };
    let reads = || marks.names && memchr::memmem::find(file.text, b"GetEnvironmentVariable").is_some();
    let is_other_code = || file.kind == FileKind::Code && (marks.headers || reads());
    phrase::scan(plan, &mut cx, concern != Concern::Nothing || marks.phrase.is_some() || is_other_code());
    if concern == Concern::Keys {
        code::scan(plan, &mut cx);
    }
    env_name::scan(plan, &mut cx, &marks);
    env_file::scan(&mut cx);
    own_module(plan, &mut cx, &marks);
    env_loader::scan(plan, &mut cx, marks.imports_code());
    holding::scan(plan, &mut cx, form);
    let lines = Lines::new(file.text);
    finish(plan, cx, &marks, &lines, reveal)
}

/// Emits that a Python file is a module with the name of an SDK. One that imports the SDK wraps it, and is itself no
/// module of that name for those who import it.
fn own_module(plan: &Plan, cx: &mut Context<'_>, marks: &Marks) {
    let path = cx.file.path;
    let Some(stem) = path.file_name().strip_suffix(b".py").filter(|_| cx.file.kind == FileKind::Python) else { return };
    let is_package = stem == b"__init__";
    let name = if is_package { path.parent().rsplit(|b| *b == b'/').next().unwrap_or_default() } else { stem };
    let wraps = !is_package && marks.modules.iter().any(|module| **module == *name);
    if !wraps && let Some(module) = plan.code().modules().find(|module| module.as_bytes() == name) {
        cx.sites.push((Fact::Module(module.as_str().into()), 0));
    }
}

/// How much of a file has to do with vendors' keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Concern {
    Nothing,
    /// It imports an SDK and does nothing with it that a rule asks for: most modules of a large package are like that.
    Import,
    /// It is worth being read as code.
    Keys,
}

fn concern(plan: &Plan, cx: &Context<'_>, marks: &Marks) -> Concern {
    let text = cx.text();
    // The lines of a notebook are long because of its pictures.
    let is_generated = || cx.file.kind != FileKind::Notebook && is_generated(text);
    let has = |word: &&[u8]| memchr::memmem::find(text, word).is_some();
    let uses_import = || {
        let is_sdk = || marks.modules.iter().any(|module| plan.code().is_sdk(module));
        (marks.names || flow::OWN_WORDS.iter().any(has)) && is_sdk()
            || marks.modules.iter().any(|module| plan.code().is_used(module, text))
    };
    let imports = !marks.modules.is_empty();
    let handles = marks.loads || imports && uses_import() || handles_keys(cx, marks);
    match (handles, imports) {
        (false, false) => Concern::Nothing,
        _ if is_generated() => Concern::Nothing,
        (true, _) => Concern::Keys,
        (false, true) => Concern::Import,
    }
}

/// Whether the file gets a key from somewhere, or gives one to somebody.
fn handles_keys(cx: &Context<'_>, marks: &Marks) -> bool {
    let text = cx.text();
    // What JavaScript imports by default has any name.
    let is_called = |call: &String| {
        let name = call.rsplit('.').next().unwrap_or(call);
        matches!(cx.file.kind, FileKind::JavaScript | FileKind::Html)
            || memchr::memmem::find(text, name.as_bytes()).is_some()
    };
    let builds = |at: &usize| clients().named_at(text, *at).any(|client| client.calls.iter().any(is_called));
    // `os.system("export NAME=…")`, `!echo $NAME`, `print(os.environ)` need no SDK.
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    let runs_commands = || match cx.file.kind {
        FileKind::Python => starts_text(text, b"export "),
        FileKind::Notebook => has(b"\"!"),
        FileKind::JavaScript => has(b"child_process") && has(b"export "),
        _ => false,
    };
    !cx.sites.is_empty()
        || marks.shown_environment.is_some()
        || marks.names && runs_commands()
        || marks.clients.iter().any(builds)
        || marks.headers && (!marks.modules.is_empty() || providers().by_host(text).is_some())
}

/// Whether a text in quotes starts with `word`.
fn starts_text(code: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find_iter(code, word).any(|at| matches!(code[..at].trim_ascii_end().last(), Some(b'"' | b'\'')))
}

/// Whether a program wrote the text for machines, as a bundler does: its lines are long.
fn is_generated(text: &[u8]) -> bool {
    /// Up to this many bytes a text is looked at whatever its lines.
    const SMALL: usize = 32 << 10;
    /// Bytes a line, on average: people break lines at a fourth of that.
    const LONG: usize = 400;
    text.len() > SMALL && text.len() / Position::of(text, text.len()).line > LONG
}

/// What the prefilter came across besides matches.
#[derive(Default)]
pub(super) struct Marks {
    /// The modules rules know that are imported, as far as one line tells.
    pub(super) modules: Vec<Box<[u8]>>,
    /// Something that loads env files is imported or called.
    pub(super) loads: bool,
    /// Where modules whose clients read the environment are imported, as far as one line tells.
    pub(super) clients: Vec<usize>,
    /// A header for keys may be written.
    pub(super) headers: bool,
    /// Where all variables at once are handed to something that shows them, as far as one line tells.
    pub(super) shown_environment: Option<usize>,
    /// Part of a credential's name stands somewhere.
    pub(super) names: bool,
    /// Where a text stands that rules look for in programs.
    pub(super) phrase: Option<usize>,
    /// Where allow comments start.
    pub(super) allows: Vec<usize>,
}

impl Marks {
    /// Whether a module that rules know, or what loads env files, is imported or called.
    fn imports_code(&self) -> bool {
        self.loads || !self.modules.is_empty()
    }
}

/// Looks at every place the prefilter finds; only tokens that start in `accept` are reported.
pub(super) fn hits(plan: &Plan, cx: &mut Context<'_>, marks: &mut Marks, accept: std::ops::Range<usize>) {
    let text = cx.text();
    let (mut names_seen, mut headers_seen) = (Vec::new(), Vec::new());
    let (mut secrets_seen, mut addresses_seen) = (Vec::new(), Vec::new());
    let search = plan.search(cx.file.kind);
    let is_expression = cx.file.kind.has_expressions();
    search.prefilter.each(text, |needle, at| {
        for target in &search.targets[needle] {
            let Some(start) = target.start(text, at) else { continue };
            if !accept.contains(&start) {
                continue;
            }
            match target {
                Target::Token { rule, anchor, .. } => {
                    let rule = &plan.tokens[*rule];
                    if let Some(hit) = rule.at(text, start, anchor.len()) {
                        let end = hit.span.end;
                        rule.report(cx, hit);
                        if let Some(id) = &rule.spec().secret_rule {
                            assignment::at_pair(cx, plan, id, end);
                        }
                    }
                }
                Target::Name { word, .. } => {
                    marks.headers |= matches!(*word, b"Bearer " | b"api-key");
                    names_seen.push(start);
                }
                Target::Authorization { .. } => headers_seen.push(start),
                Target::SecretName { word, .. } => {
                    let name_end = start + word.strip_suffix(b"=").unwrap_or(word).len();
                    if assign::may_be_given(text, name_end, is_expression) {
                        secrets_seen.push(start);
                    }
                }
                Target::Address { .. } => addresses_seen.push(start),
                Target::Client { word, .. } => assignment::at_client(cx, plan, start, start + word.len()),
                Target::EnvRead { word, .. } => {
                    if shows_all(text, start, start + word.len()) {
                        marks.shown_environment = Some(start);
                    }
                    env_name::at_read(cx, plan, start, word);
                }
                Target::Module { word, use_of: Import::Loader, .. } if text[start + word.len()..].starts_with(b"(") => {
                    marks.loads = true;
                }
                Target::Module { word, .. } if !is_import(cx.file, start, start + word.len()) => {}
                Target::Module { use_of: Import::Loader, .. } => marks.loads = true,
                Target::Module { word, use_of: Import::Code, .. } => {
                    if !marks.modules.contains(word) {
                        marks.modules.push(word.clone());
                    }
                }
                Target::Module { use_of: Import::Client, .. } => marks.clients.push(start),
                Target::Phrase { .. } => marks.phrase = Some(start),
                Target::Allow { .. } => marks.allows.push(start),
            }
        }
    });
    marks.names = !names_seen.is_empty();
    // Several parts of one name are hits (`api_key` and `_KEY`): each name is looked at once.
    names_seen.sort_unstable();
    let mut looked_at: Vec<Span> = Vec::new();
    for at in names_seen {
        if looked_at.last().is_none_or(|last| at >= last.end) {
            env_name::at_mention(cx, at);
            looked_at.push(Span::new(at, assignment::at_name(cx, plan, at)));
        }
    }
    secrets_seen.sort_unstable();
    let mut end = 0;
    for at in secrets_seen {
        let before = looked_at.partition_point(|span| span.end <= at);
        let is_new = at >= end && looked_at.get(before).is_none_or(|span| !name_holds(text, at, span.start));
        if is_new {
            end = assignment::at_secret_name(cx, plan, at);
        }
    }
    for at in addresses_seen {
        assignment::at_address(cx, plan, at);
    }
    for at in headers_seen {
        sent::at_authorization(cx, plan, at);
    }
}

/// Whether the name that covers byte `at` reaches to byte `other`.
fn name_holds(text: &[u8], at: usize, other: usize) -> bool {
    other <= at || assign::name_around(text, at).end > other
}

/// Whether the environment at bytes `start..end` is an argument, whole, of what shows things: `print(os.environ)`.
fn shows_all(text: &[u8], start: usize, end: usize) -> bool {
    /// How far before it the function is looked for, in bytes.
    const REACH: usize = 80;
    if !(text[end..].starts_with(b")") || text[end..].starts_with(b".copy()")) {
        return false;
    }
    let before = &text[start.saturating_sub(REACH)..start];
    let line = memchr::memrchr(b'\n', before).map_or(before, |end| &before[end + 1..]);
    [&b"print"[..], b"log", b"write", b"echo", b"info", b"debug", b"json"]
        .iter()
        .any(|word| memchr::memmem::find(line, word).is_some())
}

/// How far before a module's name the word that imports it is looked for, in bytes.
const IMPORT_REACH: usize = 200;

/// Whether the line says that the module called by bytes `start..end` is imported.
fn is_import(file: &SourceFile<'_>, start: usize, end: usize) -> bool {
    let text = file.text;
    // `"npm:openai"`; without quotes it is a word of the language people speak.
    let is_quoted = matches!(text[..start].last(), Some(b'"' | b'\'' | b':'));
    let is_script = matches!(file.kind, FileKind::JavaScript | FileKind::Html);
    let is_fetched = is_script && is_from_network(&text[..start]);
    if is_script && !is_quoted && !is_fetched {
        return false;
    }
    // `litellm.llms.openai` and `./openai` are others.
    let joins = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let is_inner = text[..start].last().is_some_and(|b| joins(b) || matches!(b, b'.' | b'/'));
    if is_inner && !is_fetched || text.get(end).is_some_and(joins) {
        return false;
    }
    let before = &text[start.saturating_sub(IMPORT_REACH)..start];
    let line = memchr::memrchr2(b'\n', b'\r', before).map_or(before, |end| &before[end + 1..]);
    [&b"import"[..], b"from", b"require"].iter().any(|word| memchr::memmem::find(line, word).is_some())
}

/// Positions in one text, or in a window of a large one.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    index: OnceLock<LineIndex>,
    /// Bytes before the window, and the position of its first byte.
    base: Option<(usize, Position)>,
    /// The line that was last searched for another scanner's marker, and what was found.
    marked: Cell<Option<(Span, Option<&'static str>)>>,
}

impl<'a> Lines<'a> {
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self { text, index: OnceLock::new(), base: None, marked: Cell::new(None) }
    }

    pub(super) const fn in_window(text: &'a [u8], offset: usize, start: Position) -> Self {
        Self { text, index: OnceLock::new(), base: Some((offset, start)), marked: Cell::new(None) }
    }

    pub(super) fn index(&self) -> &LineIndex {
        self.index.get_or_init(|| LineIndex::new(self.text))
    }

    pub(super) fn position(&self, offset: usize) -> Position {
        let here = self.index().position(self.text, offset);
        self.base.map_or(here, |(_, base)| here.within(base))
    }

    /// The line that holds byte `offset` of the text.
    fn around(&self, offset: usize) -> Span {
        self.index().line_span(self.text, offset)
    }

    /// The marker of another scanner on the line that holds byte `offset`; each line is searched once.
    fn peer_marker(&self, offset: usize) -> Option<&'static str> {
        let line = self.around(offset);
        if let Some((_, marker)) = self.marked.get().filter(|(last, _)| *last == line) {
            return marker;
        }
        let marker = allow::peer_marker(line.of(self.text));
        self.marked.set(Some((line, marker)));
        marker
    }

    fn location(&self, span: Span) -> Location {
        let offset = self.base.map_or(0, |(offset, _)| offset);
        Location {
            span: Span::new(span.start + offset, span.end + offset),
            start: self.position(span.start),
            end: self.position(span.end),
        }
    }
}

/// Turns the matches of `cx` into findings.
pub(super) fn finish(plan: &Plan, cx: Context<'_>, marks: &Marks, lines: &Lines<'_>, reveal: bool) -> FileReport {
    let Context { file, matches, sites, masks, pending, waiting, .. } = cx;
    let facts = sites.into_iter().map(|(fact, at)| Site { fact, position: Some(lines.position(at)) }).collect();
    let mut secrets: Vec<(Span, usize)> = matches.iter().filter_map(|found| found.secret).collect();
    secrets.extend(masks.into_iter().map(|mask| (mask, 0)));
    let maker = Maker { file, lines, secrets: Secrets::new(secrets), reveal };
    let findings = overlap::merge(matches)
        .into_iter()
        .filter(|(found, _)| !(file.ignored && is_leak(found)))
        .map(|(found, also)| {
            let marker = found.secret.is_some().then(|| lines.peer_marker(found.span.start)).flatten();
            (maker.finding(found, also), marker)
        })
        .collect();
    let pending = pending
        .into_iter()
        .map(|wait| Pending {
            finding: maker.finding(wait.matched, wait.also),
            name: wait.name,
            canonical: wait.canonical,
            question: wait.question,
        })
        .collect();
    let waiting = waiting
        .into_iter()
        .map(|wait| Waiting {
            finding: maker.finding(wait.matched, Vec::new()),
            state: wait.state,
            subject: wait.subject,
        })
        .collect();
    let comments = marks.allows.iter().filter_map(|at| allow::parse(file.text, *at, lines.index()));
    let allows: Vec<_> = comments.map(|comment| maker.allow(plan, comment)).collect();
    FileReport { findings, pending, waiting, facts, allows, secrets: maker.secrets.into_vec() }
}

/// A file that git ignores is where a key belongs: its shape matters, its presence does not.
fn is_leak(found: &Match) -> bool {
    matches!(found.rule.family, Family::Secret | Family::Deploy)
        && found.rule.cause == Cause::LeakedKey
        && found.secret.is_some()
}

struct Maker<'a> {
    file: &'a SourceFile<'a>,
    lines: &'a Lines<'a>,
    secrets: Secrets,
    reveal: bool,
}

impl Maker<'_> {
    /// A comment with its place in the whole file, and the finding it may become. Documentation shows comments to its
    /// readers: there they are not held to anything.
    fn allow(&self, plan: &Plan, mut comment: Allow) -> (Allow, Option<Finding>) {
        let unused = (self.file.role != Role::Documentation)
            .then(|| plan.rules.iter().find(|rule| matches!(rule.matcher, Matcher::UnusedAllow {})))
            .flatten()
            .map(|rule| {
                let mut found = Match::new(rule, comment.span, Group::Form);
                found.name = Some(comment.rules.join(", "));
                self.finding(found, Vec::new())
            });
        let place = self.lines.location(comment.span);
        (comment.line, comment.span) = (place.start.line, place.span);
        (comment, unused)
    }

    fn finding(&self, found: Match, also: Vec<Also>) -> Finding {
        let text = self.file.text;
        let rule = found.rule;
        let secret = found.secret.map(|(span, public)| Secret::new(span.of(text), public));
        let secret = found.decoded.or(secret);
        let fill = |template: &str| {
            let name = found.name.as_deref().map(crate::text::sanitize::printable_str).unwrap_or_default();
            let provider = found.provider.as_deref().and_then(|slug| crate::rules::providers().get(slug));
            let mut models = rule.matcher.retired_models().iter().filter_map(|vendor| models::retired(vendor));
            let shutdown = found.name.as_deref().and_then(|name| models.find_map(|models| models.shutdown(name)));
            template
                .replace("{name}", &name)
                .replace("{shutdown}", shutdown.unwrap_or_default())
                .replace("{canonical}", found.canonical.as_deref().unwrap_or_default())
                .replace("{provider}", provider.map_or("", |provider| provider.title.as_str()))
                .replace("{answer}", provider.map_or("", |provider| provider.answer.as_str()))
        };
        let message = found.message.unwrap_or_else(|| fill(rule.message.as_deref().unwrap_or(&rule.title)));
        let value = found.secret.map_or_else(
            || found.name.as_deref().map_or_else(|| found.span.of(text), str::as_bytes),
            |(span, _)| span.of(text),
        );
        let fingerprint = digest("finding", &[rule.id.as_bytes(), self.file.path.as_bytes(), value]);
        Finding {
            severity: found.severity.unwrap_or(rule.severity),
            confidence: rule.confidence,
            provider: found.provider.clone(),
            path: self.file.path.clone(),
            location: self.lines.location(found.span),
            help: fill(rule.remedy()),
            message,
            secret,
            related: Vec::new(),
            also,
            fingerprint,
            value_id: digest("value", &[rule.id.as_bytes(), value]),
            fix: found.fix,
            readers: found.readers,
            dated: found.dated,
            excerpt: excerpt::excerpt(
                text,
                self.lines.around(found.span.start),
                found.span,
                &self.secrets,
                self.reveal,
            ),
            provenance: None,
            rule,
        }
    }
}
