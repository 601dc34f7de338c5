//! Clients that are given a placeholder as their key.

use super::client::{self, Address};
use super::{File, Found};
use crate::rules::Provider;
use crate::span::Span;
use crate::text::placeholder::{self, ValueKind};

/// A placeholder that is sent to a vendor, and the argument it is given to.
pub(super) struct Unfilled {
    pub(super) span: Span,
    pub(super) name: String,
    pub(super) vendor: &'static Provider,
}

pub(super) fn judge(file: &File<'_>, found: &mut Found) {
    for client in &file.clients {
        let Some((name, value)) = client.key else { continue };
        let vendor = match client::address(file, client) {
            Address::Own if !client::has_address_variable(file) => client.vendor(),
            Address::Vendor(vendor, _) => Some(vendor),
            // A server of one's own may ask for no key.
            Address::Own | Address::Unknown => None,
        };
        let Some(vendor) = vendor else { continue };
        for one in value.alternatives() {
            let Some(span) = file.origins.follow(one).text() else { continue };
            let text = file.of(span);
            if placeholder::classify(text) == ValueKind::Placeholder && !placeholder::is_double(text) {
                let name = String::from_utf8_lossy(file.of(name)).into_owned();
                found.unfilled.push(Unfilled { span, name, vendor });
            }
        }
    }
}
