//! Clients that are given a text of the code as their key: one that has the form of the vendor's keys, or a placeholder.

use super::client::{self, Address, Client};
use super::{File, Found};
use crate::rules::Provider;
use crate::span::Span;
use crate::text::placeholder::{self, ValueKind};

/// A text that is sent to a vendor as a key, and the argument it is given to.
pub(super) struct Literal {
    pub(super) span: Span,
    pub(super) name: String,
    pub(super) vendor: &'static Provider,
    pub(super) is_placeholder: bool,
}

pub(super) fn judge(file: &File<'_>, found: &mut Found) {
    for client in &file.clients {
        let address = client::address(file, client);
        filled_in(file, client, &address, found);
        let Some((name, value)) = client.key else { continue };
        let vendor = match address {
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
                found.literals.push(Literal { span, name, vendor, is_placeholder: true });
            }
        }
    }
}

/// `Pinecone("…")`, `Mistral(api_key="…")`: the form of the text decides whether it is the vendor's key.
fn filled_in(file: &File<'_>, client: &Client<'_>, address: &Address<'_>, found: &mut Found) {
    let vendor = match address {
        Address::Vendor(vendor, _) => Some(*vendor),
        Address::Own | Address::Unknown => client.vendor(),
    };
    let named = client.key.map(|(name, value)| (String::from_utf8_lossy(file.of(name)).into_owned(), value));
    let first = || client.call.positional.first().map(|value| (client.kind.reads[0].clone(), value));
    let (Some(vendor), Some((name, value))) = (vendor, named.or_else(first)) else { return };
    for span in value.alternatives().iter().filter_map(|one| file.origins.follow(one).text()) {
        found.literals.push(Literal { span, name: name.clone(), vendor, is_placeholder: false });
    }
}
