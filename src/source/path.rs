//! Paths as they are shown, and as they are opened.

use crate::text::sanitize;
use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A path to open and the text to show for it. Clones share both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelPath {
    /// The exact path in `/`-separated form; bytes that are not UTF-8 stay as they are on Unix.
    bytes: Arc<[u8]>,
}

impl RelPath {
    /// The path of `path` with `.` parts and repeated separators removed.
    pub fn new(path: &Path) -> Self {
        let bytes = path.as_os_str().as_encoded_bytes();
        if std::path::MAIN_SEPARATOR == '/' && is_clean(bytes) {
            return Self { bytes: bytes.into() };
        }
        let mut clean = PathBuf::new();
        for part in path.components() {
            if part != Component::CurDir {
                clean.push(part);
            }
        }
        let mut bytes = clean.into_os_string().into_encoded_bytes();
        if std::path::MAIN_SEPARATOR == '\\' {
            for byte in &mut bytes {
                if *byte == b'\\' {
                    *byte = b'/';
                }
            }
        }
        Self { bytes: bytes.into() }
    }

    /// The path another program wrote as `bytes`.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::new(&path_from_bytes(bytes))
    }

    /// The path to open, from the directory the command was started in.
    pub fn to_path(&self) -> Cow<'_, Path> {
        borrowed_path(&self.bytes)
    }

    /// The exact bytes of the path.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The path if it is UTF-8.
    pub fn as_utf8(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// The path as UTF-8; bytes that are not are replaced.
    pub fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The path as inert text for a terminal or a log.
    pub fn printable(&self) -> String {
        sanitize::printable(&self.bytes)
    }

    /// The bytes after the last `/`.
    pub fn file_name(&self) -> &[u8] {
        self.bytes.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }

    /// The bytes before the last `/`; empty for a plain name.
    pub fn parent(&self) -> &[u8] {
        self.bytes.iter().rposition(|b| *b == b'/').map_or(b"".as_slice(), |i| &self.bytes[..i])
    }
}

impl From<&str> for RelPath {
    fn from(path: &str) -> Self {
        Self::new(Path::new(path))
    }
}

/// Whether there is nothing to clean: no part of the path is empty or `.`, but for what stands before a leading `/`.
fn is_clean(path: &[u8]) -> bool {
    let relative = path.strip_prefix(b"/").unwrap_or(path);
    relative.split(|b| *b == b'/').all(|part| !part.is_empty() && part != b".")
}

/// A path from the bytes another program wrote.
pub fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    borrowed_path(bytes).into_owned()
}

#[cfg(unix)]
fn borrowed_path(bytes: &[u8]) -> Cow<'_, Path> {
    use std::os::unix::ffi::OsStrExt as _;
    Cow::Borrowed(Path::new(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn borrowed_path(bytes: &[u8]) -> Cow<'_, Path> {
    Cow::Owned(PathBuf::from(String::from_utf8_lossy(bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_not_resolved() {
        assert_eq!(RelPath::from("./a//b/./c.py").lossy(), "a/b/c.py");
        assert_eq!(RelPath::from("../x").lossy(), "../x");
        let path = RelPath::from("config/prod.env");
        assert_eq!((path.parent(), path.file_name()), (&b"config"[..], &b"prod.env"[..]));
        assert_eq!(RelPath::from(".env").parent(), b"");
    }
}
