//! One file as the engine sees it: its path, its kind and its text.

mod decode;
mod directory;
mod kind;
mod path;
mod read;
mod tracking;

pub use decode::{Encoding, decode, decode_file};
pub use kind::{FileKind, Role, identify, rendered};
pub use path::{RelPath, path_from_bytes};
pub use read::{LARGEST_WHOLE, LargeFile, ReadError, Reader, Skip, Text, WINDOW, WINDOW_OVERLAP};
pub use tracking::Tracking;

/// A file, or a part of a large one, ready to be scanned.
#[derive(Debug)]
pub struct SourceFile<'a> {
    /// Where it stands, relative to the directory the command was started in.
    pub path: &'a RelPath,
    /// What it is, from its name and its first line.
    pub kind: FileKind,
    /// What it is for (live, template, documentation, test).
    pub role: Role,
    /// The text, decoded to UTF-8 where it was UTF-16; otherwise the bytes as they are.
    pub text: &'a [u8],
    /// How the text was written.
    pub encoding: Encoding,
    /// Whether git ignores the file: the right place for a key, so only its shape is checked.
    pub ignored: bool,
}
