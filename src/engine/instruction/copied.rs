//! What `COPY` and `ADD` bring into an image.

use crate::span::Span;
use crate::syntax::dockerfile::Instruction;

/// The sources of a `COPY` or `ADD` that hold credentials (bytes of the logical line).
pub(super) fn secret_files(instruction: &Instruction) -> impl Iterator<Item = Span> + '_ {
    sources(instruction).into_iter().filter(|word| is_secret_file(word.of(instruction.line.bytes())))
}

/// The sources of a `COPY` or `ADD` (bytes of the logical line).
pub(super) fn sources(instruction: &Instruction) -> Vec<Span> {
    let bytes = instruction.line.bytes();
    if instruction.flags.iter().any(|flag| flag.of(bytes).starts_with(b"--from=")) {
        return Vec::new();
    }
    let mut words = Vec::new();
    let mut at = instruction.arguments.start;
    let separates = |b: &u8| b.is_ascii_whitespace() || (instruction.is_json && *b == b',');
    for word in instruction.arguments.of(bytes).split(separates) {
        let is_mark = |b: &&u8| matches!(b, b'"' | b'\'' | b'[' | b']');
        let lead = word.iter().take_while(is_mark).count();
        let tail = word[lead..].iter().rev().take_while(is_mark).count();
        if lead + tail < word.len() {
            words.push(Span::new(at + lead, at + word.len() - tail));
        }
        at += word.len() + 1;
    }
    words.pop();
    words
}

/// Files whose only purpose is to hold credentials.
pub(super) fn is_secret_file(path: &[u8]) -> bool {
    let lower = path.to_ascii_lowercase();
    let Ok(path) = std::str::from_utf8(&lower) else { return false };
    let name = path.rsplit('/').next().unwrap_or_default();
    let template = name.split(['.', '-', '_']).any(|part| {
        matches!(
            part,
            "example" | "sample" | "template" | "dist" | "defaults" | "tmpl" | "pub" | "schema" | "vault" | "enc"
        )
    });
    let is_public = name.split(['.', '-', '_']).any(|part| matches!(part, "public" | "gpg"));
    let is_env = name == ".env"
        || name.starts_with(".env.")
        || name == ".env*"
        || name.ends_with(".env") && !name.contains('*') && !path.contains("${")
        || name == ".dev.vars";
    let is_key = matches!(
        name,
        "id_rsa"
            | "id_ed25519"
            | "id_ecdsa"
            | "id_dsa"
            | ".netrc"
            | "_netrc"
            | ".pypirc"
            | ".git-credentials"
            | ".pgpass"
            | ".htpasswd"
            | ".s3cfg"
            | ".boto"
            | "kubeconfig"
            | "credentials.json"
            | "service-account.json"
            | "service_account.json"
            | "serviceaccount.json"
            | "service-account-key.json"
            | "application_default_credentials.json"
            | "gcp-key.json"
            | "gcloud-key.json"
            | "sa-key.json"
            | "client_secret.json"
            | "privkey.pem"
            | "private.pem"
            | "private_key.pem"
            | "private-key.pem"
    );
    let places = [".aws/credentials", ".docker/config.json", ".kube/config"];
    let folders = [".aws", ".ssh", ".gnupg"];
    let is_place = places.iter().any(|end| path.ends_with(end))
        || folders.contains(&path.trim_end_matches('/').rsplit('/').next().unwrap_or_default());
    let ends = [".p12", ".pfx", ".ppk", ".key"].iter().any(|end| name.ends_with(end));
    !template && (is_env || is_key || is_place || ends && !is_public)
}
