//! Where a repository is, and where git looks for its hooks.

use super::InputError;
use super::staged::{git, hooked_git, output, prefix};
use crate::source::path_from_bytes;
use std::path::{Path, PathBuf};

/// The root of the work tree the current directory is in.
///
/// # Errors
/// It is in none, or git refuses to read it.
pub fn top() -> Result<PathBuf, InputError> {
    prefix()?;
    let root = output(git().args(["rev-parse", "--show-toplevel"]))?;
    Ok(path_from_bytes(root.strip_suffix(b"\n").unwrap_or(&root)))
}

/// The directory in which git looks for the hooks of the work tree at `root`, `core.hooksPath` included.
///
/// # Errors
/// Git fails.
pub fn hooks(root: &Path) -> Result<PathBuf, InputError> {
    let path = output(hooked_git().current_dir(root).args(["rev-parse", "--git-path", "hooks"]))?;
    Ok(root.join(path_from_bytes(path.strip_suffix(b"\n").unwrap_or(&path))))
}
