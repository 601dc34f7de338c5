//! The vendors' hosts in one text. Names of credentials stand close together and each asks for the hosts around it:
//! every byte is searched once.

use crate::rules::{Provider, providers};
use crate::span::Span;

/// The hosts of the part of a text that was asked for so far.
pub(super) struct Hosts<'a> {
    text: &'a [u8],
    searched: Span,
    /// In the order of the text.
    found: Vec<(&'static Provider, Span)>,
}

impl<'a> Hosts<'a> {
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self { text, searched: Span::new(0, 0), found: Vec::new() }
    }

    /// The vendor whose host stands nearest to byte `at`, of those that stand whole in `span`.
    pub(super) fn nearest(&mut self, span: Span, at: usize) -> Option<&'static Provider> {
        self.search(span);
        let inside = self.found.iter().filter(|(_, host)| span.start <= host.start && host.end <= span.end);
        inside.min_by_key(|(_, host)| host.start.abs_diff(at)).map(|(provider, _)| *provider)
    }

    /// Searches what of `span` was not searched yet. Asking for spans in the order of the text takes linear time in all.
    fn search(&mut self, span: Span) {
        if !(self.searched.start..=self.searched.end).contains(&span.start) {
            self.searched = Span::new(span.start, span.start);
            self.found.clear();
        }
        let done = self.searched.end;
        if span.end <= done {
            return;
        }
        // A host may have been cut where the search ended.
        let from = done.saturating_sub(providers().longest_host()).max(self.searched.start);
        let hosts = providers().hosts_in(&self.text[from..span.end]);
        let hosts = hosts.map(|(provider, host)| (provider, Span::new(from + host.start, from + host.end)));
        self.found.extend(hosts.filter(|(_, host)| host.end > done));
        self.searched.end = span.end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_host_is_found_whatever_was_searched_before() {
        let text = b"api.cohere.com 1 2 3 4 KEY api.mistral.ai and later api.deepseek.com";
        let key = text.iter().position(|b| *b == b'K').unwrap();
        let nearest =
            |hosts: &mut Hosts<'_>, from, to| hosts.nearest(Span::new(from, to), key).map(|p| p.slug.as_str());
        for cut in 0..text.len() {
            let mut hosts = Hosts::new(text);
            hosts.search(Span::new(0, cut));
            assert_eq!(nearest(&mut hosts, 0, text.len()), Some("mistral"), "{cut}");
            assert_eq!(nearest(&mut hosts, 0, key), Some("cohere"), "{cut}");
            assert_eq!(nearest(&mut hosts, key + 8, text.len()), Some("deepseek"), "{cut}");
            assert_eq!(nearest(&mut hosts, 1, key), None, "{cut}");
            assert_eq!(hosts.found.len(), 3, "{cut}");
        }
    }
}
