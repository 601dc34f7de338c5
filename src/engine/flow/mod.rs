//! x
use super::context::Context;
use super::plan::Plan;
use crate::syntax::code::{Code, Source};
pub(super) fn scan(_plan: &Plan, _source: &Source<'_>, _code: &Code, _cx: &mut Context<'_>) {}
