//! Which lines a change brings: what a commit or a pull request is to answer for.

use super::InputError;
use super::blobs::read_blobs;
use super::hooks::top;
use super::staged::{changes, filterless_git, git, output};
use crate::input::Inputs;
use crate::source::{RelPath, decode, path_from_bytes};
use crate::span::LineIndex;
use crate::text::sanitize;
use rustc_hash::FxHashMap;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long two texts are compared; what is not told apart until then counts as changed.
const PATIENCE: Duration = Duration::from_secs(1);

/// The files a change is about.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    files: FxHashMap<RelPath, Change>,
    /// Whether paths are absolute, without links: those of files on disk, which a user may name in many ways.
    absolute: bool,
}

/// One file of a change.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The object that had its text before; `None` for a new file.
    pub(super) old: Option<String>,
    /// The object that has its text now; `None` where that is the file on disk.
    pub(super) new: Option<String>,
}

/// The lines of one file that a change brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lines {
    /// All of them.
    All,
    /// These, counted from 1.
    Some(Vec<RangeInclusive<usize>>),
}

impl Lines {
    /// Whether some of `lines` are among them.
    pub fn touch(&self, lines: RangeInclusive<usize>) -> bool {
        match self {
            Self::All => true,
            Self::Some(own) => own.iter().any(|own| own.start() <= lines.end() && lines.start() <= own.end()),
        }
    }
}

impl Changes {
    /// What the files on disk bring since the branch left the commit `rev`; files git does not know yet are new.
    ///
    /// # Errors
    /// `rev` is no commit, it has no common ancestor with `HEAD`, or git fails.
    pub fn since(rev: &str) -> Result<Self, InputError> {
        let shown = || sanitize::printable_str(rev);
        let mut ask = git();
        ask.args(["rev-parse", "--verify", "--quiet", "--end-of-options"]).arg(format!("{rev}^{{commit}}"));
        let is_repository = output(git().args(["rev-parse", "--git-dir"]));
        let commit = is_repository.and_then(|_| {
            let deeper = "a shallow clone may lack it, `git fetch --unshallow` brings it";
            output(&mut ask).map_err(|_| InputError::Git(format!("`{}` names no commit here: {deeper}", shown())))
        })?;
        let commit = String::from_utf8_lossy(&commit).trim().to_owned();
        let base = output(git().args(["merge-base", &commit, "HEAD"])).map_err(|_| {
            let deeper = "in a shallow clone `git fetch --unshallow` brings it";
            InputError::Git(format!("`{}` and HEAD have no common ancestor here: {deeper}", shown()))
        })?;
        let base = String::from_utf8_lossy(&base).trim().to_owned();
        let root = top()?;
        let root = root.canonicalize().unwrap_or(root);
        let place = |path: &[u8]| RelPath::new(&root.join(path_from_bytes(path)));
        let mut diff = filterless_git()?;
        diff.args(["diff", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--no-ext-diff"]);
        diff.args(["--no-textconv", "--no-color", "--ignore-submodules=all", "--end-of-options", &base, "--"]);
        let mut files = FxHashMap::default();
        for change in changes(&output(&mut diff)?)? {
            files.insert(place(&change.path), Change { old: change.old(), new: None });
        }
        let mut others = git();
        others.current_dir(&root).args(["ls-files", "-z", "--others", "--exclude-standard"]);
        for path in output(&mut others)?.split(|b| *b == 0).filter(|path| !path.is_empty()) {
            files.insert(place(path), Change { old: None, new: None });
        }
        Ok(Self { files, absolute: true })
    }

    /// Whether it is about no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub(super) fn add(&mut self, path: RelPath, change: Change) {
        self.files.insert(path, change);
    }

    fn place(&self, path: &RelPath) -> RelPath {
        if !self.absolute {
            return path.clone();
        }
        let open = path.to_path();
        let folder = open.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let full = folder.canonicalize().ok().zip(open.file_name()).map(|(folder, name)| folder.join(name));
        full.map_or_else(|| path.clone(), |full| RelPath::new(&full))
    }

    /// The lines of `paths` that the change brings; a file it is not about is left out.
    ///
    /// # Errors
    /// Git cannot show a text.
    pub fn lines<'p>(&self, paths: impl Iterator<Item = &'p RelPath>) -> Result<FxHashMap<RelPath, Lines>, InputError> {
        let asked: FxHashMap<&RelPath, &Change> =
            paths.filter_map(|path| Some((path, self.files.get(&self.place(path))?))).collect();
        let ids = asked.values().filter(|change| change.old.is_some());
        let ids = ids.flat_map(|change| [change.old.as_ref(), change.new.as_ref()].into_iter().flatten());
        let mut blobs: Vec<(RelPath, String)> = ids.map(|id| (RelPath::from(id.as_str()), id.clone())).collect();
        blobs.sort();
        blobs.dedup();
        let mut read = Inputs::default();
        if !blobs.is_empty() {
            read_blobs(&blobs, 0, &mut read)?;
        }
        let texts: FxHashMap<RelPath, Vec<u8>> = read.texts.into_iter().collect();
        let text = |id: &String| texts.get(&RelPath::from(id.as_str())).cloned();
        let lines = asked.into_iter().map(|(path, change)| {
            let new = change.new.as_ref().map_or_else(|| std::fs::read(path.to_path()).ok(), text);
            // A text that cannot be read is as good as changed.
            let lines = match (change.old.as_ref().and_then(text), new) {
                (Some(old), Some(new)) => Lines::Some(brought(&old, &new)),
                _ => Lines::All,
            };
            (path.clone(), lines)
        });
        Ok(lines.collect())
    }
}

/// The lines of `new` that `old` does not have, or not in that order.
fn brought(old: &[u8], new: &[u8]) -> Vec<RangeInclusive<usize>> {
    let decoded = |bytes| decode(bytes, bytes.len()).map_or(Cow::Borrowed(bytes), |(text, _)| text);
    let (old, new) = (decoded(old), decoded(new));
    let (old, new) = (with_ends(&old), with_ends(&new));
    let deadline = Instant::now().checked_add(PATIENCE);
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &old, &new, deadline);
    let changed = ops.into_iter().filter(|op| !matches!(op, DiffOp::Equal { .. })).map(|op| op.new_range());
    changed.filter(|range| !range.is_empty()).map(|range| range.start + 1..=range.end).collect()
}

/// The lines of `text` with their ends: what ends a line can be what is wrong with it.
fn with_ends(text: &[u8]) -> Vec<&[u8]> {
    let index = LineIndex::new(text);
    let starts = (1..).map_while(|line| index.nth_line(text, line)).map(|line| line.start);
    let starts: Vec<usize> = starts.chain([text.len()]).collect();
    starts.windows(2).map(|pair| &text[pair[0]..pair[1]]).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_new_text() {
        assert_eq!(brought(b"a\nb\nc\n", b"a\nx\nc\ny\nz\n"), [2..=2, 4..=5]);
        assert_eq!(brought(b"a\nb\n", b"a\n"), Vec::<RangeInclusive<usize>>::new());
        assert_eq!(brought(b"a\nb\n", b"a\nb\r\n"), [2..=2]);
        assert_eq!(brought(b"", b"a"), [1..=1]);
        let lines = Lines::Some(vec![3..=4]);
        assert!(lines.touch(1..=3) && lines.touch(4..=9) && !lines.touch(5..=6) && Lines::All.touch(1..=1));
    }
}
