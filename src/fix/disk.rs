//! Files as they are read before a fix and replaced after it.

use super::Change;
use crate::source::WINDOW;
use crate::text::sanitize::printable_str;
use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

/// What the names of unfinished files start and end with.
const PREFIX: &str = ".keylint-";
const SUFFIX: &str = ".tmp";

/// After this time an unfinished file belongs to a run that was killed.
const ABANDONED: Duration = Duration::from_secs(600);

/// The bytes of the file at `path`.
///
/// # Errors
/// Why the file is left alone, as inert text: it is no file of its own, it is read-only, it is too large to be held in
/// memory, or the system refuses.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = fs::symlink_metadata(path).map_err(|error| said(&error))?;
    if metadata.is_symlink() {
        return Err("is a symbolic link".to_owned());
    }
    if !metadata.is_file() {
        return Err("is no regular file".to_owned());
    }
    if has_other_names(&metadata) {
        return Err("has other names (hard links) that would keep the old text".to_owned());
    }
    if metadata.permissions().readonly() {
        return Err("is read-only".to_owned());
    }
    if metadata.len() >= WINDOW as u64 {
        return Err(format!("is larger than {} MiB", WINDOW >> 20));
    }
    fs::read(path).map_err(|error| said(&error))
}

/// Replaces the file of `change` by its new bytes, at once: a reader sees the old text or the new one, also if the
/// machine stops in between. Owner and mode stay.
///
/// # Errors
/// Why the file is as it was, as inert text: somebody changed it since it was read, or the system refuses.
pub fn replace(change: &Change) -> Result<(), String> {
    let before = fs::symlink_metadata(&change.open).map_err(|error| said(&error))?;
    let dir = match change.open.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    sweep(dir);
    let mut file = tempfile::Builder::new()
        .prefix(PREFIX)
        .suffix(SUFFIX)
        .tempfile_in(dir)
        .map_err(|error| format!("no file can be written beside it: {}", said(&error)))?;
    let written = file
        .write_all(&change.after.bytes)
        .and_then(|()| keep_owner(file.as_file(), &before))
        .and_then(|()| file.as_file().set_permissions(before.permissions()))
        .and_then(|()| file.as_file().sync_all());
    written.map_err(|error| said(&error))?;
    // As late as can be: what somebody else wrote meanwhile is worth more than a fix.
    if read(&change.open)? != change.before.bytes {
        return Err("changed since it was read".to_owned());
    }
    file.persist(&change.open).map_err(|error| said(&error.error))?;
    sync(dir);
    Ok(())
}

fn said(error: &io::Error) -> String {
    printable_str(&error.to_string())
}

/// Removes what killed runs left in `dir`: it holds credentials.
fn sweep(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let age = || entry.metadata().ok().filter(Metadata::is_file)?.modified().ok()?.elapsed().ok();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) && age().is_some_and(|age| age > ABANDONED) {
            // It is tried again by the next run.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Makes the new name last. Not every file system can, and the content is safe without.
fn sync(dir: &Path) {
    if cfg!(unix) {
        let _ = File::open(dir).and_then(|dir| dir.sync_all());
    }
}

#[cfg(unix)]
fn has_other_names(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}

/// Gives the new file the old one's owner and group.
#[cfg(unix)]
fn keep_owner(file: &File, before: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let own = file.metadata()?;
    let user = (own.uid() != before.uid()).then(|| before.uid());
    let group = (own.gid() != before.gid()).then(|| before.gid());
    if user.is_none() && group.is_none() { Ok(()) } else { fchown(file, user, group) }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}
