//! Lock files: the exact version of each package a project installs. Only what names the package in question is read.

use super::requirement::Dialect;
use crate::span::Span;
use memchr::memmem;

/// What wrote a lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// `poetry.lock`, `uv.lock`: a `[[package]]` each.
    Toml,
    /// `Pipfile.lock`.
    Pipenv,
    /// `package-lock.json`, `npm-shrinkwrap.json`.
    Npm,
    /// `pnpm-lock.yaml`.
    Pnpm,
    /// `yarn.lock`, of all versions of yarn.
    Yarn,
}

/// How far behind a package's name its version is looked for, in bytes: a lock lists hashes in between.
const REACH: usize = 16 << 10;

impl Lock {
    /// What wrote the file of this name; `None` for other files, and for locks of other languages.
    pub fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"poetry.lock" | b"uv.lock" => Self::Toml,
            b"Pipfile.lock" => Self::Pipenv,
            b"package-lock.json" | b"npm-shrinkwrap.json" => Self::Npm,
            b"pnpm-lock.yaml" => Self::Pnpm,
            b"yarn.lock" => Self::Yarn,
            _ => return None,
        })
    }

    /// How its versions are read.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::Toml | Self::Pipenv => Dialect::Python,
            Self::Npm | Self::Pnpm | Self::Yarn => Dialect::Npm,
        }
    }
}

/// Where `text`, written by `lock`, tells a version of `package`. Packages that others bring along are left out where
/// the format tells them apart.
pub fn find(text: &[u8], lock: Lock, package: &str) -> Vec<Span> {
    match lock {
        Lock::Toml => keyed(text, &format!("name = \"{package}\""), |at, end| {
            let is_line = starts_line(text, at) && matches!(text.get(end), Some(b'\n' | b'\r'));
            let table = block(text, end, &[b"\n[", b"\n\n", b"\r\n\r\n"]);
            value(text, table, b"\nversion = \"").filter(|_| is_line)
        }),
        Lock::Pipenv => keyed(text, &format!("\"{package}\": {{"), |_, end| {
            value(text, block(text, end, &[b"}"]), b"\"version\": \"")
        }),
        Lock::Npm => {
            let version = |_, end| value(text, block(text, end, &[b"{", b"}"]), b"\"version\": \"");
            let own = keyed(text, &format!("\"node_modules/{package}\": {{"), version);
            // Before version 2 of the format.
            if own.is_empty() { keyed(text, &format!("\"{package}\": {{"), version) } else { own }
        }
        Lock::Pnpm => keyed(text, package, |at, end| {
            let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |at| at + 1);
            let before = text[start..at].trim_ascii();
            let line = block(text, end, &[b"\n"]);
            let is_key =
                matches!(before, b"" | b"/" | b"'" | b"\"" | b"'/") && line.of(text).trim_ascii().ends_with(b":");
            (is_key && matches!(text.get(end), Some(b'@' | b'/'))).then(|| version_at(text, end + 1))?
        }),
        Lock::Yarn => keyed(text, &format!("{package}@"), |at, end| {
            let is_entry = starts_line(text, at) || text[..at].ends_with(b"\"") && starts_line(text, at - 1);
            let entry = block(text, end, &[b"\n\n", b"\r\n\r\n"]);
            let key = memmem::find(entry.of(text), b"\n  version").filter(|_| is_entry)?;
            let after = entry.start + key + b"\n  version".len();
            let quotes = text[after..].iter().take_while(|b| matches!(b, b' ' | b':' | b'"')).count();
            version_at(text, after + quotes)
        }),
    }
}

/// What `read` makes of each place where `key` stands, given its first byte and the one behind it.
fn keyed(text: &[u8], key: &str, read: impl Fn(usize, usize) -> Option<Span>) -> Vec<Span> {
    memmem::find_iter(text, key).filter_map(|at| read(at, at + key.len())).collect()
}

fn starts_line(text: &[u8], at: usize) -> bool {
    at == 0 || text[at - 1] == b'\n'
}

/// The text from byte `start` to the first of `ends`.
fn block(text: &[u8], start: usize, ends: &[&[u8]]) -> Span {
    let near = &text[start..text.len().min(start + REACH)];
    let length = ends.iter().filter_map(|end| memmem::find(near, end)).min().unwrap_or(near.len());
    Span::new(start, start + length)
}

/// The version that follows `key` in `block`.
fn value(text: &[u8], block: Span, key: &[u8]) -> Option<Span> {
    let at = block.start + memmem::find(block.of(text), key)? + key.len();
    let equals = text[at..].iter().take_while(|b| **b == b'=').count();
    version_at(text, at + equals)
}

/// The version that starts at byte `at`.
fn version_at(text: &[u8], at: usize) -> Option<Span> {
    let is_version = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+' | b'!');
    let length = text[at..].iter().take_while(is_version).count();
    text.get(at).is_some_and(u8::is_ascii_digit).then(|| Span::new(at, at + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(name: &str, text: &str) -> Vec<String> {
        let lock = Lock::of(name.as_bytes()).unwrap();
        let found = find(text.as_bytes(), lock, "openai");
        found.iter().map(|span| String::from_utf8(span.of(text.as_bytes()).to_vec()).unwrap()).collect()
    }

    #[test]
    fn every_lock_tells_its_versions() {
        let poetry = "[[package]]\nname = \"openai\"\nversion = \"0.28.1\"\n\n[[package]]\nname = \"openai-x\"\nversion = \"2\"\n";
        assert_eq!(versions("poetry.lock", poetry), ["0.28.1"]);
        let old = "[[package]]\ncategory = \"main\"\nname = \"openai\"\noptional = false\nversion = \"0.27.8\"\n";
        assert_eq!(versions("poetry.lock", old), ["0.27.8"]);
        let uv =
            "dependencies = [\n    { name = \"openai\" },\n]\n\n[[package]]\nname = \"openai\"\nversion = \"1.40.0\"\n";
        assert_eq!(versions("uv.lock", uv), ["1.40.0"]);
        let pipenv = "{\"default\": {\n  \"openai\": {\n \"hashes\": [\"sha256:1\"],\n \"version\": \"==0.28.1\"\n }}}";
        assert_eq!(versions("Pipfile.lock", pipenv), ["0.28.1"]);
        let npm = "{\"packages\": {\"\": {\"dependencies\": {\"openai\": \"^3\"}},\n \"node_modules/openai\": {\n \"version\": \"3.3.0\"\n },\n \"node_modules/a/node_modules/openai\": {\n \"version\": \"4.1.0\"\n }}}";
        assert_eq!(versions("package-lock.json", npm), ["3.3.0"]);
        let first = "{\"dependencies\": {\n \"openai\": {\n \"version\": \"3.2.1\",\n \"requires\": {}}}}";
        assert_eq!(versions("package-lock.json", first), ["3.2.1"]);
        let pnpm = "packages:\n\n  /openai@3.3.0:\n    resolution: {}\n\n  '@x/openai@1.0.0':\n";
        assert_eq!(versions("pnpm-lock.yaml", pnpm), ["3.3.0"]);
        let pnpm = "packages:\n  openai@4.20.1(zod@3.22.4):\n    dev: false\n  /openai/3.1.0:\n  openai: 1\n";
        assert_eq!(versions("pnpm-lock.yaml", pnpm), ["4.20.1", "3.1.0"]);
        let yarn =
            "\nopenai@^3.2.1, openai@^3.3.0:\n  version \"3.3.0\"\n  resolved \"x\"\n\nx@1:\n  version \"9.0.0\"\n";
        assert_eq!(versions("yarn.lock", yarn), ["3.3.0"]);
        let berry = "\"openai@npm:^4\":\n  version: 4.1.0\n  dependencies:\n    openai@x: 2\n";
        assert_eq!(versions("yarn.lock", berry), ["4.1.0"]);
    }
}
