//! What a telling name is given: a placeholder, a damaged or misplaced key, a random value, a URL with a password.

use super::assignment::AssignmentRule;
use super::context::{Context, Group, Match};
use super::key_form::{self, Fault};
use super::login::Login;
use super::own_server;
use super::plan::Plan;
use super::sent;
use crate::rules::matcher::ValueState;
use crate::rules::{Provider, providers};
use crate::source::FileKind;
use crate::span::{Span, line_around};
use crate::syntax::assign;
use crate::text::name;
use crate::text::placeholder::{self, ValueKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// A value, and the telling name it is given to.
pub(super) struct Given<'a> {
    pub(super) variable: &'a [u8],
    /// The byte behind the name.
    pub(super) name_end: usize,
    /// Whether the name says that the value is a credential.
    pub(super) is_credential: bool,
    /// The vendor the variable belongs to.
    pub(super) provider: Option<&'static Provider>,
    /// The value without its quotes.
    pub(super) value: Span,
}

impl<'a> Given<'a> {
    /// What `variable`, whose words are `words`, is given, if its name is a credential's or `is_named` by a rule.
    pub(super) fn to(cx: &Context<'a>, variable: Span, words: &name::Words, is_named: bool) -> Option<Self> {
        let text = cx.text();
        let provider = providers().by_words(words);
        let is_credential = provider.is_some() || words.is_credential();
        if !is_credential && !is_named {
            return None;
        }
        if cx.file.kind == FileKind::Yaml && is_quoted_text(text, variable) {
            return None;
        }
        let line = assign::line_of_value(text, cx.lines.around(variable.end), variable.end);
        let value = assign::value_of(text, line, variable).or_else(|| {
            if is_login_file(cx.file.path.file_name()) {
                return assign::next_word(text, variable.end);
            }
            let word = assign::pair_word(text, variable.end)?;
            assign::value_of(text, line_around(text, word.end), word)
        })?;
        // In code an unquoted word is another variable; elsewhere it is the value.
        let expression = cx.file.kind.has_expressions();
        if value.quote.is_none()
            && (expression
                && !is_magic(text, variable)
                && !is_put(text, variable, value.span)
                && !is_of_url(text, variable, value.span)
                || cx.file.kind == FileKind::Yaml
                    && text[variable.end..].starts_with(b"=")
                    && !is_item(text, cx.lines.around(variable.start), variable))
        {
            return None;
        }
        Some(Self { variable: variable.of(text), name_end: variable.end, is_credential, provider, value: value.span })
    }

    /// The match of `rule`, if the value is in the state the rule asks for.
    pub(super) fn matched(&self, cx: &Context<'_>, plan: &Plan, rule: &AssignmentRule) -> Option<Match> {
        let decoded = self.decoded(cx);
        let value = decoded.as_deref().unwrap_or_else(|| self.value.of(cx.text()));
        // Most values are in no such state: nothing is made for them.
        let new = || {
            let mut found = Match::new(rule.rule(), self.value, Group::Value);
            found.name = Some(String::from_utf8_lossy(self.variable).into_owned());
            found.provider = self.provider.map(|provider| Arc::from(provider.slug.as_str()));
            found
        };
        match rule.spec().state? {
            ValueState::Placeholder => {
                let is_placeholder = placeholder::classify(value) == ValueKind::Placeholder;
                let provider = self.provider.or_else(|| is_placeholder.then(|| self.told(cx, plan, value)).flatten());
                let Some(provider) = provider else {
                    let login = Login::of(cx.text(), self.value).filter(Login::is_placeholder)?;
                    let mut found = new();
                    found.span = login.password;
                    let name = crate::text::sanitize::printable(self.variable);
                    found.message =
                        Some(format!("{name} still holds a placeholder as password: the server refuses it"));
                    return Some(found);
                };
                // A value that is a variable's name refers to it: `key: OPENAI_API_KEY` of a secret, a list of names.
                let is_left = is_placeholder
                    && !names_variable(value)
                    && !self.is_double(cx)
                    && !self.is_conditional(cx)
                    && !self.is_label(cx, provider)
                    && !self.is_header_name()
                    && !self.is_excerpt(cx)
                    && !own_server::serves(cx, self.variable, self.value)
                    // `live` and `secret` stand in the prefixes of real keys.
                    && !key_form::holds(&plan.tokens, value);
                is_left.then(|| Match { provider: Some(Arc::from(provider.slug.as_str())), ..new() })
            }
            ValueState::Malformed => {
                if cx.file.kind == FileKind::Env && goes_on(cx, self.value) {
                    return None;
                }
                let owner = self.provider.map(|provider| provider.slug.as_str());
                let (token, public, fault) = key_form::damaged(&plan.tokens, value, owner)?;
                let mut found = new();
                found.secret = Some((self.value, public));
                found.provider = token.rule().provider.as_deref().map(Arc::from);
                found.message = Some(damage(self.variable, fault, found.provider.as_deref()));
                Some(found)
            }
            ValueState::WrongProvider => {
                let slug = self.provider.filter(|own| rule.spec().variables.contains(&own.slug))?.slug.as_str();
                let (token, public) = key_form::whole(&plan.tokens, value)?;
                let owner = token.rule().provider.as_deref()?;
                if owner == slug
                    || !rule.spec().keys.iter().any(|key| key == owner)
                    || names_server(cx.text(), self.value)
                {
                    return None;
                }
                let canonical = providers().get(owner).map(|provider| provider.title.clone());
                Some(Match { secret: Some((self.value, public)), canonical, ..new() })
            }
            ValueState::Random => {
                let is_password = name::is_password(self.variable);
                let least = if is_password { LEAST_PASSWORD } else { LEAST_TOKEN };
                // The id of a key opens nothing without the key.
                let is_id = name::words(self.variable).last().is_some_and(|last| last == "ID");
                // A UUID under the name of a password is the id of something with passwords.
                let is_named_thing = is_password && placeholder::is_uuid(value);
                let is_drawn = self.is_credential && !is_id && !is_named_thing && placeholder::is_drawn(value, least);
                if !is_drawn || key_form::holds(&plan.tokens, value) || is_open(cx.text(), self.value) {
                    return None;
                }
                Some(Match { secret: Some((self.value, 0)), ..new() })
            }
            ValueState::UrlPassword => {
                let login = Login::of(cx.text(), self.value).filter(Login::is_secret)?;
                Some(Match { span: login.password, secret: Some((login.password, 0)), ..new() })
            }
        }
    }

    /// What the value stands for where it may be the base64 of a text, as in a Kubernetes Secret: the text.
    fn decoded(&self, cx: &Context<'_>) -> Option<Vec<u8>> {
        let value = self.value.of(cx.text());
        let is_one = matches!(cx.file.kind, FileKind::Yaml | FileKind::Json)
            && (8..=LONGEST_ENCODED).contains(&value.len())
            && value.len().is_multiple_of(4);
        let text = is_one.then(|| STANDARD.decode(value).ok()).flatten()?;
        text.trim_ascii_end().iter().all(|b| b.is_ascii_graphic() || *b == b' ').then_some(text)
    }

    /// The vendor that the placeholder `value` names (`YOUR_GROQ_KEY`, `gsk_xxxx`), or whose host stands nearby, where
    /// the name is that of a key but of no vendor's.
    fn told(&self, cx: &Context<'_>, plan: &Plan, value: &[u8]) -> Option<&'static Provider> {
        // A mask or a part left out may be what a program shows, or an example.
        let is_key = self.is_credential
            && !name::is_password(self.variable)
            && placeholder::asks(value)
            && !placeholder::is_test_double(value);
        let by_words = || providers().by_variable(value);
        let by_prefix = || key_form::owner_of_prefix(&plan.tokens, value).and_then(|slug| providers().get(slug));
        let by_host = || sent::vendor_near(cx, self.value);
        let by_import = || self.by_import(cx);
        is_key.then(|| by_words().or_else(by_prefix).or_else(by_import).or_else(by_host)).flatten()
    }

    /// The vendor that the module is called after whose attribute is set: `aai.settings.api_key` where a Python file says
    /// `import assemblyai as aai`.
    fn by_import(&self, cx: &Context<'_>) -> Option<&'static Provider> {
        let head = &self.variable[..memchr::memchr(b'.', self.variable)?];
        if !matches!(cx.file.kind, FileKind::Python | FileKind::Notebook) || head.is_empty() {
            return None;
        }
        let text = &cx.text()[..cx.text().len().min(NEAR)];
        let is_part = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
        let ends = |at: usize| !text.get(at).is_some_and(is_part);
        let renamed = [b" as ", head].concat();
        let alias = memchr::memmem::find_iter(text, &renamed).filter(|at| ends(at + renamed.len())).find_map(|at| {
            let module = &text[at - text[..at].iter().rev().take_while(|b| is_part(b)).count()..at];
            text[..at - module.len()].ends_with(b"import ").then_some(module)
        });
        let plain = [b"import ", head].concat();
        let is_plain = || memchr::memmem::find_iter(text, &plain).any(|at| ends(at + plain.len()));
        let module = alias.or_else(|| is_plain().then_some(head))?;
        providers().by_variable(&[module, b"_API_KEY"].concat())
    }

    /// Whether a double in a program or a pipeline says itself that no key is needed there.
    fn is_double(&self, cx: &Context<'_>) -> bool {
        let value = self.value.of(cx.text());
        (cx.file.kind.has_expressions() && placeholder::is_double(value))
            || (cx.file.kind == FileKind::Ci && placeholder::is_test_double(value))
    }

    /// `os.getenv("OPENAI_API_KEY", "placeholder" if base_url else None)`: meant for servers that ask for no key.
    fn is_conditional(&self, cx: &Context<'_>) -> bool {
        let behind = &cx.text()[self.value.end..];
        let behind = behind.strip_prefix(b"\"").or_else(|| behind.strip_prefix(b"'"));
        cx.file.kind.has_expressions() && behind.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"if "))
    }

    /// A line of a longer text in a JSON file: `{"body": "my env file:\nNAME=your-key\n…"}`.
    fn is_excerpt(&self, cx: &Context<'_>) -> bool {
        let name = self.name_end - self.variable.len();
        cx.file.kind == FileKind::Json && cx.text()[..name].ends_with(b"\\n")
    }

    /// `HeaderNameAzureApiKey = "api-key"`.
    fn is_header_name(&self) -> bool {
        name::words(self.variable).iter().any(|word| word == "HEADER")
    }

    /// `OPENAI_API_KEY: "OpenAI"` in a table of labels, `api_key: "password"` in a form.
    fn is_label(&self, cx: &Context<'_>, provider: &Provider) -> bool {
        let (text, value) = (cx.text(), self.value.of(cx.text()));
        let is_field = (cx.file.kind.has_expressions() || cx.file.kind == FileKind::Json)
            && text[self.name_end..self.value.start].contains(&b':');
        is_field && placeholder::is_label(value) || value.eq_ignore_ascii_case(provider.title.as_bytes())
    }
}

/// Whether a file of this name is a `.netrc`, where a value follows its name behind a blank.
pub(super) fn is_login_file(name: &[u8]) -> bool {
    matches!(name, b".netrc" | b"_netrc" | b"netrc")
}

/// Whether `"NAME=value"` as a whole, which is at `span` and ends with `value`, is what a program hands to `putenv`.
fn is_put(text: &[u8], span: Span, value: Span) -> bool {
    let [before @ .., quote @ (b'"' | b'\'')] = &text[..span.start] else { return false };
    before.ends_with(b"putenv(") && text.get(value.end) == Some(quote)
}

/// Whether the name at `span` of a notebook is set by a line that starts with a percent sign: `%env NAME=value`.
fn is_magic(text: &[u8], span: Span) -> bool {
    text[..span.start].ends_with(b"%env ")
}

/// Whether the name at `span` is a parameter of a URL with a literal `value`: `"https://host/path?name=value&…"`.
fn is_of_url(text: &[u8], span: Span, value: Span) -> bool {
    let is_literal = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    matches!(text[..span.start].last(), Some(b'?' | b'&'))
        && value.start == span.end + 1
        && value.of(text).iter().all(is_literal)
}

/// Whether the name at `span` starts an item of a YAML list: `- NAME=value`.
fn is_item(text: &[u8], line: Span, span: Span) -> bool {
    let before = text[line.start..span.start].trim_ascii();
    matches!(before, b"-" | b"- \"" | b"- '")
}

/// Whether the name at `span` of a YAML text starts a quoted text instead of being a key: `- 'KEY = "value"'`. What
/// lists of variables hold, `- 'KEY=value'`, is none.
fn is_quoted_text(text: &[u8], span: Span) -> bool {
    let Some(quote @ (b'"' | b'\'')) = span.start.checked_sub(1).map(|before| text[before]) else { return false };
    match text[span.end..].strip_prefix(&[quote]) {
        Some(behind) => !behind.trim_ascii_start().starts_with(b":"),
        None => !text[span.end..].starts_with(b"="),
    }
}

/// Whether the rest of an entry's value stands behind a blank or on the next line: that is a defect of the env file,
/// and the rules about those say so.
fn goes_on(cx: &Context<'_>, value: Span) -> bool {
    let text = cx.text();
    let line = cx.lines.around(value.end);
    let rest = text[value.end..line.end].trim_ascii();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest).trim_ascii_start();
    let next = text.get(line.end + 1..).map_or(line, |_| line_around(text, line.end + 1)).of(text).trim_ascii();
    let is_entry = next.is_empty() || next.starts_with(b"#") || next.contains(&b'=') || next.contains(&b':');
    !rest.is_empty() && !rest.starts_with(b"#") || !is_entry
}

/// The least lengths, in bytes, of a random value that is worth a note: of shorter ones chance makes too many look
/// written (docs/accuracy.md). Passwords are shorter, and there the name says most.
const LEAST_TOKEN: usize = 20;
const LEAST_PASSWORD: usize = 10;

/// Longest value that is decoded, in bytes: keys are shorter.
const LONGEST_ENCODED: usize = 4096;

/// How far around a value the words are looked for that say what the file is about, in bytes: a file may be one long
/// list of values.
const NEAR: usize = 32 << 10;

fn is_near(text: &[u8], span: Span, words: &[&[u8]]) -> bool {
    let near = &text[span.start.saturating_sub(NEAR)..text.len().min(span.end + NEAR)];
    words.iter().any(|word| memchr::memmem::find(near, word).is_some())
}

/// Whether what a text gives to its names may be read by anybody: ciphertext, or the keys of Algolia's search, which
/// browsers send.
fn is_open(text: &[u8], span: Span) -> bool {
    is_near(
        text,
        span,
        &[b"SealedSecret", b"encryptedData", b"sops:", b"\"sops\"", b"docsearch", b"algolia", b"indexName"],
    )
}

/// Whether a text tells a client to talk to another server than its vendor's: then another key may be right.
fn names_server(text: &[u8], span: Span) -> bool {
    is_near(
        text,
        span,
        &[
            b"BASE_URL",
            b"base_url",
            b"baseURL",
            b"baseUrl",
            b"API_BASE",
            b"api_base",
            b"basePath",
            b"ENDPOINT",
            b"endpoint",
        ],
    )
}

/// The sentence about a damaged key: what is wrong with it and which answer that brings.
fn damage(variable: &[u8], fault: Fault, provider: Option<&str>) -> String {
    let name = crate::text::sanitize::printable(variable);
    let provider = provider.and_then(|slug| providers().get(slug));
    let (title, answer) = provider.map_or(("", "401 Unauthorized"), |p| (p.title.as_str(), p.answer.as_str()));
    let what = match fault {
        Fault::Twice => format!("holds one {title} key twice in a row"),
        Fault::CutOff { has, needs } => {
            format!("holds a cut-off {title} key: {has} characters, where the shortest has {needs}")
        }
        Fault::Unequal { before, behind } => format!(
            "holds a damaged {title} key: {before} characters before its marker and {behind} behind it should be as many"
        ),
        Fault::NoMarker => format!("holds a damaged {title} key: the marker inside every such key is missing"),
        Fault::Checksum => format!("holds a mistyped {title} key: its checksum does not hold"),
    };
    format!("{name} {what}; {title} answers {answer}")
}

/// Whether a value is the name of a vendor's variable or header, not a text that asks for its value.
fn names_variable(value: &[u8]) -> bool {
    let asks =
        |word: &String| matches!(word.as_str(), "YOUR" | "MY" | "THE" | "ENTER" | "INSERT" | "PASTE" | "REPLACE");
    providers().by_variable(value).is_some() && !name::words(value).iter().any(asks)
}
