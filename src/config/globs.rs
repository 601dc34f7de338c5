//! Path patterns of a configuration file, in the syntax of `.gitignore`.

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::{Component, Path, PathBuf};

/// Patterns relative to one directory.
#[derive(Clone, Debug)]
pub struct Globs {
    matcher: Gitignore,
    /// The directory the patterns are relative to, absolute.
    base: PathBuf,
    /// The directory the command was started in, absolute: paths to match are relative to it.
    cwd: PathBuf,
}

impl Globs {
    /// Compiles `patterns`, which are relative to `base`; paths to match are relative to `cwd`. Both are absolute.
    ///
    /// # Errors
    /// The number of the pattern that is wrong, and what is wrong with it.
    pub fn new<'a>(
        base: &Path,
        cwd: &Path,
        patterns: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, (usize, String)> {
        let mut builder = GitignoreBuilder::new("");
        for (i, pattern) in patterns.into_iter().enumerate() {
            builder.add_line(None, pattern).map_err(|error| (i, error.to_string()))?;
        }
        let matcher = builder.build().map_err(|error| (0, error.to_string()))?;
        Ok(Self { matcher, base: base.to_owned(), cwd: cwd.to_owned() })
    }

    /// Whether a pattern matches `path` or a directory it stands in.
    pub fn is_match(&self, path: &Path, is_dir: bool) -> bool {
        let full = normal(&self.cwd.join(path));
        // Nothing outside the base is matched: the patterns do not speak of it.
        full.strip_prefix(&self.base).is_ok_and(|inside| {
            !inside.as_os_str().is_empty() && self.matcher.matched_path_or_any_parents(inside, is_dir).is_ignore()
        })
    }
}

/// `path` without `.` and `..` parts. Symbolic links are not looked at.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_relative_to_their_file() {
        let globs = Globs::new(Path::new("/r"), Path::new("/r/sub"), ["/vendor/", "*.snap", "!keep.snap"]).unwrap();
        assert!(globs.is_match(Path::new("../vendor/a.py"), false));
        assert!(!globs.is_match(Path::new("vendor/a.py"), false));
        assert!(globs.is_match(Path::new("./x/a.snap"), false));
        assert!(!globs.is_match(Path::new("keep.snap"), false));
        assert!(!globs.is_match(Path::new("/elsewhere/a.snap"), false));
        assert!(!globs.is_match(Path::new(".."), true));
    }

    #[test]
    fn a_broken_pattern_is_named() {
        assert_eq!(Globs::new(Path::new("/"), Path::new("/"), ["a", "[z-a]"]).unwrap_err().0, 1);
    }
}
