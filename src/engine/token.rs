//! Tokens: values whose shape gives them away wherever they stand.

use super::context::{Context, Group, Match};
use crate::rules::matcher::{Owner, Token, compile};
use crate::rules::{Rule, providers};
use crate::span::Span;
use crate::text::placeholder;
use crate::text::randomness::Tier;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::bytes::Regex;
use std::sync::{Arc, OnceLock};

/// A token rule with its expressions, compiled on first use.
#[derive(Debug)]
pub(super) struct TokenRule {
    rule: Arc<Rule>,
    spec: Token,
    pattern: OnceLock<Option<Regex>>,
    except: OnceLock<Option<Regex>>,
}

/// A token found: where it stands, and how many of its bytes are public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) span: Span,
    pub(super) public: usize,
}

/// What says that a token is none, although a rule's anchor stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// The character before it belongs to the same word.
    Before,
    /// What follows the anchor does not have the pattern.
    Pattern,
    /// The character behind it belongs to the same word.
    After,
    /// It is a published sample, or public by design.
    Sample,
    /// A person wrote it: a placeholder, or not random.
    Written,
    /// The vendor's checksum does not hold.
    Checksum,
}

/// How many lines around a token are searched for a vendor's host.
const HOST_LINES: usize = 6;

impl TokenRule {
    pub(super) fn new(rule: Arc<Rule>, spec: &Token) -> Self {
        Self { rule, spec: spec.clone(), pattern: OnceLock::new(), except: OnceLock::new() }
    }

    pub(super) const fn rule(&self) -> &Arc<Rule> {
        &self.rule
    }

    pub(super) const fn spec(&self) -> &Token {
        &self.spec
    }

    /// The token that starts at byte `start` of `text`, where `anchor` stands.
    pub(super) fn at(&self, text: &[u8], start: usize, anchor: usize) -> Option<Hit> {
        self.judge(text, start, anchor).ok()
    }

    /// As [`TokenRule::at`], with what speaks against a token.
    ///
    /// Tests go from cheap to dear: the byte before, the pattern in a bounded window, the byte after, then whether the
    /// random part is one.
    pub(super) fn judge(&self, text: &[u8], start: usize, anchor: usize) -> Result<Hit, Guard> {
        if !self.spec.alphabet.may_start(text, start) {
            return Err(Guard::Before);
        }
        let window = &text[start..text.len().min(start + self.spec.window)];
        let pattern = self.pattern.get_or_init(|| compile(&format!("^(?:{})", self.spec.pattern)).ok());
        let (Some(pattern), Some(end)) = (pattern, pattern.as_ref().and_then(|p| p.find(window)).map(|hit| hit.end()))
        else {
            return Err(Guard::Pattern);
        };
        if !self.spec.alphabet.may_end(text, start + end) {
            return Err(Guard::After);
        }
        let token = &window[..end];
        let sample = self.except.get_or_init(|| self.spec.except.as_deref().and_then(|text| compile(text).ok()));
        if sample.as_ref().is_some_and(|sample| sample.is_match(token)) {
            return Err(Guard::Sample);
        }
        let tier = if self.spec.weak { Tier::Weak } else { Tier::Strong };
        if !self.spec.unjudged {
            let random = random_part(pattern, token, anchor);
            let drawn = if self.spec.encoded { drawn_text(&random) } else { None };
            if placeholder::is_placeholder(drawn.as_deref().unwrap_or(&random), tier) {
                return Err(Guard::Written);
            }
        }
        if self.spec.checksum.is_some_and(|checksum| !checksum.holds(token, anchor)) {
            return Err(Guard::Checksum);
        }
        Ok(Hit { span: Span::new(start, start + end), public: anchor })
    }

    /// Reports the token at `hit`.
    pub(super) fn report(&self, cx: &mut Context<'_>, hit: Hit) {
        if self.spec.not_in.contains(&cx.file.kind) {
            return;
        }
        let mut found = Match::new(&self.rule, hit.span, Group::Value);
        found.secret = Some((hit.span, hit.public));
        if self.spec.owner == Owner::Context
            && let Some(owner) = owner(cx, cx.lines.around(hit.span.start), hit.span)
        {
            found.provider = Some(owner);
        }
        cx.matches.push(found);
    }
}

/// What of `token` was drawn at random, joined: the groups called `random…` of its pattern, else what follows its
/// first `public` bytes. Joined, because a part of four or eight characters alone says nothing.
pub(super) fn random_part(pattern: &Regex, token: &[u8], public: usize) -> Vec<u8> {
    let named: Vec<&str> = pattern.capture_names().flatten().filter(|name| name.starts_with("random")).collect();
    if named.is_empty() {
        return token[public.min(token.len())..].to_vec();
    }
    let Some(captures) = pattern.captures(token) else { return Vec::new() };
    named.iter().filter_map(|name| captures.name(name)).flat_map(|group| group.as_bytes().to_vec()).collect()
}

/// What was drawn at random of the text whose base64 `encoded` is; `None` if it is not that of a text.
fn drawn_text(encoded: &[u8]) -> Option<Vec<u8>> {
    let whole = &encoded[..encoded.len() - encoded.len() % 4];
    let text = STANDARD.decode(whole).ok()?;
    text.is_ascii().then(|| placeholder::drawn_part(&text))
}

/// How far before and after a token, and on the lines around, a host is searched for, in bytes.
const HOST_BYTES: usize = 2048;

/// Whose token stands at `span` of `line`: told by the variable it is given to, else by a host in the lines around.
fn owner(cx: &Context<'_>, line: Span, span: Span) -> Option<Arc<str>> {
    let text = cx.text();
    let before = &text[line.start.max(span.start.saturating_sub(200))..span.start];
    let named = before
        .split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')))
        .rev()
        .find_map(|word| providers().by_variable(word));
    let by_host = || cx.hosts.borrow_mut().nearest(near(text, line, span), span.start);
    Some(Arc::from(named.or_else(by_host)?.slug.as_str()))
}

/// Where a host may stand that tells whose key stands at `span` of `line`: what of the line is near, and up to
/// [`HOST_LINES`] lines, and [`HOST_BYTES`], before and after it.
pub(super) fn near(text: &[u8], line: Span, span: Span) -> Span {
    let line = Span::new(
        line.start.max(span.start.saturating_sub(HOST_BYTES)),
        line.end.min(span.end + HOST_BYTES).max(span.end),
    );
    let from = line.start.saturating_sub(HOST_BYTES);
    let mut ends = memchr::memrchr_iter(b'\n', &text[from..line.start]);
    let start = ends.nth(HOST_LINES).map_or(from, |i| from + i);
    let to = text.len().min(line.end + HOST_BYTES);
    let mut ends = memchr::memchr_iter(b'\n', &text[line.end..to]);
    let end = ends.nth(HOST_LINES).map_or(to, |i| line.end + i);
    Span::new(start, end)
}
