//! Values given to names in shell commands, without running or fully parsing them: `export K=v`, `K=v command`,
//! `echo "K=v" >> file`, `--flag v`, `-H "Name: v"`, `config set name v`, `$env:K = "v"`, `https://user:v@host`.

mod shown;
mod tools;
pub mod uses;
mod words;

use crate::span::{Span, line_around};
pub use shown::shown_documents;
use tools::{Tools, pipeline_variables};
use words::{closing, find, quoted, unquoted, words};

/// A value given to a name in a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given<'a> {
    /// What it is given to.
    pub name: &'a str,
    /// The value without its quotes, in bytes of the text.
    pub value: Span,
    /// Whether its place alone says that it is a credential: the password of a URL, the argument of `Bearer`.
    pub is_credential: bool,
}

/// How deep quotes are read: `sh -c "export K='v'"` is two.
const DEPTH: usize = 3;

/// Longest name, in bytes.
const LONGEST_NAME: usize = 128;

/// Longest value of a JSON member, in bytes.
const LONGEST_MEMBER: usize = 4096;

/// The values given in the command that is bytes `range` of `text`.
pub fn given(text: &[u8], range: Span) -> Vec<Given<'_>> {
    let mut out = urls(text, range);
    members(text, range, &mut out);
    pipeline_variables(text, range, &mut out);
    command(text, range, 0, &mut out);
    out
}

/// The values given in a command in JSON form: `["serve", "--api-key", "v"]`.
pub fn given_in_json(text: &[u8], range: Span) -> Vec<Given<'_>> {
    let mut out = urls(text, range);
    let (mut words, mut at) = (Vec::new(), range.start);
    while let Some(open) = find(text, Span::new(at, range.end), b'"') {
        let close = closing(text, Span::new(open + 1, range.end), b'"');
        words.push(Span::new(open + 1, close));
        at = close + 1;
    }
    for (i, word) in words.iter().enumerate() {
        pair(text, *word, &mut out);
        flag(text, &words, i, &mut out);
        if word.of(text).contains(&b' ') {
            command(text, *word, 1, &mut out);
        }
    }
    out
}

/// The names of the words `NAME=value` in the command that is bytes `range` of `text`.
pub fn assigned(text: &[u8], range: Span) -> impl Iterator<Item = Span> {
    words(text, range).into_iter().filter_map(|word| {
        let is_name = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
        let name = Span::new(word.start, word.start + word.of(text).iter().take_while(is_name).count());
        (!name.is_empty() && name.end < word.end && text[name.end] == b'=').then_some(name)
    })
}

fn command<'a>(text: &'a [u8], range: Span, depth: usize, out: &mut Vec<Given<'a>>) {
    let words = words(text, range);
    let mut tools = Tools::default();
    for (i, word) in words.iter().enumerate() {
        pair(text, *word, out);
        flag(text, &words, i, out);
        header(text, &words, i, out);
        tools.word(text, &words, i, out);
        // `$env:NAME = "v"`, and assignments of programs in a here-document; not those of templates.
        if word.of(text) == b"="
            && i > 0
            && !is_template(text, range.start)
            && let Some(value) = words.get(i + 1)
            // What a function returns: `token = read(request)`.
            && text.get(value.end) != Some(&b'(')
        {
            add(out, words[i - 1].of(text), unquoted(text, *value), false);
        }
        if depth < DEPTH {
            for quoted in quoted(text, *word) {
                if quoted.of(text).iter().any(|b| matches!(b, b'=' | b':' | b' ')) {
                    command(text, quoted, depth + 1, out);
                }
            }
        }
    }
}

/// Whether the line of byte `at` is an instruction of a template engine: `{{- $name = function 10 }}`.
fn is_template(text: &[u8], at: usize) -> bool {
    line_around(text, at).of(text).trim_ascii_start().starts_with(b"{{")
}

/// `NAME=value`, `--name=value`, `//host/:_authToken=value`, and options whose value is a list of pairs:
/// `--set-env-vars=A=b,K=v`, `-var="k=v"`, `Variables={A=b,K=v}`, `environment=A="b",K="v"`.
fn pair<'a>(text: &'a [u8], word: Span, out: &mut Vec<Given<'a>>) {
    let Some(value) = one_pair(text, word, out) else { return };
    let bytes = value.of(text);
    let is_list = text[word.start] == b'-'
        || goes_on(bytes)
        || bytes.starts_with(b"{")
        || memchr::memmem::find(bytes, b"=\"").is_some();
    let mut at = if is_list { value.start } else { value.end };
    while at < value.end {
        let end = part_end(text, Span::new(at, value.end));
        if text[at] != b'-' {
            one_pair(text, Span::new(at, end), out);
        }
        at = end + 1;
    }
}

/// Whether the first comma of a value has another pair behind it: `A=b,K=v`.
fn goes_on(value: &[u8]) -> bool {
    let rest = memchr::memchr(b',', value).map_or(&b""[..], |comma| &value[comma + 1..]);
    let name = rest.iter().take(LONGEST_NAME).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    name > 0 && rest.get(name) == Some(&b'=')
}

/// Where the first part of a list ends: at a comma or brace outside quotes.
fn part_end(text: &[u8], list: Span) -> usize {
    let mut quote = 0;
    let end = list.of(text).iter().position(|byte| {
        match byte {
            b'"' | b'\'' if quote == 0 => quote = *byte,
            byte if *byte == quote => quote = 0,
            b',' | b'{' | b'}' => return quote == 0,
            _ => {}
        }
        false
    });
    end.map_or(list.end, |i| list.start + i)
}

/// Adds what `NAME=value` gives; returns the value.
fn one_pair<'a>(text: &'a [u8], word: Span, out: &mut Vec<Given<'a>>) -> Option<Span> {
    let bytes = word.of(text);
    let equals = bytes.iter().take(512).position(|b| matches!(b, b'=' | b'"' | b'\''))?;
    if bytes[equals] != b'=' {
        return None;
    }
    let value = unquoted(text, Span::new(word.start + equals + 1, word.end));
    add(out, &bytes[..equals], value, false);
    Some(value)
}

/// The members of JSON objects: `"name": "value"`, also with escaped quotes.
fn members<'a>(text: &'a [u8], range: Span, out: &mut Vec<Given<'a>>) {
    for at in memchr::memchr_iter(b':', range.of(text)).skip_while(|at| *at == 0) {
        let colon = range.start + at;
        let close = colon - 1;
        if text[close] != b'"' {
            continue;
        }
        let escaped = usize::from(close > range.start && text[close - 1] == b'\\');
        let name = Span::new(range.start.max(close.saturating_sub(LONGEST_NAME)), close - escaped);
        let blanks = text[colon + 1..range.end].iter().take_while(|b| **b == b' ').count();
        let open = colon + 1 + blanks + escaped;
        if text.get(open..range.end).and_then(<[u8]>::first) != Some(&b'"') {
            continue;
        }
        let rest = Span::new(open + 1, range.end.min(open + LONGEST_MEMBER));
        let Some(end) = find(text, rest, b'"') else { continue };
        let end = if escaped == 1 && text[end - 1] == b'\\' { end - 1 } else { end };
        if end > open {
            add(out, name.of(text), Span::new(open + 1, end.max(open + 1)), false);
        }
    }
}

/// `--name value`.
fn flag<'a>(text: &'a [u8], words: &[Span], i: usize, out: &mut Vec<Given<'a>>) {
    let bytes = words[i].of(text);
    let Some(value) = words.get(i + 1) else { return };
    if bytes.len() > 2 && bytes[0] == b'-' && !bytes.contains(&b'=') && !value.of(text).starts_with(b"-") {
        add(out, bytes, unquoted(text, *value), false);
    }
}

/// `Name: value` and `Name: Bearer value` inside a quoted argument.
fn header<'a>(text: &'a [u8], words: &[Span], i: usize, out: &mut Vec<Given<'a>>) {
    // `proxy_set_header Authorization "Bearer v";`
    if words[i].of(text).eq_ignore_ascii_case(b"authorization")
        && let Some(value) = words.get(i + 1).map(|word| unquoted(text, *word))
        && let Some(blank) = find(text, value, b' ')
    {
        add(out, b"Authorization", Span::new(blank + 1, value.end), true);
    }
    let Some(name) = words[i].of(text).strip_suffix(b":") else { return };
    let Some(first) = words.get(i + 1) else { return };
    let scheme = first.of(text).to_ascii_lowercase();
    let is_scheme = matches!(scheme.as_slice(), b"bearer" | b"token" | b"basic" | b"bot");
    // `Bearer <the key>`
    if is_scheme && let Some(value) = words.get(i + 2).filter(|value| text[value.start - 1] != b'<') {
        add(out, name, unquoted(text, *value), name.to_ascii_lowercase().ends_with(b"authorization"));
    } else if !is_scheme {
        // Punctuation of a sentence about a header.
        let value = unquoted(text, *first);
        let end = value.of(text).iter().rposition(|b| !matches!(b, b'`' | b',' | b'.')).map_or(0, |i| i + 1);
        add(out, name, Span::new(value.start, value.start + end), false);
    }
}

/// The passwords of URLs: `scheme://user:value@host` and `scheme://value@host`.
pub fn urls(text: &[u8], range: Span) -> Vec<Given<'_>> {
    let mut out = Vec::new();
    for at in memchr::memchr_iter(b':', range.of(text)) {
        let start = range.start + at + 3;
        if start > range.end || !text[start - 2..].starts_with(b"//") {
            continue;
        }
        let authority = text[start..range.end]
            .iter()
            .take(1024)
            .take_while(|b| {
                !b.is_ascii_whitespace() && !matches!(b, b'/' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'?' | b'#')
            })
            .count();
        let Some(end) = memchr::memrchr(b'@', &text[start..start + authority]).map(|i| start + i) else { continue };
        let user = Span::new(start, end);
        match find(text, user, b':') {
            // GitHub takes the token as the user.
            Some(colon) if &text[colon + 1..end] != b"x-oauth-basic" => {
                add(&mut out, b"URL", Span::new(colon + 1, end), true);
            }
            Some(colon) => add(&mut out, b"URL", Span::new(start, colon), true),
            None if user.len() >= 16 && !is_dsn(text, user) => add(&mut out, b"URL", user, true),
            None => {}
        }
    }
    out
}

/// Whether the user of a URL is the public key of a Sentry project: `https://(32 hex digits)@host/number`.
fn is_dsn(text: &[u8], user: Span) -> bool {
    let rest = &text[user.end..text.len().min(user.end + LONGEST_NAME)];
    let path = memchr::memchr(b'/', rest).map_or(&b""[..], |slash| &rest[slash + 1..]);
    user.len() == 32 && user.of(text).iter().all(u8::is_ascii_hexdigit) && path.first().is_some_and(u8::is_ascii_digit)
}

/// Adds a value given to the name at the end of `before`.
fn add<'a>(out: &mut Vec<Given<'a>>, before: &'a [u8], value: Span, is_credential: bool) {
    let before = before.strip_suffix(b"+").unwrap_or(before);
    let length = before
        .iter()
        .rev()
        .take(LONGEST_NAME)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        .count();
    let name = std::str::from_utf8(&before[before.len() - length..]).unwrap_or_default();
    let name = name.trim_matches(['-', '.']);
    if !name.is_empty() && !value.is_empty() {
        out.push(Given { name, value, is_credential });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The names given the value `v1`.
    fn names(text: &str) -> Vec<&str> {
        let all = given(text.as_bytes(), Span::new(0, text.len()));
        let mut names: Vec<&str> =
            all.into_iter().filter(|given| given.value.of(text.as_bytes()) == b"v1").map(|given| given.name).collect();
        names.dedup();
        names
    }

    #[test]
    fn values_in_commands() {
        for (text, name) in [
            ("export K=v1 && make", "K"),
            ("K='v1' make", "K"),
            ("a; K=\"v1\" b", "K"),
            ("echo \"K=v1\" >> .env", "K"),
            ("echo '//npm.x/:_authToken=v1' > ~/.npmrc", "_authToken"),
            ("sh -c \"export K='v1'\"", "K"),
            ("printf \"{\\\"K\\\": \\\"v1\\\"}\"", "K"),
            ("kubectl patch secret a -p '{\"stringData\":{\"K\":\"v1\"}}'", "K"),
            ("environment=A=\"b\",K=\"v1\"", "K"),
            ("aws lambda x --environment \"Variables={A=b,K=v1}\"", "K"),
            ("gcloud run deploy --set-env-vars \"A=b,K=v1\"", "K"),
            ("terraform apply -var=\"K=v1\"", "K"),
            ("serve --api-key v1", "api-key"),
            ("serve --api-key=\"v1\"", "api-key"),
            ("curl -H \"Authorization: Bearer v1\" x", "Authorization"),
            ("curl -H 'x-api-key: v1' x", "x-api-key"),
            ("curl -u bot:v1 https://x", "password"),
            ("docker login ghcr.io -u bot -p v1", "password"),
            ("docker run -e \"K=v1\" x", "K"),
            ("kubectl create secret generic x --from-literal=K=v1", "K"),
            ("helm install x --set a.K=v1", "a.K"),
            ("gcloud run deploy --set-env-vars=A=b,K=v1", "K"),
            ("git clone https://bot:v1@host/x", "URL"),
            ("aws configure set aws_secret_access_key v1", "aws_secret_access_key"),
            ("npm config set //h/:_authToken=v1", "_authToken"),
            ("setx K v1", "K"),
            ("pulumi config set --secret K v1", "K"),
            ("vault login v1", "password"),
            ("doctl auth init -t v1", "password"),
            ("$env:K = \"v1\"", "K"),
        ] {
            let expected: Vec<&str> = if name.is_empty() { vec![] } else { vec![name] };
            assert_eq!(names(text), expected, "{text}");
        }
        let all = names("az keyvault secret set --vault-name a --name b --value v1");
        assert_eq!(all, ["value", "password"]);
        assert_eq!(names("useradd -u 10:v1 x"), [""; 0]);
        assert_eq!(names("K=$(cat v1)"), [""; 0]);
        assert_eq!(names("const k = v1(x)"), [""; 0]);
        assert_eq!(names("curl -H 'Authorization: Bearer <v1>'"), [""; 0]);
        assert_eq!(urls(b"https://0123456789abcdef0123456789abcdef@o1.example.org/12", Span::new(0, 58)), []);
        assert_eq!(names("{{- $k = v1 10 }}"), [""; 0]);
        assert_eq!(names("no permission `id-token: v1`, none"), ["id-token"]);
    }

    #[test]
    fn assigned_names() {
        let text = "export A=1 && B=\"x C=2\" run --d=3 'E=4';F=$(G=5)";
        let all = assigned(text.as_bytes(), Span::new(0, text.len()));
        assert_eq!(all.map(|name| &text[name.range()]).collect::<Vec<_>>(), ["A", "B", "F"]);
    }

    #[test]
    fn values_in_json_form() {
        let text = b"[\"serve\", \"--api-key\", \"v1\", \"K=v2\", \"A=3 run\"]";
        let all = given_in_json(text, Span::new(0, text.len()));
        let show: Vec<(&str, &[u8])> = all.iter().map(|given| (given.name, given.value.of(text))).collect();
        assert!(show.contains(&("api-key", b"v1")) && show.contains(&("K", b"v2")), "{show:?}");
    }

    proptest! {
        #[test]
        fn never_panics(text in "(K=|--k |\"|'|\\\\| |:|://|@|\\$\\(|\\)|set |=|x|é){0,30}") {
            for one in given(text.as_bytes(), Span::new(0, text.len())) {
                prop_assert!(one.value.end <= text.len());
            }
            given_in_json(text.as_bytes(), Span::new(0, text.len()));
        }
    }
}
