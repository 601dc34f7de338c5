//! Lists of paths, and standard input.

use super::InputError;
use crate::source::path_from_bytes;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Reads a list of paths from the file `from`, or from standard input for `-`. Paths end with a line end, or with a
/// NUL byte if `null_separated`.
///
/// # Errors
/// The list cannot be read.
pub fn read_list(from: &Path, null_separated: bool) -> Result<Vec<PathBuf>, InputError> {
    let bytes = if from == Path::new("-") {
        read_stdin()?
    } else {
        std::fs::read(from)
            .map_err(|source| InputError::Io { what: crate::source::RelPath::new(from).printable(), source })?
    };
    let end = if null_separated { 0 } else { b'\n' };
    let paths = bytes.split(|b| *b == end).map(|path| match path {
        [path @ .., b'\r'] if !null_separated => path,
        path => path,
    });
    Ok(paths.filter(|path| !path.is_empty()).map(path_from_bytes).collect())
}

/// Reads all of standard input.
///
/// # Errors
/// Standard input cannot be read.
pub fn read_stdin() -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|source| InputError::Io { what: "standard input".to_owned(), source })?;
    Ok(bytes)
}
