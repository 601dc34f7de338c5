//! Stub.
use super::context::Context;
use super::plan::Plan;

pub(super) fn scan(_plan: &Plan, _cx: &mut Context<'_>) {}
