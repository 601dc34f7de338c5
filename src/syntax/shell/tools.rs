//! Values that are given to a name by the way one tool reads its arguments.

use super::words::{find, unquoted};
use super::{Given, add};
use crate::span::Span;

/// A program whose short options mean something of its own.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Program {
    #[default]
    Other,
    Curl,
    Mysql,
    Redis,
    KeyVault,
    Doctl,
}

/// What stands in a command so far.
#[derive(Default)]
pub(super) struct Tools {
    program: Program,
    is_login: bool,
    /// What `echo` is given.
    echoed: Option<Span>,
    /// The word that names what `--value` or `--body` is for.
    subject: Option<Span>,
}

impl Tools {
    /// Adds what the `i`-th of `words` and those behind it give to a name.
    pub(super) fn word<'a>(&mut self, text: &'a [u8], words: &[Span], i: usize, out: &mut Vec<Given<'a>>) {
        let bytes = words[i].of(text);
        let at = |offset: usize| words.get(i + offset).map(|word| unquoted(text, *word));
        let program = bytes.rsplit(|b| *b == b'/').next().unwrap_or_default();
        self.is_login |= bytes == b"login";
        let takes_key = |program: &[u8]| [&b"wandb"[..], b"vault"].iter().any(|name| program.ends_with(name));
        if bytes == b"login" && i > 0 && takes_key(words[i - 1].of(text)) {
            password(at(1).filter(|value| text[value.start] != b'-'), out);
        }
        if bytes.ends_with(b"curl") || bytes.ends_with(b"wget") {
            self.program = Program::Curl;
        } else if matches!(program, b"mysql" | b"mysqladmin" | b"mysqldump" | b"mariadb") {
            self.program = Program::Mysql;
        } else if program == b"redis-cli" {
            self.program = Program::Redis;
        } else if bytes == b"keyvault" {
            self.program = Program::KeyVault;
        } else if program == b"doctl" {
            self.program = Program::Doctl;
        }
        if self.echoed.is_none() && program == b"echo" {
            self.echoed = at(1);
        }
        match bytes {
            b"set" | b"SET" | b"setx" | b"SETX" | b"env:set" | b"config:set" => {
                // `set $name "key" value` of a template changes a map.
                // `pulumi config set --secret NAME v`
                let option = words.get(i + 1).is_some_and(|word| matches!(word.of(text), b"--secret" | b"--plaintext"));
                let skip = usize::from(option);
                if let (Some(name), Some(value)) = (words.get(i + 1 + skip), at(2 + skip))
                    && text[name.start] != b'$'
                {
                    self.subject = Some(*name);
                    add(out, name.of(text), value, false);
                }
            }
            b"set-env" => {
                if let (Some(name), Some(value)) = (words.get(i + 2), at(3)) {
                    add(out, name.of(text), value, false);
                }
            }
            b"-u" | b"--user" if self.program == Program::Curl => {
                if let Some(user) = at(1)
                    && let Some(colon) = find(text, user, b':')
                {
                    add(out, b"password", Span::new(colon + 1, user.end), true);
                }
            }
            b"-p" | b"password" if self.is_login => password(at(1), out),
            b"-a" if self.program == Program::Redis => password(at(1), out),
            b"--requirepass" | b"--masterauth" => password(at(1), out),
            b"-t" if self.program == Program::Doctl => password(at(1), out),
            b"--value" if self.program == Program::KeyVault => password(at(1), out),
            // Members of an object are found by their names.
            b"--secret-string" if at(1).is_some_and(|value| text.get(value.start) != Some(&b'{')) => {
                password(at(1), out);
            }
            b"-n" | b"--name" | b"--secret-id" => self.subject = at(1).or(self.subject),
            // `aws ssm put-parameter --name N --value v`, `gh secret set N --body v`
            b"--value" | b"--secret-string" | b"--body" | b"-b" => {
                if let (Some(name), Some(value)) = (self.subject, at(1)) {
                    add(out, name.of(text), value, false);
                }
            }
            // `wrangler deploy --var NAME:v`
            b"--var" => {
                if let Some(pair) = at(1)
                    && let Some(colon) = find(text, pair, b':')
                {
                    add(out, &text[pair.start..colon], Span::new(colon + 1, pair.end), false);
                }
            }
            // `echo v | docker login --password-stdin`
            b"--password-stdin" => password(self.echoed, out),
            // `echo "user:v" | chpasswd`
            b"chpasswd" => {
                if let Some(word) = self.echoed
                    && let Some(colon) = find(text, word, b':')
                {
                    password(Some(Span::new(colon + 1, word.end)), out);
                }
            }
            _ if self.program == Program::Mysql && bytes.starts_with(b"-p") && bytes.len() > 2 => {
                add(out, b"password", unquoted(text, Span::new(words[i].start + 2, words[i].end)), true);
            }
            // `poetry config http-basic.name user v`
            _ if bytes.starts_with(b"http-basic.") => password(at(2), out),
            // `docker run -eNAME=v`
            _ if bytes.starts_with(b"-e") && bytes.get(2).is_some_and(u8::is_ascii_uppercase) => {
                if let Some(equals) = find(text, words[i], b'=') {
                    let value = unquoted(text, Span::new(equals + 1, words[i].end));
                    add(out, &text[words[i].start + 2..equals], value, false);
                }
            }
            // `printf 'NAME=%s' v`
            _ => {
                let is_text = |at: &usize| bytes[..*at].ends_with(b"=") && bytes[*at..].starts_with(b"%s");
                if let Some(format) = memchr::memchr_iter(b'%', bytes).find(is_text)
                    && let Some(value) = at(1)
                {
                    add(out, &bytes[..format - 1], value, false);
                }
            }
        }
    }
}

fn password(value: Option<Span>, out: &mut Vec<Given<'_>>) {
    if let Some(value) = value {
        add(out, b"password", value, true);
    }
}

/// Variables that a pipeline's log sets: `##vso[task.setvariable variable=NAME;isSecret=true]v`.
pub(super) fn pipeline_variables<'a>(text: &'a [u8], range: Span, out: &mut Vec<Given<'a>>) {
    const MARK: &[u8] = b"[task.setvariable variable=";
    for at in memchr::memchr_iter(b'[', range.of(text)).filter(|at| range.of(text)[*at..].starts_with(MARK)) {
        let name = range.start + at + MARK.len();
        let is_end = |b: &u8| matches!(b, b'"' | b'\'' | b'\n' | b'`') || b.is_ascii_whitespace();
        let head = text[name..range.end].iter().take(256).take_while(|b| !is_end(b) && **b != b']').count();
        let length = text[name..name + head].iter().take_while(|b| **b != b';').count();
        let value = name + head + 1;
        if text.get(name + head) == Some(&b']') && value < range.end {
            let end = text[value..range.end].iter().take(4096).take_while(|b| !is_end(b)).count();
            add(out, &text[name..name + length], Span::new(value, value + end), false);
        }
    }
}
