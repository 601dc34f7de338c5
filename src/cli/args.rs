//! The arguments as the user wrote them.

use crate::report::ReportFormat;
use crate::rules::{Confidence, Severity};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// Finds hardcoded keys, and the reasons why keys do not work, before anything runs.
#[derive(Debug, Parser)]
#[command(name = "keylint", version, max_term_width = 100)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lint files (the default command)
    Check(CheckArgs),
}

/// What `keylint check` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct CheckArgs {
    /// Files or directories to lint; `-` reads standard input
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// The name of the text on standard input
    #[arg(long, value_name = "NAME")]
    pub(super) stdin_filename: Option<PathBuf>,
    /// Read the paths to lint from FILE, one a line; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(super) files_from: Option<PathBuf>,
    /// Paths in the list end with a NUL byte
    #[arg(short = '0', long = "null", requires = "files_from")]
    pub(super) null_separated: bool,
    /// The form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: ReportFormat,
    /// Run only these rules or families
    #[arg(long, value_name = "RULE|FAMILY", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Do not run these rules or families
    #[arg(long, value_name = "RULE|FAMILY", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// The least severity that makes the exit code 1
    #[arg(long, value_enum)]
    pub(super) fail_on: Option<FailOn>,
    /// The least confidence that is reported
    #[arg(long, value_enum)]
    pub(super) min_confidence: Option<ConfidenceArg>,
    /// Load the rule files below DIR too
    #[arg(long, value_name = "DIR")]
    pub(super) rules: Vec<PathBuf>,
    /// Ignore no file because of `.gitignore` and its like
    #[arg(long)]
    pub(super) no_ignore: bool,
    /// Count no allow comment
    #[arg(long)]
    pub(super) no_inline: bool,
    /// Skip files larger than this many bytes (suffix kB, MB, GB); 0 means no limit
    #[arg(long, value_name = "SIZE")]
    pub(super) max_file_size: Option<String>,
    /// Number of threads
    #[arg(short = 'j', long = "threads", value_name = "N", default_value_t = 0)]
    pub(super) threads: usize,
    /// Whether to use colours
    #[arg(long, value_enum, default_value = "auto")]
    pub(super) color: Color,
    /// Exit with 0 also when there are findings
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// Show secrets in excerpts
    #[arg(long)]
    pub(super) show_secrets: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

impl FailOn {
    pub(super) const fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Note => Some(Severity::Note),
            Self::Never => None,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ConfidenceArg {
    Low,
    Medium,
    High,
}

impl From<ConfidenceArg> for Confidence {
    fn from(arg: ConfidenceArg) -> Self {
        match arg {
            ConfidenceArg::Low => Self::Low,
            ConfidenceArg::Medium => Self::Medium,
            ConfidenceArg::High => Self::High,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

/// Words that start a command; anything else is an argument of `check`.
const COMMANDS: [&str; 9] = ["check", "help", "-h", "--help", "-V", "--version", "rules", "explain", "completions"];

/// Puts `check` in front of arguments that name no command: `keylint PATH` is `keylint check PATH`.
pub(super) fn with_default_command(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.collect();
    let named = args.get(1).and_then(|arg| arg.to_str()).is_some_and(|arg| COMMANDS.contains(&arg));
    if !named {
        args.insert(args.len().min(1), OsString::from("check"));
    }
    args
}
