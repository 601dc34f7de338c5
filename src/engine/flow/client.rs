//! What clients of SDKs are built with: whose key goes to whose address, and what stands in the code.

use super::origin::lead;
use super::{File, Found, is_key_name};
use crate::engine::address::is_address;
use crate::finding::Severity;
use crate::rules::clients::{self, clients};
use crate::rules::matcher::FlowFault;
use crate::rules::{Provider, providers};
use crate::span::Span;
use crate::syntax::code::{Call, Code, Form, Role, Value};
use crate::text::name;

/// A client that is built.
pub(super) struct Client<'a> {
    pub(super) kind: &'static clients::Client,
    pub(super) call: &'a Call,
    /// The constructor up to its arguments' end.
    pub(super) span: Span,
    /// The function it is built in; 0 outside of all.
    pub(super) frame: usize,
    /// The argument that gives it its key.
    pub(super) key: Option<(Span, &'a Value)>,
    /// Whether it has to find its key in the environment.
    pub(super) is_default: bool,
}

impl Client<'_> {
    /// The vendor whose key it takes unless it is told another address.
    pub(super) fn vendor(&self) -> Option<&'static Provider> {
        providers().by_variable(self.kind.reads.first()?.as_bytes())
    }
}

/// How many clients of one file are looked at.
const MOST_CLIENTS: usize = 500;

/// Settings of a module that are its key.
pub(super) fn is_key_setting(path: &str) -> bool {
    matches!(path, "openai.api_key" | "anthropic.api_key" | "openai.azure_ad_token")
}

/// The clients a file builds.
pub(super) fn all<'a>(text: &[u8], code: &'a Code<'a>) -> Vec<Client<'a>> {
    let mut out = Vec::new();
    for reference in code.references.iter().filter(|reference| reference.is_known) {
        let mut before = reference.root;
        for part in &reference.parts {
            // What copies a client has the client's path.
            let is_built = part.is_call() && part.path_end > before;
            before = part.path_end;
            let kind = clients().built_by(&reference.path[..part.path_end]).filter(|_| is_built);
            let (Some(kind), Some(call)) = (kind, code.call(part)) else { continue };
            if out.len() == MOST_CLIENTS {
                return out;
            }
            let is_proof = |name: &[u8]| {
                let name = name::squash(name);
                is_key_name(name.as_bytes())
                    || name.ends_with("TOKEN")
                    || name.ends_with("TOKENPROVIDER")
                    || name.starts_with("CREDENTIAL")
                    || matches!(name.as_str(), "AUTH" | "VERTEXAI" | "HTTPCLIENT" | "FETCH")
            };
            let named = |test: &dyn Fn(&[u8]) -> bool| call.named.iter().find(|argument| test(argument.name.of(text)));
            let is_key = |name: &[u8]| is_key_name(name) || matches!(name, b"token" | b"auth" | b"auth_token" | b"key");
            let first = call.positional.first().filter(|_| kind.key_first).map(|value| (value.span, value));
            let key = named(&is_key).map(|argument| (argument.name, &argument.value)).or(first);
            let plain = call.positional.iter().all(|value| matches!(value.form, Form::List(_) | Form::Text));
            out.push(Client {
                kind,
                call,
                span: Span::new(reference.start, part.end),
                frame: reference.frame,
                key,
                is_default: key.is_none() && named(&is_proof).is_none() && !call.is_open && plain,
            });
        }
    }
    out
}

/// Where a client sends its requests.
pub(super) enum Address<'a> {
    /// Nobody says: to its own vendor.
    Own,
    /// To a vendor named by this literal.
    Vendor(&'static Provider, &'a Value),
    /// Somewhere else.
    Unknown,
}

pub(super) fn judge(file: &File<'_>, found: &mut Found) {
    for client in &file.clients {
        vendor(file, client, found);
        accounts(file, client.call, found);
    }
    for pair in file.code.pairs.iter().filter(|pair| is_account_header(file.of(pair.key))) {
        account(file, file.code.given(pair), found);
    }
    module(file, found);
}

fn address_of<'a>(file: &File<'a>, value: &'a Value) -> Address<'a> {
    let Some(text) = lead(file.origins.follow(value)) else { return Address::Unknown };
    match providers().by_host(file.of(text)) {
        Some(vendor) => Address::Vendor(vendor, value),
        None => Address::Unknown,
    }
}

pub(super) fn address<'a>(file: &File<'a>, client: &Client<'a>) -> Address<'a> {
    let mut addresses = client.call.named.iter().filter(|argument| is_address(file.of(argument.name)));
    if let Some(argument) = addresses.next() {
        return address_of(file, &argument.value);
    }
    let first = file.code.pairs.partition_point(|pair| pair.key.start < client.span.start);
    let mut within = file.code.pairs[first..].iter().take_while(|pair| pair.key.start < client.span.end);
    match within.find(|pair| is_address(file.of(pair.key))) {
        Some(pair) => address_of(file, file.code.given(pair)),
        None if client.call.is_open || client.call.named.iter().any(|a| file.of(a.name) == b"http_client") => {
            Address::Unknown
        }
        None => Address::Own,
    }
}

/// The vendor of the variable a key is read from, where that decides whose key it is.
fn key_vendor<'a>(file: &File<'a>, value: &'a Value) -> Option<(&'static Provider, &'a str)> {
    let name = match &value.form {
        // One of several variables: each may be right.
        Form::Any(all) => {
            let names: Vec<&str> = all.iter().filter_map(|one| Some(file.origins.env(one)?.name)).collect();
            let vendor = |name: &&str| providers().by_variable(name.as_bytes()).map(|vendor| vendor.slug.as_str());
            let first = names.first()?;
            if names.iter().any(|name| vendor(name) != vendor(first)) {
                return None;
            }
            *first
        }
        _ => file.origins.env(value)?.name,
    };
    let vendor = providers().by_variable(name.as_bytes())?;
    (!vendor.hosts.is_empty() && name::is_credential(name.as_bytes())).then_some((vendor, name))
}

/// Whether the address is set elsewhere: by the variable the SDK reads.
pub(super) fn has_address_variable(file: &File<'_>) -> bool {
    let sets = |name: &str| name.ends_with("BASE_URL") || name.ends_with("API_BASE");
    file.code.references.iter().filter_map(super::origin::variable_set).any(sets)
}

/// Reports a key that goes to somebody else's address.
fn vendor(file: &File<'_>, client: &Client<'_>, found: &mut Found) {
    let Some(own) = client.vendor() else { return };
    let address = address(file, client);
    let key = client.key.and_then(|(_, value)| key_vendor(file, value).map(|(vendor, name)| (vendor, name, value)));
    let (to, place) = match address {
        Address::Own if has_address_variable(file) => return,
        // Azure's client goes to Azure whatever its address is.
        Address::Unknown if own.slug != "azure-openai" => return,
        Address::Own | Address::Unknown => (own, None),
        Address::Vendor(vendor, value) => (vendor, Some(value)),
    };
    match key {
        Some((vendor, name, value)) if vendor.slug != to.slug => {
            let is_azure = [&vendor.slug, &to.slug].iter().any(|slug| *slug == "azure-openai")
                && [&vendor.slug, &to.slug].iter().any(|slug| *slug == "openai");
            let kind = if is_azure { FlowFault::AzureMix } else { FlowFault::OtherVendor };
            let span = place.filter(|_| !is_azure).map_or(value.span, |place| place.span);
            found.add(kind, span, name, to.title.as_str());
        }
        None if client.is_default && to.slug != own.slug => {
            let is_azure = to.slug == "azure-openai" && own.slug == "openai";
            let kind = if is_azure { FlowFault::AzureMix } else { FlowFault::OtherVendor };
            let variable = client.kind.reads.first().map_or("", String::as_str);
            if let Some(place) = place {
                found.add_with(kind, place.span, variable, to.title.as_str(), |fault| {
                    fault.severity = Some(Severity::Warning);
                });
            }
        }
        _ => {}
    }
}

/// `organization="org-…"`, `project="proj_…"`
fn accounts(file: &File<'_>, call: &Call, found: &mut Found) {
    for argument in &call.named {
        let name = name::squash(file.of(argument.name));
        if ["ORGANIZATION", "PROJECT", "ORG"].iter().any(|end| name.ends_with(end)) {
            account(file, &argument.value, found);
        }
    }
}

/// Whether a header of this name chooses the organization or project.
fn is_account_header(name: &[u8]) -> bool {
    [&b"OpenAI-Organization"[..], b"OpenAI-Project"].iter().any(|header| name.eq_ignore_ascii_case(header))
}

fn account(file: &File<'_>, value: &Value, found: &mut Found) {
    let Some(span) = file.origins.follow(value).text() else { return };
    let text = file.of(span);
    let id = text.strip_prefix(b"org-").or_else(|| text.strip_prefix(b"proj_"));
    let is_id = |id: &[u8]| id.len() >= 10 && id.iter().all(u8::is_ascii_alphanumeric);
    let is_written = |id: &[u8]| {
        let lower = id.to_ascii_lowercase();
        let words = [&b"your"[..], b"xxx", b"example", b"placeholder", b"123456789"];
        words.iter().any(|word| memchr::memmem::find(&lower, word).is_some())
    };
    if id.is_some_and(|id| is_id(id) && !is_written(id)) {
        let kind = if text.starts_with(b"org-") { "organization" } else { "project" };
        found.add(FlowFault::AccountInCode, span, kind, "");
    }
}

/// The settings of a module: `openai.api_key = …`, `openai.api_base = …`.
fn module(file: &File<'_>, found: &mut Found) {
    let settings = || file.code.references.iter().filter(|r| r.is_known && r.role == Role::Assign);
    let setting = |path: &str| settings().filter(|r| r.path == path).find_map(|r| file.code.assigned(r));
    for reference in settings().filter(|r| r.path == "openai.organization") {
        if let Some(value) = file.code.assigned(reference) {
            account(file, value, found);
        }
    }
    let Some(key) = setting("openai.api_key") else { return };
    let Some((vendor, name)) = key_vendor(file, key) else { return };
    let other = |path: &str| setting(path).is_some();
    let is_azure = other("openai.api_type") || other("openai.azure_endpoint");
    let base = setting("openai.base_url").or_else(|| setting("openai.api_base"));
    let to = match base.map(|base| address_of(file, base)) {
        None if is_azure || has_address_variable(file) => return,
        None => providers().get("openai"),
        Some(Address::Vendor(vendor, _)) => Some(vendor),
        Some(_) => None,
    };
    let azure = ["azure-openai", "openai"];
    if let Some(to) = to.filter(|to| to.slug != vendor.slug)
        && !(is_azure && azure.contains(&to.slug.as_str()) && azure.contains(&vendor.slug.as_str()))
    {
        found.add(FlowFault::OtherVendor, key.span, name, to.title.as_str());
    }
}
