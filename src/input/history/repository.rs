//! What git says about a repository: where its objects are, what its refs point to, what is missing on purpose.
//!
//! Git's plumbing answers, so that worktrees, reftables, hooks' variables and ownership mean what they mean to git.

use super::Scope;
use crate::input::InputError;
use crate::input::staged::{harmless_git, output};
use crate::source::{RelPath, path_from_bytes};
use crate::text::sanitize;
use gix_hash::{Kind, ObjectId};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A name for an object.
#[derive(Clone, Debug)]
pub(super) struct Ref {
    /// The full name: `refs/heads/main`, `HEAD`.
    pub(super) name: String,
    pub(super) target: ObjectId,
}

/// A repository as git sees it.
#[derive(Debug)]
pub(super) struct Repository {
    /// Where git was asked.
    dir: Option<PathBuf>,
    /// The objects' folder as it is shown.
    pub(super) shown: RelPath,
    pub(super) hash: Kind,
    /// Directories of objects; those that `info/alternates` names are not among them.
    pub(super) objects: Vec<PathBuf>,
    /// Commits whose parents a shallow clone left out.
    pub(super) shallow: Vec<ObjectId>,
    /// Whether objects were left out for a remote to send when they are needed.
    pub(super) is_partial: bool,
}

impl Repository {
    /// The root of the work tree, or the directory of a bare repository.
    ///
    /// # Errors
    /// There is no repository, or git refuses to read it.
    pub(super) fn root(dir: Option<&Path>) -> Result<PathBuf, InputError> {
        let own = Self::at(dir);
        let root = own.line(&["rev-parse", "--show-toplevel"]);
        let root = root.or_else(|_| own.line(&["rev-parse", "--absolute-git-dir"]))?;
        Ok(path_from_bytes(&root))
    }

    fn at(dir: Option<&Path>) -> Self {
        Self {
            dir: dir.map(Path::to_owned),
            shown: RelPath::from(".git/objects"),
            hash: Kind::Sha1,
            objects: Vec::new(),
            shallow: Vec::new(),
            is_partial: false,
        }
    }

    /// The repository of the directory `dir`, or of the current one, which a hook's variables may overrule.
    ///
    /// # Errors
    /// There is none, git refuses to read it, or its format is not known here.
    pub(super) fn open(dir: Option<&Path>) -> Result<Self, InputError> {
        let mut own = Self::at(dir);
        let shown = path_from_bytes(&own.line(&["rev-parse", "--git-dir"])?);
        // The objects' folder has a name also where the directory of the repository is the current one.
        own.shown = RelPath::new(&dir.map_or_else(|| shown.clone(), |dir| dir.join(&shown)).join("objects"));
        let format = own.line(&["rev-parse", "--show-object-format"])?;
        own.hash = match format.as_slice() {
            b"sha1" => Kind::Sha1,
            b"sha256" => Kind::Sha256,
            other => {
                let format = sanitize::printable(other);
                return Err(InputError::Git(format!("objects of the format {format} cannot be read yet")));
            }
        };
        own.objects.push(own.git_path("objects")?);
        if let Some(more) = std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES").filter(|_| dir.is_none()) {
            own.objects.extend(std::env::split_paths(&more).filter(|path| !path.as_os_str().is_empty()));
        }
        if let Ok(text) = std::fs::read(own.git_path("shallow")?) {
            own.shallow = ids(&text);
        }
        // Without the key git exits with 1 and says nothing.
        let mut config = own.git();
        config.args(["config", "--get-regexp", r"^(remote\..*\.promisor|extensions\.partialclone)$"]);
        own.is_partial = output(&mut config).is_ok_and(|found| !found.is_empty());
        Ok(own)
    }

    fn git(&self) -> Command {
        let mut git = harmless_git();
        if let Some(dir) = &self.dir {
            git.current_dir(dir);
            for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"] {
                git.env_remove(name);
            }
            git.env_remove("GIT_ALTERNATE_OBJECT_DIRECTORIES");
        }
        // Showing a signature would run a program.
        git.args(["-c", "log.showSignature=false"]);
        git
    }

    /// What git prints, without the line end.
    fn line(&self, args: &[&str]) -> Result<Vec<u8>, InputError> {
        let mut line = output(self.git().args(args))?;
        if line.ends_with(b"\n") {
            line.pop();
        }
        Ok(line)
    }

    /// Where a part of the git directory is.
    fn git_path(&self, name: &str) -> Result<PathBuf, InputError> {
        let path = path_from_bytes(&self.line(&["rev-parse", "--git-path", name])?);
        Ok(self.dir.as_ref().map_or_else(|| path.clone(), |dir| dir.join(&path)))
    }

    /// All refs, `HEAD` of every worktree first.
    pub(super) fn refs(&self) -> Result<Vec<Ref>, InputError> {
        let mut out = Vec::new();
        let own = output(self.git().args(["rev-parse", "--verify", "--quiet", "HEAD"])).unwrap_or_default();
        out.extend(ids(&own).into_iter().map(|target| Ref { name: "HEAD".to_owned(), target }));
        let trees = output(self.git().args(["worktree", "list", "--porcelain"])).unwrap_or_default();
        let mut heads: BTreeSet<ObjectId> = out.iter().map(|head| head.target).collect();
        for line in trees.split(|b| *b == b'\n') {
            let other = line.strip_prefix(b"HEAD ").map(ids).unwrap_or_default();
            for target in other.into_iter().filter(|id| !id.is_null() && heads.insert(*id)) {
                out.push(Ref { name: "HEAD of another worktree".to_owned(), target });
            }
        }
        let list = output(self.git().args(["for-each-ref", "--format=%(objectname) %(refname)"]))?;
        for line in list.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            let unexpected = || InputError::Git("unexpected output of `git for-each-ref`".to_owned());
            let at = memchr::memchr(b' ', line).ok_or_else(unexpected)?;
            let target = ObjectId::from_hex(&line[..at]).map_err(|_| unexpected())?;
            out.push(Ref { name: sanitize::printable(&line[at + 1..]), target });
        }
        Ok(out)
    }

    /// The stashes below the newest one: only a log holds them.
    pub(super) fn stashes(&self) -> Vec<Ref> {
        let list = output(self.git().args(["rev-list", "--walk-reflogs", "--ignore-missing", "refs/stash", "--"]));
        // Without a stash there is no such log.
        let stashes = ids(&list.unwrap_or_default()).into_iter().enumerate();
        stashes.map(|(number, target)| Ref { name: format!("stash@{{{number}}}"), target }).collect()
    }

    /// The commit the user calls `name`.
    pub(super) fn commit(&self, name: &str) -> Result<ObjectId, InputError> {
        let shown = || sanitize::printable_str(name);
        let unknown = || InputError::Git(format!("`{}` names no commit of this repository", shown()));
        let mut git = self.git();
        git.args(["rev-parse", "--verify", "--quiet", "--end-of-options"]).arg(format!("{name}^{{commit}}"));
        let answer = output(&mut git).map_err(|_| unknown())?;
        ids(&answer).first().copied().ok_or_else(unknown)
    }

    /// Where the walk over history starts and what it leaves out.
    pub(super) fn ends(&self, scope: &Scope, refs: &[Ref]) -> Result<(Vec<Ref>, Vec<ObjectId>), InputError> {
        let named = |name: &str| Ok(Ref { name: name.to_owned(), target: self.commit(name)? });
        let mut hidden = Vec::new();
        if let Some(since) = &scope.since {
            hidden.push(self.commit(since)?);
        }
        let mut starts = Vec::new();
        for range in &scope.ranges {
            let (from, to) = range.split_once("..").filter(|(_, to)| !to.starts_with('.')).ok_or_else(|| {
                InputError::Git(format!("`{}` is no range like A..B", sanitize::printable_str(range)))
            })?;
            let from = if from.is_empty() { "HEAD" } else { from };
            match self.commit(from) {
                Ok(commit) if !is_null(from) => hidden.push(commit),
                // A branch the remote does not have, or has in a state nobody here knows: what the remotes have is
                // not new.
                _ if is_null(from) || scope.pushed => {
                    let known = refs.iter().filter(|known| known.name.starts_with("refs/remotes/"));
                    hidden.extend(known.map(|known| known.target));
                }
                other => hidden.push(other?),
            }
            match to {
                // The branch is deleted: nothing is new.
                to if is_null(to) => {}
                "" => starts.push(named("HEAD")?),
                to => starts.push(named(to)?),
            }
        }
        if let Some(branch) = &scope.branch {
            starts.push(named(branch)?);
        }
        if scope.ranges.is_empty() && scope.branch.is_none() && !scope.pushed {
            starts = refs.iter().cloned().chain(self.stashes()).collect();
        }
        Ok((starts, hidden))
    }
}

/// Whether git wrote `name` for "no commit".
fn is_null(name: &str) -> bool {
    name.len() >= 40 && name.bytes().all(|b| b == b'0')
}

/// The object ids in `text`, one a line.
fn ids(text: &[u8]) -> Vec<ObjectId> {
    let lines = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    lines.filter_map(|line| ObjectId::from_hex(line).ok()).collect()
}
