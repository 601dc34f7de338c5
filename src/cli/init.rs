//! `keylint init`: a configuration to start with, and the wiring. What exists already is never touched.

use super::args::InitArgs;
use crate::config::ConfigFile;
use crate::input;
use crate::source::RelPath;
use miette::{IntoDiagnostic as _, Result, WrapErr as _};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file to write.
struct Draft {
    path: PathBuf,
    text: &'static str,
    is_program: bool,
    /// Where the file may lead to: nothing below it is a link.
    fence: Option<PathBuf>,
}

/// What became of a draft.
enum End {
    Written,
    Exists,
    /// As inert text.
    Failed(String),
}

pub(super) fn run(args: &InitArgs) -> Result<u8> {
    let cwd = super::scan::current_dir()?;
    let repository = input::top();
    let root = repository.as_deref().unwrap_or(&cwd).to_owned();
    let mut drafts = Vec::new();
    let mut add = |path: &str, text| {
        drafts.push(Draft { path: root.join(path), text, is_program: false, fence: Some(root.clone()) });
    };
    let own = ConfigFile::find(&root)?;
    if own.is_none() {
        add("keylint.toml", include_str!("init/keylint.toml"));
    }
    if args.pre_commit {
        add(".pre-commit-config.yaml", include_str!("init/pre-commit.yaml"));
    }
    if args.github {
        add(".github/workflows/keylint.yml", include_str!("../../docs/ci/github.yml"));
    }
    if args.gitlab {
        add(".gitlab-ci.yml", include_str!("../../docs/ci/gitlab.yml"));
    }
    if args.git_hook {
        let root = repository.into_diagnostic()?;
        let path = input::hooks(&root).into_diagnostic()?.join("pre-commit");
        drafts.push(Draft { path, text: include_str!("init/hook.sh"), is_program: true, fence: None });
    }
    if let Some(own) = own {
        super::tell(&format!("left as it is: {}", shown(own.path(), &cwd)));
    }
    let (mut written, mut failed) = (0, 0);
    for draft in &drafts {
        let path = shown(&draft.path, &cwd);
        match draft.write() {
            End::Written => {
                written += 1;
                super::print(&format!("wrote {path}\n"))
                    .into_diagnostic()
                    .wrap_err("cannot write to standard output")?;
                if draft.is_program && !draft.path.starts_with(&root) {
                    super::tell(&format!("{path} serves every work tree that has its hooks there"));
                }
            }
            End::Exists => super::tell(&draft.already(&path)),
            End::Failed(reason) => {
                failed += 1;
                super::tell(&format!("cannot write {path}: {reason}"));
            }
        }
    }
    Ok(match (written, failed) {
        (0, _) => super::CANNOT_START,
        (_, 0) => 0,
        _ => super::INCOMPLETE,
    })
}

impl Draft {
    fn write(&self) -> End {
        if let Some(link) = self.link() {
            return End::Failed(format!("{} is a link", RelPath::new(&link).printable()));
        }
        match self.create() {
            Ok(()) => End::Written,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => End::Exists,
            Err(error) => End::Failed(crate::text::sanitize::printable_str(&error.to_string())),
        }
    }

    /// The first directory on the way from the fence that is a link: it may lead out of the repository.
    fn link(&self) -> Option<PathBuf> {
        let fence = self.fence.as_ref()?;
        let dirs = self.path.ancestors().skip(1).take_while(|dir| *dir != fence);
        let mut links = dirs.filter(|dir| dir.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()));
        links.next().map(Path::to_owned)
    }

    fn create(&self) -> io::Result<()> {
        if let Some(dir) = self.path.parent() {
            fs::create_dir_all(dir)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if self.is_program {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o777);
        }
        options.open(&self.path)?.write_all(self.text.as_bytes())
    }

    /// What is said where the file exists: what it would have to hold, unless it already speaks of keylint.
    fn already(&self, path: &str) -> String {
        let mentions = fs::read(&self.path).is_ok_and(|text| memchr::memmem::find(&text, b"keylint").is_some());
        if mentions {
            return format!("left as it is: {path}");
        }
        format!("left as it is: {path}; to run keylint from it, take this over:\n{}", self.text)
    }
}

/// `path` as seen from the current directory, if it is below, as inert text.
fn shown(path: &Path, cwd: &Path) -> String {
    RelPath::new(path.strip_prefix(cwd).unwrap_or(path)).printable()
}
