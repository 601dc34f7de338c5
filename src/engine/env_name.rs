//! Stub.
use super::context::Context;
use super::plan::Plan;

pub(super) fn scan(_plan: &Plan, _cx: &mut Context<'_>) {}

pub(super) fn at_read(_cx: &mut Context<'_>, _plan: &Plan, _at: usize, _word: &[u8]) {}
