//! A loaded rule.

use super::docs::{Page, RuleDocs};
use super::example::Example;
use super::schema::RuleHead;
use std::borrow::Cow;
use std::ops::Deref;
use std::sync::OnceLock;

/// A rule: its head, and its documentation and examples on demand.
#[derive(Debug)]
pub struct Rule {
    head: RuleHead,
    /// The text from `[docs]` on.
    tail: Cow<'static, str>,
    page: OnceLock<Page>,
    /// Whether it is one of keylint's own rules.
    pub is_builtin: bool,
}

impl Rule {
    /// A rule whose documentation and examples are still to be parsed from `tail`.
    pub(super) fn new(head: RuleHead, tail: Cow<'static, str>, is_builtin: bool) -> Self {
        Self { head, tail, page: OnceLock::new(), is_builtin }
    }

    /// The documentation and examples.
    ///
    /// # Errors
    /// What is wrong with the text from `[docs]` on.
    pub fn page(&self) -> Result<&Page, toml::de::Error> {
        if let Some(page) = self.page.get() {
            return Ok(page);
        }
        let page = toml::from_str(&self.tail)?;
        Ok(self.page.get_or_init(|| page))
    }

    /// The documentation; empty for a rule whose text after the head is wrong (`rules test` says what).
    pub fn docs(&self) -> RuleDocs {
        self.page().map(|page| page.docs.clone()).unwrap_or_default()
    }

    /// The examples, likewise.
    pub fn examples(&self) -> &[Example] {
        self.page().map_or(&[], |page| &page.examples)
    }

    /// What to do about a finding, in one or two sentences.
    pub fn remedy(&self) -> &str {
        self.page().map_or("", |page| &page.docs.remedy)
    }
}

impl Deref for Rule {
    type Target = RuleHead;

    fn deref(&self) -> &RuleHead {
        &self.head
    }
}
