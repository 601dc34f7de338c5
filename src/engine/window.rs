//! Large files: tokens only, window by window, each found once and whole. Those that deploy something are told here:
//! only a parser that sees all of them can read them.

use super::context::Context;
use super::manifest;
use super::plan::Plan;
use super::scan::{FileReport, Lines, Marks, finish, hits};
use crate::source::{Encoding, FileKind, RelPath, SourceFile, WINDOW_OVERLAP, identify};
use crate::span::Position;

/// Whether the file at `path`, whose text starts with `head`, is one whose lines mean nothing by themselves: an env
/// file, a Dockerfile, a manifest.
pub fn is_structured(path: &RelPath, head: &[u8]) -> bool {
    let (kind, _) = identify(path.as_bytes(), head);
    matches!(kind, FileKind::Env | FileKind::Dockerfile) || manifest::is_manifest(kind, path.as_bytes(), head)
}

/// The scan of one large file. Call [`LargeScan::window`] for each window in order.
pub struct LargeScan<'a> {
    plan: &'a Plan,
    path: &'a RelPath,
    ignored: bool,
    reveal: bool,
    /// The position of the next window's first byte.
    start: Position,
    report: FileReport,
}

impl<'a> LargeScan<'a> {
    /// Starts a scan of the file at `path`.
    pub fn new(plan: &'a Plan, path: &'a RelPath, ignored: bool, reveal: bool) -> Self {
        debug_assert!(plan.longest_token <= WINDOW_OVERLAP / 2, "a token must fit into half an overlap");
        let start = Position { line: 1, column: 1, column_utf16: 1 };
        Self { plan, path, ignored, reveal, start, report: FileReport::default() }
    }

    /// Scans the window `text`, whose first byte is byte `offset` of the file and whose first
    /// [`WINDOW_OVERLAP`] bytes were the end of the window before. The last window is nothing but that overlap.
    pub fn window(&mut self, text: &[u8], offset: usize, is_last: bool) {
        let (kind, role) = identify(self.path.as_bytes(), if offset == 0 { text } else { b"" });
        let file = SourceFile { path: self.path, kind, role, text, encoding: Encoding::Utf8, ignored: self.ignored };
        // Each window answers for the tokens that start before the middle of its last overlap and not before the
        // middle of its first: there every token has its neighbours on both sides.
        let half = WINDOW_OVERLAP / 2;
        let from = if offset == 0 { 0 } else { half };
        let to = if is_last { text.len() + 1 } else { text.len().saturating_sub(half) };
        let mut cx = Context::new(&file);
        let mut marks = Marks::default();
        hits(self.plan, &mut cx, &mut marks, from..to);
        let lines = Lines::in_window(text, offset, self.start);
        if !is_last {
            self.start = Position::of(text, text.len().saturating_sub(WINDOW_OVERLAP)).within(self.start);
        }
        let report = finish(self.plan, cx, &marks, &lines, self.reveal);
        self.report.findings.extend(report.findings);
        self.report.allows.extend(report.allows);
    }

    /// What was found.
    pub fn finish(self) -> FileReport {
        self.report
    }
}
