//! Texts out of git's object store, through one `git cat-file --batch`.

use super::staged::{cannot_run, failed, git};
use super::{InputError, Inputs};
use crate::source::{RelPath, Skip, Tracking};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::process::{ChildStdin, ChildStdout, Stdio};

/// What git answers about a blob.
pub(super) enum Blob {
    Text(Vec<u8>),
    TooLarge,
    Missing,
}

/// Reads `blobs` into `inputs`. Those larger than `max_size` bytes are left out; 0 means no limit.
pub(super) fn read_blobs(blobs: &[(RelPath, String)], max_size: u64, inputs: &mut Inputs) -> Result<(), InputError> {
    each_blob(blobs, max_size, |path, blob| match blob {
        Blob::Text(text) => {
            inputs.tracking.insert(path.clone(), Tracking::Tracked);
            inputs.texts.push((path.clone(), text));
        }
        Blob::TooLarge => inputs.skipped.push((path.clone(), Skip::TooLarge)),
        Blob::Missing => inputs.errors.push((path.clone(), MISSING.to_owned())),
    })
}

/// Why a blob cannot be read that the index names.
pub(super) const MISSING: &str = "its object is missing from the repository";

/// Hands each of `blobs` to `take`, in their order.
pub(super) fn each_blob<'b>(
    blobs: &'b [(RelPath, String)],
    max_size: u64,
    mut take: impl FnMut(&'b RelPath, Blob),
) -> Result<(), InputError> {
    let mut git = git();
    git.args(["cat-file", "--batch", "--buffer"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = git.spawn().map_err(|error| cannot_run(&error))?;
    let (Some(asks), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(InputError::Git("`git cat-file` has no pipes".to_owned()));
    };
    // Asked from a thread of its own: neither side can fill a pipe nobody reads. The pipes are closed when the
    // conversation is over, and git ends.
    let result = std::thread::scope(|threads| {
        threads.spawn(|| ask(blobs, asks));
        listen(blobs, max_size, answers, &mut take)
    });
    let end = child.wait_with_output().map_err(|error| cannot_run(&error))?;
    match result {
        // Git's own words say more than a closed pipe.
        Err(_) if !end.stderr.is_empty() => Err(failed(&end.stderr)),
        Err(error) => Err(InputError::Git(format!("`git cat-file` stopped: {error}"))),
        Ok(()) => Ok(()),
    }
}

fn ask(blobs: &[(RelPath, String)], asks: ChildStdin) {
    let mut asks = BufWriter::new(asks);
    for (_, object) in blobs {
        // Whoever listens is told that git has stopped.
        if writeln!(asks, "{object}").is_err() {
            return;
        }
    }
}

fn listen<'b>(
    blobs: &'b [(RelPath, String)],
    max_size: u64,
    answers: ChildStdout,
    take: &mut impl FnMut(&'b RelPath, Blob),
) -> io::Result<()> {
    let mut answers = BufReader::new(answers);
    for (path, _) in blobs {
        let mut head = String::new();
        answers.read_line(&mut head)?;
        let fields: Vec<&str> = head.split_whitespace().collect();
        let size: u64 = match fields.as_slice() {
            [_, "blob", size] => size.parse().map_err(io::Error::other)?,
            [_, "missing"] => {
                take(path, Blob::Missing);
                continue;
            }
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        // A line end follows the text.
        let mut body = answers.by_ref().take(size + 1);
        if max_size > 0 && size > max_size {
            io::copy(&mut body, &mut io::sink())?;
            take(path, Blob::TooLarge);
            continue;
        }
        let mut text = Vec::new();
        body.read_to_end(&mut text)?;
        if text.len() as u64 != size + 1 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        text.pop();
        take(path, Blob::Text(text));
    }
    Ok(())
}
