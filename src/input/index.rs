//! The files of git's index that a commit leaves as they are: what they say about those it changes.

use super::blobs::{Blob, MISSING, each_blob};
use super::staged::{git, output, prefix, relative};
use super::{InputError, Inputs};
use crate::source::{RelPath, WINDOW};

/// How many bytes of texts are held at once.
const BATCH: usize = 32 << 20;

/// Hands those files of the index that are `wanted` to `take`, many at a time. Returns how many there are; what cannot
/// be read becomes an error of `inputs`. Files of several megabytes are left out: they say nothing about others.
///
/// # Errors
/// The current directory is in no work tree, or git fails.
pub fn rest_of_index(
    wanted: impl Fn(&RelPath) -> bool,
    inputs: &mut Inputs,
    mut take: impl FnMut(&[(RelPath, Vec<u8>)]),
) -> Result<usize, InputError> {
    let mut blobs = listed()?;
    blobs.retain(|(path, _)| wanted(path));
    let (mut batch, mut bytes) = (Vec::new(), 0);
    let mut missing = Vec::new();
    each_blob(&blobs, WINDOW as u64, |path, blob| match blob {
        Blob::Text(text) => {
            bytes += text.len();
            batch.push((path.clone(), text));
            if bytes > BATCH {
                take(&batch);
                batch.clear();
                bytes = 0;
            }
        }
        Blob::TooLarge => {}
        Blob::Missing => missing.push(path),
    })?;
    take(&batch);
    if let Some(first) = missing.first() {
        let others = match missing.len() {
            1 => String::new(),
            more => format!(", and so are those of {} others", more - 1),
        };
        inputs.errors.push(((*first).clone(), format!("{MISSING}{others}; a finding in another file depends on it")));
    }
    Ok(blobs.len())
}

/// The regular files of the index, with paths relative to the current directory, and their objects.
fn listed() -> Result<Vec<(RelPath, String)>, InputError> {
    let prefix = prefix()?;
    let mut list = git();
    list.args(["ls-files", "--stage", "--full-name", "-z", "--"]);
    let depth = memchr::memchr_iter(b'/', &prefix).count();
    if depth > 0 {
        list.arg("../".repeat(depth));
    }
    let unexpected = || InputError::Git("unexpected output of `git ls-files --stage`".to_owned());
    let mut out = Vec::new();
    for entry in output(&mut list)?.split(|b| *b == 0).filter(|entry| !entry.is_empty()) {
        let tab = entry.iter().position(|b| *b == b'\t').ok_or_else(unexpected)?;
        let fields: Vec<&[u8]> = entry[..tab].split(|b| *b == b' ').collect();
        let [mode, object, stage] = fields.as_slice() else { return Err(unexpected()) };
        // Links and submodules are no texts; of a path with a conflict there is no text yet.
        if mode.starts_with(b"100") && *stage == b"0" {
            out.push((relative(&entry[tab + 1..], &prefix), String::from_utf8_lossy(object).into_owned()));
        }
    }
    Ok(out)
}
