//! The arguments as the user wrote them.

use crate::baseline::Status;
use crate::config::FailOn;
use crate::report::{ReportFormat, TraceFormat};
use crate::rules::Confidence;
use clap::{ArgGroup, Args as ClapArgs, Parser, Subcommand, ValueEnum};
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
    /// Search everything a repository ever held: all commits of all refs, stashes and notes, and their messages
    History(HistoryArgs),
    /// Accept findings, so that only new ones are reported
    Baseline(BaselineArgs),
    /// Follow a credential: where it is defined, loaded, passed on and read, and where the way breaks
    Trace(TraceArgs),
    /// Show a rule's page, or say why a line is, or is not, reported
    Explain(ExplainArgs),
    /// List the rules, run the examples inside rule files, print their schema
    Rules(RulesArgs),
    /// Write a configuration to start with, and what makes git or CI run keylint
    Init(InitArgs),
    /// Print the completions of a shell
    Completions(CompletionsArgs),
}

/// What `keylint baseline` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct BaselineArgs {
    #[command(subcommand)]
    pub(super) command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum BaselineCommand {
    /// Accept today's findings: write a baseline where there is none
    Create(BaselineScanArgs),
    /// Accept today's findings too: add what the baseline lacks
    Update(BaselineScanArgs),
    /// Remove entries that match no finding any more
    Prune(BaselineScanArgs),
    /// Accept those findings that another scanner's file accepts: `.gitleaksignore` or `.secrets.baseline`
    Import {
        /// The other scanner's file
        #[arg(value_name = "FILE")]
        from: PathBuf,
        #[command(flatten)]
        scan: BaselineScanArgs,
    },
    /// Show the entries
    List {
        /// The baseline; the configuration's by default
        #[arg(long, value_name = "FILE")]
        baseline: Option<PathBuf>,
    },
}

/// What it takes to find what a baseline is about.
#[derive(Debug, ClapArgs)]
#[command(args_override_self = true)]
pub(super) struct BaselineScanArgs {
    /// Files or directories to lint
    #[arg(value_name = "PATH", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
    /// Look at the whole history of the repository as well
    #[arg(long)]
    pub(super) history: bool,
    /// What new entries are
    #[arg(long, value_enum, default_value = "accepted")]
    pub(super) status: Status,
    /// Why new entries are accepted
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) reason: String,
    /// Ignore no file because of `.gitignore` and its like
    #[arg(long)]
    pub(super) no_ignore: bool,
    #[command(flatten)]
    pub(super) scan: ScanArgs,
}

/// What `keylint trace` takes.
#[derive(Debug, ClapArgs)]
#[command(args_override_self = true)]
pub(super) struct TraceArgs {
    /// The variable to follow; without it every credential in a line
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Files or directories to look at
    #[arg(value_name = "PATH", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
    /// The form of the answer
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: TraceFormat,
    /// Ignore no file because of `.gitignore` and its like
    #[arg(long)]
    pub(super) no_ignore: bool,
    #[command(flatten)]
    pub(super) scan: ScanArgs,
}

/// What `keylint explain` takes.
#[derive(Debug, ClapArgs)]
#[command(args_override_self = true)]
pub(super) struct ExplainArgs {
    /// The rule's id, or a place
    #[arg(value_name = "RULE|FILE:LINE")]
    pub(super) subject: String,
    /// Load the rule files below DIR too
    #[arg(long, value_name = "DIR")]
    pub(super) rules: Vec<PathBuf>,
}

/// What `keylint rules` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    pub(super) command: Option<RulesCommand>,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List all rules (the default)
    List {
        /// The form of the list
        #[arg(long, value_enum, default_value = "human", overrides_with = "format")]
        format: ListFormat,
        /// Load the rule files below DIR too
        #[arg(long, value_name = "DIR")]
        rules: Vec<PathBuf>,
    },
    /// Run the examples inside the rule files below DIR, or inside keylint's own
    Test {
        /// A folder of rule files, or one rule file
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Print the JSON Schema of a rule file, for editors
    Schema,
    /// Write the rules' pages to DIR
    #[command(hide = true)]
    Docs {
        /// Write nothing; exit with 1 if a page is not up to date
        #[arg(long)]
        check: bool,
        /// The folder of the pages
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

/// The forms of a list of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Human,
    Json,
}

/// What `keylint init` takes.
#[derive(Debug, ClapArgs)]
#[command(args_override_self = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct InitArgs {
    /// Write a configuration of pre-commit as well
    #[arg(long)]
    pub(super) pre_commit: bool,
    /// Write a workflow of GitHub Actions as well
    #[arg(long)]
    pub(super) github: bool,
    /// Write a pipeline of GitLab as well
    #[arg(long)]
    pub(super) gitlab: bool,
    /// Write git's own pre-commit hook as well
    #[arg(long)]
    pub(super) git_hook: bool,
}

/// What `keylint completions` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(super) shell: clap_complete::Shell,
}

/// What `keylint check` takes.
#[derive(Debug, ClapArgs)]
#[command(args_override_self = true, group = ArgGroup::new("mends").args(["fix", "diff"]).multiple(true))]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct CheckArgs {
    /// Files or directories to lint; `-` reads standard input
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Lint what is staged for the next commit instead of the files on disk
    #[arg(long, conflicts_with_all = ["stdin_filename", "files_from"])]
    pub(super) staged: bool,
    /// With --staged, report what is wrong on lines that were there before too
    #[arg(long, requires = "staged")]
    pub(super) whole_file: bool,
    /// Report only what is wrong on lines that came since the branch left the commit REV
    #[arg(long, visible_alias = "diff-base", value_name = "REV", conflicts_with_all = ["staged", "stdin_filename", "mends"])]
    pub(super) since: Option<String>,
    /// The name of the text on standard input
    #[arg(long, value_name = "NAME")]
    pub(super) stdin_filename: Option<PathBuf>,
    /// Read the paths to lint from FILE, one a line; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(super) files_from: Option<PathBuf>,
    /// Paths in the list end with a NUL byte
    #[arg(short = '0', long = "null", requires = "files_from")]
    pub(super) null_separated: bool,
    /// Mend what can be mended safely, and report the rest
    #[arg(long, conflicts_with = "staged")]
    pub(super) fix: bool,
    /// Mend also what may change what the program does
    #[arg(long, requires = "mends")]
    pub(super) unsafe_fixes: bool,
    /// Show what --fix would change, with values masked, and write nothing
    #[arg(long, conflicts_with_all = ["staged", "quiet"])]
    pub(super) diff: bool,
    /// Ignore no file because of `.gitignore` and its like
    #[arg(long)]
    pub(super) no_ignore: bool,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

/// What `keylint history` takes.
#[derive(Debug, ClapArgs)]
#[command(args_override_self = true)]
pub(super) struct HistoryArgs {
    /// A directory of the repository, or a bare repository
    #[arg(value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
    /// Leave out what the commit REV holds
    #[arg(long, value_name = "REV", conflicts_with = "range")]
    pub(super) since: Option<String>,
    /// Look only at what commit B holds and commit A does not; a hook's zeros stand for no commit
    #[arg(long, value_name = "A..B", conflicts_with = "branch")]
    pub(super) range: Option<String>,
    /// Look only at what the branch, tag or commit B holds
    #[arg(long, value_name = "B")]
    pub(super) branch: Option<String>,
    /// Look only at what a push brings: for git's pre-push hook, run by git (which writes the refs to standard input)
    /// or by pre-commit (which puts them into variables)
    #[arg(long, conflicts_with_all = ["since", "range", "branch"])]
    pub(super) pre_push: bool,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

/// What every command takes that scans and reports.
#[derive(Debug, ClapArgs)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) scan: ScanArgs,
    /// The form of the report
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: ReportFormat,
    /// The least severity that makes the exit code 1
    #[arg(long, value_enum)]
    pub(super) fail_on: Option<FailOn>,
    /// Whether to use colours
    #[arg(long, value_enum, default_value = "auto")]
    pub(super) color: Color,
    /// Exit with 0 also when there are findings
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// Print no report; only the exit code tells
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Show secrets in excerpts
    #[arg(long)]
    pub(super) show_secrets: bool,
}

/// What every command takes that scans.
#[derive(Debug, ClapArgs)]
pub(super) struct ScanArgs {
    /// Read the configuration from FILE
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, conflicts_with = "config")]
    pub(super) isolated: bool,
    /// Do not report what the baseline FILE accepts
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Run only these rules or families
    #[arg(long, value_name = "RULE|FAMILY", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Do not run these rules or families
    #[arg(long, value_name = "RULE|FAMILY", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// The least confidence that is reported
    #[arg(long, value_enum)]
    pub(super) min_confidence: Option<ConfidenceArg>,
    /// Load the rule files below DIR too
    #[arg(long, value_name = "DIR")]
    pub(super) rules: Vec<PathBuf>,
    /// Count no allow comment
    #[arg(long)]
    pub(super) no_inline: bool,
    /// Skip files larger than this many bytes (suffix kB, MB, GB); 0 means no limit
    #[arg(long, value_name = "SIZE")]
    pub(super) max_file_size: Option<String>,
    /// Number of threads
    #[arg(short = 'j', long = "threads", value_name = "N", default_value_t = 0)]
    pub(super) threads: usize,
    /// List what was skipped, and which configuration was read
    #[arg(short, long)]
    pub(super) verbose: bool,
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
const COMMANDS: [&str; 13] = [
    "check",
    "baseline",
    "history",
    "init",
    "help",
    "-h",
    "--help",
    "-V",
    "--version",
    "rules",
    "explain",
    "completions",
    "trace",
];

/// Puts `check` in front of arguments that name no command: `keylint PATH` is `keylint check PATH`.
pub(super) fn with_default_command(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.collect();
    let named = args.get(1).and_then(|arg| arg.to_str()).is_some_and(|arg| COMMANDS.contains(&arg));
    if !named {
        args.insert(args.len().min(1), OsString::from("check"));
    }
    args
}
