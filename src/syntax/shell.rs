//! Values given to names in shell commands, without running or fully parsing them: `export K=v`, `K=v command`,
//! `echo "K=v" >> file`, `--flag v`, `-H "Name: v"`, `config set name v`, `$env:K = "v"`, `https://user:v@host`.

use crate::span::{Span, line_around};

/// A value given to a name in a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// What it is given to.
    pub name: String,
    /// The value without its quotes, in bytes of the text.
    pub value: Span,
    /// Whether its place alone says that it is a credential: the password of a URL, the argument of `Bearer`.
    pub is_credential: bool,
}

/// How deep quotes are read: `sh -c "export K='v'"` is two.
const DEPTH: usize = 3;

/// Longest name, in bytes.
const LONGEST_NAME: usize = 128;

/// The values given in the command that is bytes `range` of `text`.
pub fn given(text: &[u8], range: Span) -> Vec<Given> {
    let mut out = urls(text, range);
    command(text, range, 0, &mut out);
    out
}

/// The values given in a command in JSON form: `["serve", "--api-key", "v"]`.
pub fn given_in_json(text: &[u8], range: Span) -> Vec<Given> {
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

fn find(text: &[u8], range: Span, byte: u8) -> Option<usize> {
    memchr::memchr(byte, range.of(text)).map(|i| range.start + i)
}

/// Where the quote that opened before `range` closes; the range's end if it does not.
fn closing(text: &[u8], range: Span, quote: u8) -> usize {
    let mut at = range.start;
    while at < range.end {
        match text[at] {
            b'\\' if quote == b'"' => at += 1,
            byte if byte == quote => return at,
            _ => {}
        }
        at += 1;
    }
    range.end
}

fn command(text: &[u8], range: Span, depth: usize, out: &mut Vec<Given>) {
    let words = words(text, range);
    let (mut is_curl, mut is_login) = (false, false);
    for (i, word) in words.iter().enumerate() {
        let bytes = word.of(text);
        is_curl |= bytes.ends_with(b"curl") || bytes.ends_with(b"wget");
        is_login |= bytes == b"login";
        pair(text, *word, out);
        flag(text, &words, i, out);
        header(text, &words, i, out);
        let next = words.get(i + 1).map(|next| unquoted(text, *next));
        match bytes {
            b"set" | b"SET" | b"setx" | b"SETX" => {
                if let (Some(name), Some(value)) = (words.get(i + 1), words.get(i + 2)) {
                    add(out, name.of(text), unquoted(text, *value), false);
                }
            }
            b"-u" | b"--user" if is_curl => {
                if let Some(user) = next
                    && let Some(colon) = find(text, user, b':')
                {
                    add(out, b"password", Span::new(colon + 1, user.end), true);
                }
            }
            b"-p" if is_login => {
                if let Some(password) = next {
                    add(out, b"password", password, true);
                }
            }
            // `$env:NAME = "v"`, and assignments of programs in a here-document; not those of templates.
            b"=" if i > 0 && !is_template(text, range.start) => {
                if let Some(value) = next {
                    add(out, words[i - 1].of(text), value, false);
                }
            }
            _ => {}
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

/// The words of a command: what stands between blanks and operators, with its quotes.
fn words(text: &[u8], range: Span) -> Vec<Span> {
    let is_separator =
        |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>');
    let (mut out, mut at) = (Vec::new(), range.start);
    while at < range.end {
        if is_separator(text[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < range.end && !is_separator(text[at]) {
            match text[at] {
                quote @ (b'"' | b'\'') => at = closing(text, Span::new(at + 1, range.end), quote),
                // A substitution is one word with what stands around it.
                b'$' if text.get(at + 1) == Some(&b'(') => at = closing(text, Span::new(at + 2, range.end), b')'),
                b'\\' => at += 1,
                _ => {}
            }
            at += 1;
        }
        out.push(Span::new(start, at.min(range.end)));
        at = at.min(range.end);
    }
    out
}

/// The quoted parts of a word, without their quotes.
fn quoted(text: &[u8], word: Span) -> Vec<Span> {
    let (mut out, mut at) = (Vec::new(), word.start);
    while at < word.end {
        if let quote @ (b'"' | b'\'') = text[at] {
            let close = closing(text, Span::new(at + 1, word.end), quote);
            out.push(Span::new(at + 1, close));
            at = close;
        }
        at += 1;
    }
    out
}

/// A word without its quotes, also those that are escaped (`\"`).
fn unquoted(text: &[u8], word: Span) -> Span {
    let escaped = usize::from(matches!(word.of(text), [b'\\', b'"' | b'\'', ..]));
    let start = word.start + escaped;
    match text.get(start..word.end).and_then(<[u8]>::first) {
        Some(quote @ (b'"' | b'\'')) => {
            let close = memchr::memchr(*quote, &text[start + 1..word.end]).map_or(word.end, |i| start + 1 + i);
            Span::new(start + 1, (close - escaped.min(close - start - 1)).max(start + 1))
        }
        _ => word,
    }
}

/// `NAME=value`, `--name=value`, `//host/:_authToken=value`.
fn pair(text: &[u8], word: Span, out: &mut Vec<Given>) {
    let bytes = word.of(text);
    let Some(equals) = bytes.iter().take(512).position(|b| matches!(b, b'=' | b'"' | b'\'')) else { return };
    if bytes[equals] != b'=' {
        return;
    }
    let value = unquoted(text, Span::new(word.start + equals + 1, word.end));
    add(out, &bytes[..equals], value, false);
    // `--from-literal=K=v`, `--set-env-vars=A=b,K=v`: options that take pairs.
    if bytes.starts_with(b"--") {
        let mut at = value.start;
        for part in value.of(text).split(|b| *b == b',') {
            if !part.starts_with(b"-") {
                pair(text, Span::new(at, at + part.len()), out);
            }
            at += part.len() + 1;
        }
    }
}

/// `--name value`.
fn flag(text: &[u8], words: &[Span], i: usize, out: &mut Vec<Given>) {
    let bytes = words[i].of(text);
    let Some(value) = words.get(i + 1) else { return };
    if bytes.len() > 2 && bytes[0] == b'-' && !bytes.contains(&b'=') && !value.of(text).starts_with(b"-") {
        add(out, bytes, unquoted(text, *value), false);
    }
}

/// `Name: value` and `Name: Bearer value` inside a quoted argument.
fn header(text: &[u8], words: &[Span], i: usize, out: &mut Vec<Given>) {
    let Some(name) = words[i].of(text).strip_suffix(b":") else { return };
    let Some(first) = words.get(i + 1) else { return };
    let scheme = first.of(text).to_ascii_lowercase();
    let is_scheme = matches!(scheme.as_slice(), b"bearer" | b"token" | b"basic" | b"bot");
    if is_scheme && let Some(value) = words.get(i + 2) {
        add(out, name, unquoted(text, *value), name.to_ascii_lowercase().ends_with(b"authorization"));
    } else if !is_scheme {
        // Punctuation of a sentence about a header.
        let value = unquoted(text, *first);
        let end = value.of(text).iter().rposition(|b| !matches!(b, b'`' | b',' | b'.')).map_or(0, |i| i + 1);
        add(out, name, Span::new(value.start, value.start + end), false);
    }
}

/// The passwords of URLs: `scheme://user:value@host` and `scheme://value@host`.
pub fn urls(text: &[u8], range: Span) -> Vec<Given> {
    let mut out = Vec::new();
    for at in memchr::memmem::find_iter(range.of(text), b"://") {
        let start = range.start + at + 3;
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
            None if user.len() >= 16 => add(&mut out, b"URL", user, true),
            None => {}
        }
    }
    out
}

/// Adds a value given to the name at the end of `before`.
fn add(out: &mut Vec<Given>, before: &[u8], value: Span, is_credential: bool) {
    let before = before.strip_suffix(b"+").unwrap_or(before);
    let length = before
        .iter()
        .rev()
        .take(LONGEST_NAME)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        .count();
    let name = String::from_utf8_lossy(&before[before.len() - length..]);
    let name = name.trim_matches(['-', '.']);
    if !name.is_empty() && !value.is_empty() {
        out.push(Given { name: name.to_owned(), value, is_credential });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The names given the value `v1`.
    fn names(text: &str) -> Vec<String> {
        let all = given(text.as_bytes(), Span::new(0, text.len()));
        let mut names: Vec<String> =
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
            ("printf \"{\\\"K\\\": \\\"v1\\\"}\"", ""),
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
            ("$env:K = \"v1\"", "K"),
        ] {
            let expected: Vec<&str> = if name.is_empty() { vec![] } else { vec![name] };
            assert_eq!(names(text), expected, "{text}");
        }
        assert_eq!(names("useradd -u 10:v1 x"), [""; 0]);
        assert_eq!(names("K=$(cat v1)"), [""; 0]);
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
        let show: Vec<(&str, &[u8])> = all.iter().map(|given| (given.name.as_str(), given.value.of(text))).collect();
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
