//! What git makes of a file: whether it is in the index, ignored, or neither.

use super::InputError;
use super::staged::{git, harmless_git, output};
use crate::source::{RelPath, Tracking};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How many bytes of paths git is asked about at once: fewer than a pipe holds, so that nobody waits for a reader.
const CHUNK: usize = 32 << 10;

/// What git makes of each of `files`. Files outside a work tree, and those git cannot speak about, are left out:
/// nothing follows for them.
pub fn tracking(files: &[&RelPath]) -> FxHashMap<RelPath, Tracking> {
    let mut by_root: BTreeMap<PathBuf, Vec<(&RelPath, PathBuf)>> = BTreeMap::new();
    for shown in files {
        let path = shown.to_path();
        let Some((dir, name)) = path.parent().zip(path.file_name()) else { continue };
        let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
        let Ok(dir) = dir.canonicalize() else { continue };
        let Some(root) = dir.ancestors().find(|dir| dir.join(".git").exists()) else { continue };
        let Ok(inside) = dir.strip_prefix(root) else { continue };
        by_root.entry(root.to_owned()).or_default().push((shown, inside.join(name)));
    }
    let mut out = FxHashMap::default();
    for (root, files) in by_root {
        let mut rest = files.as_slice();
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = |(_, path): &&(_, PathBuf)| {
                bytes += path.as_os_str().len() + 1;
                bytes <= CHUNK
            };
            let (files, more) = rest.split_at(rest.iter().take_while(fits).count().max(1));
            rest = more;
            // A repository git refuses to read tells nothing.
            if let Ok(states) = ask(&root, files) {
                out.extend(files.iter().zip(states).map(|((shown, _), state)| ((*shown).clone(), state)));
            }
        }
    }
    out
}

fn ask(root: &Path, files: &[(&RelPath, PathBuf)]) -> Result<Vec<Tracking>, InputError> {
    let paths = || files.iter().map(|(_, path)| path);
    let at_root = |mut git: Command| {
        // A hook's variables speak of the repository of the commit, which may be another one.
        git.current_dir(root).env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_PREFIX");
        git
    };
    let tracked = output(at_root(git()).args(["ls-files", "-z", "--cached", "--"]).args(paths()))?;
    let mut check = at_root(harmless_git());
    check.args(["check-ignore", "-z", "--stdin"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let failed = |error: io::Error| InputError::Git(error.to_string());
    let mut child = check.spawn().map_err(failed)?;
    let names: Vec<u8> = paths().flat_map(|path| [RelPath::new(path).as_bytes(), b"\0"].concat()).collect();
    let told = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(&names));
    let answer = child.wait_with_output().map_err(failed)?;
    told.map_err(failed)?;
    // It exits with 1 where none is ignored.
    if !matches!(answer.status.code(), Some(0 | 1)) {
        return Err(InputError::Git("`git check-ignore` failed".to_owned()));
    }
    let ignored = answer.stdout;
    let has = |list: &[u8], path: &Path| list.split(|b| *b == 0).any(|own| own == RelPath::new(path).as_bytes());
    Ok(paths()
        .map(|path| match (has(&tracked, path), has(&ignored, path)) {
            (true, _) => Tracking::Tracked,
            (false, true) => Tracking::Ignored,
            (false, false) => Tracking::Loose,
        })
        .collect())
}
