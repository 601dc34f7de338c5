//! Reading files: one reused buffer a thread, no memory maps, early stop on binary data, windows for large files.

use super::RelPath;
use super::decode::{BINARY_PROBE, Encoding, decode_file};
use super::directory::Directory;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};

/// Files up to this size (bytes) are read whole; larger ones are scanned in windows of this size.
/// A thread's buffer never grows past it, which keeps memory at a few MiB a thread.
pub const WINDOW: usize = 2 << 20;

/// Files up to this size (bytes) can be read whole where windows do not do, one at a time.
pub const LARGEST_WHOLE: usize = 64 << 20;

/// How many bytes two windows share: more than the longest token any rule can match.
pub const WINDOW_OVERLAP: usize = 16 << 10;

/// Why a file was not scanned although nothing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// A NUL byte near its start.
    Binary,
    /// Larger than `--max-file-size`.
    TooLarge,
    /// Not a regular file: a device, socket or pipe.
    Special,
    /// A symbolic link; its target is scanned where it stands.
    Symlink,
    /// A commit of another repository.
    Submodule,
    /// The configuration's `exclude` names it.
    Excluded,
    /// It was there when the directory was listed and is gone.
    Vanished,
}

impl Skip {
    /// The name used in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::TooLarge => "too-large",
            Self::Special => "special-file",
            Self::Symlink => "symlink",
            Self::Submodule => "submodule",
            Self::Excluded => "excluded",
            Self::Vanished => "vanished",
        }
    }
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is left out on purpose.
    #[error("skipped: {}", .0.as_str())]
    Skipped(Skip),
    /// The system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What a reader hands out.
#[derive(Debug)]
pub enum Text<'b> {
    /// The whole text.
    Whole(Cow<'b, [u8]>, Encoding),
    /// The file is larger than [`WINDOW`]; go on with [`Reader::windows`].
    Large(LargeFile),
}

/// A large file of which the first window stands in the reader's buffer.
#[derive(Debug)]
pub struct LargeFile {
    file: File,
}

/// One thread's reading buffer.
pub struct Reader {
    buffer: Vec<u8>,
    max_size: u64,
    directory: Directory,
}

impl Reader {
    /// A reader that refuses files larger than `max_size` bytes; 0 means no limit.
    pub fn new(max_size: u64) -> Self {
        Self { buffer: vec![0; 64 << 10], max_size, directory: Directory::default() }
    }

    /// Reads the file at `path`. With `follow`, a symbolic link leads to its target.
    ///
    /// # Errors
    /// [`ReadError::Skipped`] for binary, special and too large files, [`ReadError::Io`] if the system refuses.
    pub fn read(&mut self, path: &RelPath, follow: bool) -> Result<Text<'_>, ReadError> {
        let mut file = self.directory.open(path, follow)?;
        let mut filled = 0;
        loop {
            if filled == self.buffer.len() {
                if filled >= WINDOW {
                    break;
                }
                self.check_size(&file)?;
                self.buffer.resize((filled * 4).min(WINDOW), 0);
            }
            let room = self.buffer.len() - filled;
            let got = read_some(&mut file, &mut self.buffer[filled..])?;
            // What fits into one read is judged below.
            if filled == 0 && got == room && decode_file(path, &self.buffer[..BINARY_PROBE]).is_none() {
                return Err(ReadError::Skipped(Skip::Binary));
            }
            filled += got;
            // A short read of a regular file is its end: one system call less for nearly every file.
            if got < room {
                if self.max_size > 0 && filled as u64 > self.max_size {
                    return Err(ReadError::Skipped(Skip::TooLarge));
                }
                let text = &self.buffer[..filled];
                return match decode_file(path, text) {
                    Some((text, encoding)) => Ok(Text::Whole(text, encoding)),
                    None => Err(ReadError::Skipped(Skip::Binary)),
                };
            }
        }
        Ok(Text::Large(LargeFile { file }))
    }

    /// The first [`WINDOW`] bytes of the large file that was read last.
    pub fn head(&self) -> &[u8] {
        &self.buffer
    }

    /// All bytes of the large file that was read last; `None` if they are more than [`LARGEST_WHOLE`]: then go on with
    /// [`Reader::windows`].
    ///
    /// # Errors
    /// [`ReadError::Io`] if the system refuses.
    pub fn whole(&self, large: &mut LargeFile) -> Result<Option<Vec<u8>>, ReadError> {
        let size = usize::try_from(large.file.metadata()?.len()).unwrap_or(usize::MAX);
        if size > LARGEST_WHOLE {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(size.max(self.buffer.len()) + 1);
        bytes.extend_from_slice(&self.buffer);
        // A file that grows meanwhile is read as far as it may be.
        Read::take(&mut large.file, (LARGEST_WHOLE - self.buffer.len()) as u64).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Calls `visit(window, offset, is_last)` for each window of a large file: `offset` is the window's first byte in
    /// the file. Two windows in a row share [`WINDOW_OVERLAP`] bytes; the last window is nothing but that overlap.
    ///
    /// # Errors
    /// [`ReadError::Io`] if the system refuses; the windows before were visited.
    pub fn windows(
        &mut self,
        mut large: LargeFile,
        mut visit: impl FnMut(&[u8], usize, bool),
    ) -> Result<u64, ReadError> {
        let (mut offset, mut filled) = (0usize, self.buffer.len());
        loop {
            visit(&self.buffer[..filled], offset, false);
            let keep = WINDOW_OVERLAP.min(filled);
            self.buffer.copy_within(filled - keep..filled, 0);
            offset += filled - keep;
            let mut end = keep;
            while end < self.buffer.len() {
                let got = read_some(&mut large.file, &mut self.buffer[end..])?;
                if got == 0 {
                    break;
                }
                end += got;
            }
            if end == keep {
                visit(&self.buffer[..keep], offset, true);
                return Ok((offset + keep) as u64);
            }
            if self.max_size > 0 && (offset + end) as u64 > self.max_size {
                return Err(ReadError::Skipped(Skip::TooLarge));
            }
            filled = end;
        }
    }

    fn check_size(&self, file: &File) -> Result<(), ReadError> {
        if self.max_size > 0 && file.metadata()?.len() > self.max_size {
            return Err(ReadError::Skipped(Skip::TooLarge));
        }
        Ok(())
    }
}

/// One read that is repeated when a signal interrupts it.
fn read_some(file: &mut File, buffer: &mut [u8]) -> Result<usize, ReadError> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Only pipes and devices have nothing to give yet: one took the file's place.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(ReadError::Skipped(Skip::Special)),
            result => return Ok(result?),
        }
    }
}
