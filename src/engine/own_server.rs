//! Servers of one's own that speak a vendor's protocol, such as Ollama: most ask for no key.

use super::context::Context;
use crate::source::FileKind;
use crate::span::{Span, line_around};
use crate::syntax::assign;
use memchr::memmem;

/// How far from the key its server's address may stand, in bytes.
const NEAR: usize = 2 << 10;

/// How variables for addresses end.
const ADDRESSES: [&str; 3] = ["_BASE_URL", "_API_BASE", "_ENDPOINT"];

/// Whether the key that `variable` is given, at `value`, is for a server of one's own, as the file says that sets it:
/// `OPENAI_BASE_URL=http://localhost:11434/v1`.
pub(super) fn serves(cx: &Context<'_>, variable: &[u8], value: Span) -> bool {
    if !matches!(cx.file.kind, FileKind::Env | FileKind::Compose) {
        return false;
    }
    let Some(stem) = variable.strip_suffix(b"_API_KEY") else { return false };
    let text = cx.text();
    let near = &text[value.start.saturating_sub(NEAR)..text.len().min(value.end + NEAR)];
    ADDRESSES.iter().any(|suffix| {
        let name = [stem, suffix.as_bytes()].concat();
        memmem::find_iter(near, &name).any(|at| {
            let (line, name) = (line_around(near, at), Span::new(at, at + name.len()));
            !line.of(near).trim_ascii_start().starts_with(b"#")
                && assign::name_around(near, at) == name
                && assign::value_of(near, line, name).is_some_and(|address| is_own(address.span.of(near)))
        })
    })
}

/// Whether an address names this machine, one of its network, or a service beside it.
fn is_own(address: &[u8]) -> bool {
    let Some(scheme) = memmem::find(address, b"://") else { return false };
    let host = address[scheme + 3..].split(|b| matches!(b, b':' | b'/')).next().unwrap_or_default();
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let is_plain = !host.is_empty() && host.iter().all(is_name);
    let near = [&b"127."[..], b"0.0.0.0", b"10.", b"192.168.", b"host.docker.internal"];
    is_plain && (!host.contains(&b'.') || near.iter().any(|start| host.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn addresses_of_ones_own() {
        for address in ["http://localhost:11434/v1", "http://127.0.0.1/v1", "http://ollama:11434", "http://10.0.0.4"] {
            assert!(is_own(address.as_bytes()), "{address}");
        }
        for address in ["https://api.openai.com/v1", "https://proxy.test", "${URL}", "http://${HOST}:80", "https://"] {
            assert!(!is_own(address.as_bytes()), "{address}");
        }
    }
}
