//! What the next commit will hold: blobs of git's index, never the files on disk.
//!
//! Git is asked through its plumbing. It honours `GIT_INDEX_FILE`, which `git commit -a` and `git commit PATH` point to
//! an index of their own. Nothing a repository configures is run: no hook, pager, monitor, filter or text conversion.

use super::blobs::read_blobs;
use super::changes::{Change, Changes};
use super::{InputError, Inputs};
use crate::source::{RelPath, Skip, path_from_bytes};
use crate::text::sanitize;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The staged texts.
#[derive(Debug)]
pub struct Staged {
    /// The texts, with paths relative to the current directory.
    pub inputs: Inputs,
    /// What differs from the last commit; nothing, if nothing is staged.
    pub changes: Changes,
}

/// One line of `git diff --raw`.
pub(super) struct RawChange {
    /// The mode it has now.
    mode: Vec<u8>,
    /// The object it was.
    before: String,
    /// The object it is.
    object: String,
    is_unmerged: bool,
    pub(super) path: Vec<u8>,
}

impl RawChange {
    /// The object it was, unless it is new.
    pub(super) fn old(&self) -> Option<String> {
        self.before.bytes().any(|b| b != b'0').then(|| self.before.clone())
    }
}

/// Reads the blobs that are staged below `paths`, or all of them if `paths` is empty. Blobs larger than `max_size`
/// bytes are left out; 0 means no limit.
///
/// # Errors
/// The current directory is in no work tree, or git fails.
pub fn staged(paths: &[PathBuf], max_size: u64) -> Result<Staged, InputError> {
    let prefix = prefix()?;
    let mut diff = git();
    // Without a commit to compare to, git compares to HEAD, and to nothing before the first commit.
    diff.args(["diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--no-ext-diff"]);
    diff.args(["--no-textconv", "--no-color", "--ignore-submodules=none", "--diff-filter=ACMRTU"]);
    diff.arg("--end-of-options").arg("--").args(paths);
    let mut staged = Changes::default();
    let mut inputs = Inputs { may_be_empty: true, prefix: prefix.clone(), ..Inputs::default() };
    let mut blobs = Vec::new();
    for change in changes(&output(&mut diff)?)? {
        let path = relative(&change.path, &prefix);
        staged.add(path.clone(), Change { old: change.old(), new: Some(change.object.clone()) });
        match change.mode.as_slice() {
            _ if change.is_unmerged => inputs.errors.push((path, "has an unresolved merge conflict".to_owned())),
            b"120000" => inputs.skipped.push((path, Skip::Symlink)),
            b"160000" => inputs.skipped.push((path, Skip::Submodule)),
            _ => blobs.push((path, change.object)),
        }
    }
    if !blobs.is_empty() {
        read_blobs(&blobs, max_size, &mut inputs)?;
    }
    Ok(Staged { inputs, changes: staged })
}

/// The path of the current directory from the root of its work tree, with a slash at its end.
pub(super) fn prefix() -> Result<Vec<u8>, InputError> {
    let prefix = output(git().args(["rev-parse", "--is-inside-work-tree", "--show-prefix"]))?;
    let Some(prefix) = prefix.strip_prefix(b"true\n") else {
        return Err(InputError::Git("this operation must be run in a work tree".to_owned()));
    };
    Ok(prefix.strip_suffix(b"\n").unwrap_or(prefix).to_owned())
}

/// Git, with everything off that could run a program, write, wait or fetch. Paths are no patterns.
pub(super) fn git() -> Command {
    let mut git = harmless_git();
    git.arg("--literal-pathspecs");
    git
}

/// The same for a command that reads files on disk: filters, which are programs too, leave them as they are.
pub(super) fn filterless_git() -> Result<Command, InputError> {
    let mut ask = git();
    ask.args(["config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process|required)$"]);
    let asked = ask.stdout(Stdio::piped()).output().map_err(|error| cannot_run(&error))?;
    // It fails with 1 where there is none.
    if !asked.status.success() && asked.status.code() != Some(1) {
        return Err(failed(&asked.stderr));
    }
    let mut git = git();
    // Unlike `-c`, these take every name. What the user sets so stands before them.
    let mut count: usize = std::env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(0);
    for key in asked.stdout.split(|b| *b == 0).filter(|key| !key.is_empty()) {
        let value = if key.ends_with(b".required") { "false" } else { "" };
        git.env(format!("GIT_CONFIG_KEY_{count}"), path_from_bytes(key));
        git.env(format!("GIT_CONFIG_VALUE_{count}"), value);
        count += 1;
    }
    git.env("GIT_CONFIG_COUNT", count.to_string());
    Ok(git)
}

/// The same for the commands that take no patterns, and refuse to be told so.
pub(super) fn harmless_git() -> Command {
    let mut git = hooked_git();
    git.args(["-c", "core.hooksPath=/dev/null"]);
    git
}

/// The same, knowing where hooks are: only for a command that runs none.
pub(super) fn hooked_git() -> Command {
    let mut git = Command::new("git");
    git.args(["--no-pager", "-c", "core.fsmonitor="]);
    git.args(["-c", "core.quotePath=false", "-c", "diff.orderFile=/dev/null", "-c", "diff.external="]);
    git.env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C");
    for name in ["GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_TRACE", "GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE2_PERF"]
    {
        git.env_remove(name);
    }
    git.stdin(Stdio::null()).stderr(Stdio::piped());
    git
}

/// Runs a command and returns what it prints.
pub(super) fn output(git: &mut Command) -> Result<Vec<u8>, InputError> {
    let output = git.stdout(Stdio::piped()).output().map_err(|error| cannot_run(&error))?;
    if output.status.success() { Ok(output.stdout) } else { Err(failed(&output.stderr)) }
}

pub(super) fn cannot_run(error: &io::Error) -> InputError {
    InputError::Git(format!("cannot run `git`: {error}"))
}

/// What git wrote to standard error, as inert lines.
pub(super) fn failed(stderr: &[u8]) -> InputError {
    let lines = stderr.split(|b| *b == b'\n').map(|line| line.strip_prefix(b"fatal: ").unwrap_or(line));
    let lines = lines.filter(|line| !line.trim_ascii().is_empty()).take(8).map(sanitize::printable);
    let said = lines.collect::<Vec<_>>().join("\n");
    InputError::Git(if said.is_empty() { "failed without a message".to_owned() } else { said })
}

/// Reads the output of `git diff --raw -z`: `:MODE MODE OBJECT OBJECT STATUS`, NUL, path, NUL.
pub(super) fn changes(raw: &[u8]) -> Result<Vec<RawChange>, InputError> {
    let unexpected = || InputError::Git("unexpected output of `git diff --raw`".to_owned());
    let mut parts = raw.split(|b| *b == 0);
    let mut out = Vec::new();
    while let Some(head) = parts.next().filter(|head| !head.is_empty()) {
        let path = parts.next().ok_or_else(unexpected)?.to_owned();
        let fields: Vec<&[u8]> = head.split(|b| *b == b' ').collect();
        let [_, mode, before, object, status] = fields.as_slice() else { return Err(unexpected()) };
        let id = |object: &[u8]| {
            let is_object = object.len() >= 40 && object.iter().all(u8::is_ascii_hexdigit);
            is_object.then(|| String::from_utf8_lossy(object).into_owned())
        };
        let (before, object) = id(before).zip(id(object)).ok_or_else(unexpected)?;
        out.push(RawChange { mode: mode.to_vec(), before, object, is_unmerged: status.starts_with(b"U"), path });
    }
    // An unmerged path is listed a second time with the text of one side.
    let unmerged: Vec<Vec<u8>> = out.iter().filter(|c| c.is_unmerged).map(|c| c.path.clone()).collect();
    if !unmerged.is_empty() {
        out.retain(|change| change.is_unmerged || !unmerged.contains(&change.path));
        out.dedup_by(|a, b| a.path == b.path);
    }
    Ok(out)
}

/// A path below the repository's root as seen from the directory `prefix` (`a/b/`).
pub(super) fn relative(path: &[u8], prefix: &[u8]) -> RelPath {
    let mut prefix: Vec<&[u8]> = prefix.split(|b| *b == b'/').filter(|part| !part.is_empty()).collect();
    let mut path: Vec<&[u8]> = path.split(|b| *b == b'/').collect();
    while path.len() > 1 && prefix.first() == path.first() {
        prefix.remove(0);
        path.remove(0);
    }
    let mut parts = vec![b"..".as_slice(); prefix.len()];
    parts.append(&mut path);
    RelPath::from_bytes(&parts.join(&b'/'))
}

/// `path`, seen from the directory `prefix` (`a/b/`), as it is below the repository's root.
pub(super) fn rooted(path: &[u8], prefix: &[u8]) -> RelPath {
    let mut dirs: Vec<&[u8]> = prefix.split(|b| *b == b'/').filter(|part| !part.is_empty()).collect();
    let mut path = path;
    while let Some(rest) = path.strip_prefix(b"../") {
        dirs.pop();
        path = rest;
    }
    dirs.push(path);
    RelPath::from_bytes(&dirs.join(&b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_current_directory() {
        let show = |path: &str, prefix: &str| relative(path.as_bytes(), prefix.as_bytes()).lossy();
        assert_eq!(show("a/b.py", ""), "a/b.py");
        assert_eq!(show("a/b.py", "a/"), "b.py");
        assert_eq!(show("x.py", "a/b/"), "../../x.py");
        assert_eq!(show("a/c/x.py", "a/b/"), "../c/x.py");
        assert_eq!(show("a", "a/"), "../a");
        for (path, prefix) in [("a/b.py", ""), ("a/b.py", "a/"), ("x.py", "a/b/"), ("a/c/x.py", "a/b/"), ("a", "a/")] {
            let seen = relative(path.as_bytes(), prefix.as_bytes());
            assert_eq!(rooted(seen.as_bytes(), prefix.as_bytes()).lossy(), path, "from {prefix}");
        }
    }

    #[test]
    fn raw_output_is_read_to_the_byte() {
        let id = "1".repeat(40);
        let raw = format!(":100644 100644 {id} {id} M\0a\nb\0:000000 160000 {id} {id} A\0sub\0");
        let changes = changes(raw.as_bytes()).unwrap();
        assert_eq!(changes[0].path, b"a\nb");
        assert_eq!(changes[1].mode, b"160000");
        assert!(super::changes(b"nonsense\0x\0").is_err());
        assert!(super::changes(b"").unwrap().is_empty());
    }
}
