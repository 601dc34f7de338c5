//! The password in an address (`postgres://user:password@host`) or in a connection string (`Server=host;Password=…`).

use crate::span::Span;
use crate::text::placeholder::{self, ValueKind};
use crate::text::setting;

/// What an address tells a server on another machine.
pub(super) struct Login<'a> {
    pub(super) password: Span,
    value: &'a [u8],
    user: &'a [u8],
}

impl<'a> Login<'a> {
    /// The login in the value at `span`, if it is for a host of the network.
    pub(super) fn of(text: &'a [u8], span: Span) -> Option<Self> {
        let (login, host) = in_address(text, span).or_else(|| in_parameters(text, span))?;
        let host = host.split(|b| matches!(b, b'/' | b':' | b'?' | b',')).next().unwrap_or_default();
        let is_remote = host.contains(&b'.')
            && ![&b"127."[..], b"0.0.0.0", b"10.", b"192.168."].iter().any(|net| host.starts_with(net))
            && ![&b".local"[..], b".internal", b".example", b".test", b".invalid", b"example.com", b"example.org"]
                .iter()
                .any(|end| host.ends_with(end));
        is_remote.then_some(login)
    }

    /// Whether its password opens something, and is none everybody knows.
    pub(super) fn is_secret(&self) -> bool {
        let is_known = self.value == self.user || self.value.len() < 6 || setting::is_setting(self.value);
        !is_known && placeholder::classify(self.value) == ValueKind::Literal
    }

    /// Whether its password was never filled in.
    pub(super) fn is_placeholder(&self) -> bool {
        self.value != self.user && placeholder::classify(self.value) == ValueKind::Placeholder
    }
}

/// `scheme://user:password@host`, and the host.
fn in_address(text: &[u8], span: Span) -> Option<(Login<'_>, &[u8])> {
    let start = span.start + memchr::memmem::find(span.of(text), b"://")? + 3;
    let is_end = |b: &u8| matches!(b, b'/' | b'?' | b'#');
    let length = text[start..span.end].iter().position(is_end).unwrap_or(span.end - start);
    let at = start + memchr::memrchr(b'@', &text[start..start + length])?;
    let colon = start + memchr::memchr(b':', &text[start..at])?;
    let (user, mut password) = (&text[start..colon], Span::new(colon + 1, at));
    // GitHub takes the token as the user.
    if password.of(text) == b"x-oauth-basic" {
        password = Span::new(start, colon);
    }
    Some((
        Login { password, value: password.of(text), user: if password.start == start { b"" } else { user } },
        &text[at + 1..span.end],
    ))
}

/// How far behind a value that ends at a separator its parameters may go on, in bytes.
const REACH: usize = 1024;

/// `jdbc:…://host/name?user=…&password=…`, `Server=host;User Id=…;Password=…`, and the host.
fn in_parameters(text: &[u8], span: Span) -> Option<(Login<'_>, &[u8])> {
    // Where a value has no quotes, `&` and `;` end it.
    let behind = &text[span.end..text.len().min(span.end + REACH)];
    let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'<' | b'\\');
    let span = Span::new(span.start, span.end + behind.iter().position(is_end).unwrap_or(behind.len()));
    let (mut password, mut user, mut host) = (None, &b""[..], None);
    let mut at = span.start;
    for part in span.of(text).split(|b| matches!(b, b'?' | b'&' | b';')) {
        let start = at;
        at += part.len() + 1;
        let Some(equals) = memchr::memchr(b'=', part) else {
            host = host.or_else(|| memchr::memmem::find(part, b"://").map(|scheme| &part[scheme + 3..]));
            continue;
        };
        let value = Span::new(start + equals + 1, start + part.len());
        match part[..equals].trim_ascii().to_ascii_lowercase().as_slice() {
            b"password" | b"pwd" => password = Some(value),
            b"user" | b"user id" | b"uid" | b"username" => user = value.of(text),
            b"server" | b"host" | b"data source" | b"address" => {
                let server = value.of(text);
                host = Some(server.strip_prefix(b"tcp:").unwrap_or(server));
            }
            _ => {}
        }
    }
    let password = password.filter(|password| !password.is_empty())?;
    Some((Login { password, value: password.of(text), user }, host?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(value: &str) -> Option<(&str, bool)> {
        let login = Login::of(value.as_bytes(), Span::new(0, value.len()))?;
        Some((&value[login.password.range()], login.is_placeholder()))
    }

    #[test]
    fn addresses_and_connection_strings() {
        assert_eq!(login("jdbc:mysql://db.acme.io:3306/a?user=b&password=Tq7w"), Some(("Tq7w", false)));
        assert_eq!(login("Server=tcp:db.acme.io,1433;User Id=sa;Password=changeme;"), Some(("changeme", true)));
        assert_eq!(login("postgres://app:<password>@db.acme.io/a"), Some(("<password>", true)));
        assert_eq!(login("https://deploy+token-1:Tq7w@git.acme.io/a"), Some(("Tq7w", false)));
        assert_eq!(login("postgres://app:password@db:5432/a"), None);
        assert_eq!(login("Server=localhost;Password=changeme"), None);
        assert_eq!(login("https://acme.io/?password=1"), Some(("1", false)));
    }
}
