//! Which SDK clients a Python or JavaScript file builds, told from its text: imports, and calls of what they bring.

use super::context::{Context, Fact};
use crate::rules::clients::clients;
use crate::syntax::line::LineCursor;
use memchr::memmem;

/// Longest name of a module looked at, in bytes to each side of the part that was found.
const LONGEST_MODULE: usize = 64;

/// Longest argument list looked at, in bytes.
const LONGEST_CALL: usize = 4096;

/// Emits what the file says about clients. Their modules stand at `imports`.
pub(super) fn scan(cx: &mut Context<'_>, imports: &[usize]) {
    let text = cx.text();
    if is_manifest(cx.file.path.file_name()) {
        cx.sites.push((Fact::Project, 0));
        if pins_old_openai(text) {
            cx.sites.push((Fact::Reader, 0));
        }
    }
    cx.sites.extend(package(cx.file.path.file_name(), text).map(|name| (Fact::Package(name.into()), 0)));
    let modules = modules(text, imports);
    if modules.is_empty() {
        return;
    }
    let table = clients();
    if modules.iter().any(|module| table.readers.iter().any(|reader| reader == module)) {
        cx.sites.push((Fact::Reader, 0));
    }
    for client in table.all().iter().filter(|client| client.is_of(&modules)) {
        for call in &client.calls {
            let hits = memmem::find_iter(text, call.as_bytes());
            let calls = hits.filter_map(|at| Some((at, is_default(&cx.lines, text, at, call.len())?)));
            for (at, is_default) in calls {
                cx.sites.push((Fact::Client(client.slug.as_str().into()), at));
                if is_default {
                    cx.sites.push((Fact::DefaultClient(client.slug.as_str().into()), at));
                }
            }
        }
    }
}

/// Whether the file's directory is the root of a package.
fn is_manifest(name: &[u8]) -> bool {
    const MANIFESTS: [&[u8]; 11] = [
        b"package.json",
        b"pyproject.toml",
        b"requirements.txt",
        b"setup.py",
        b"Pipfile",
        b"go.mod",
        b"Cargo.toml",
        b"Gemfile",
        b"composer.json",
        b"pom.xml",
        b"build.gradle",
    ];
    MANIFESTS.contains(&name)
}

/// The name a Python or JavaScript package is published under, by its manifest or by what an installer left.
fn package<'a>(file: &[u8], text: &'a [u8]) -> Option<&'a str> {
    let key: &[u8] = match file {
        b"pyproject.toml" | b"setup.py" | b"setup.cfg" => b"name",
        b"package.json" => b"\"name\"",
        b"METADATA" => b"Name",
        _ => return None,
    };
    let line = text.split(|b| *b == b'\n').take(200).map(<[u8]>::trim_ascii).find(|line| line.starts_with(key))?;
    let value = line[key.len()..].trim_ascii_start();
    let value = value.strip_prefix(b"=").or_else(|| value.strip_prefix(b":"))?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let length = value.iter().take_while(|b| b.is_ascii_alphanumeric() || b"-_.@/".contains(b)).count();
    std::str::from_utf8(&value[..length]).ok().filter(|name| !name.is_empty())
}

/// Whether a list of requirements asks for openai-python before 1.0, which reads the old names.
fn pins_old_openai(text: &[u8]) -> bool {
    [&b"openai==0."[..], b"openai<1", b"openai~=0.", b"openai<=0."].iter().any(|pin| memmem::find(text, pin).is_some())
}

/// The modules of clients that stand at `imports`: as written, or by the package they are in.
fn modules<'a>(text: &'a [u8], imports: &[usize]) -> Vec<&'a str> {
    let table = clients();
    let mut out: Vec<&str> = Vec::new();
    let is_part = |b: &&u8| b.is_ascii_alphanumeric() || b"_./@-".contains(b);
    for &at in imports {
        let left = text[at.saturating_sub(LONGEST_MODULE)..at].iter().rev().take_while(is_part).count();
        let right = text[at..].iter().take(LONGEST_MODULE).take_while(is_part).count();
        let Ok(name) = std::str::from_utf8(&text[at - left..at + right]) else { continue };
        // `langchain_core.x`, `llama_index.llms`, `openai.types`
        let package = name.split_once('.').map_or(name, |(package, _)| package);
        for known in [name, package] {
            if table.is_module(known) && !out.contains(&known) {
                out.push(known);
            }
        }
    }
    out
}

/// Whether the call of the name of `length` bytes at `at` leaves the credential to the environment; `None` where
/// the name is not called.
fn is_default(lines: &LineCursor<'_>, text: &[u8], at: usize, length: usize) -> Option<bool> {
    let before = at.checked_sub(1).and_then(|i| text.get(i)).copied().unwrap_or(b'\n');
    if before.is_ascii_alphanumeric() || matches!(before, b'_' | b'"' | b'\'' | b'/' | b'@') {
        return None;
    }
    let line = lines.around(at);
    if lines.is_commented(at) || text[line.start..at].starts_with(b"class ") {
        return None;
    }
    let mut open = at + length;
    // `openai.chat.completions.create(`
    while text.get(open).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')) {
        if text[at..open].contains(&b'.') || text[open] == b'.' {
            open += 1;
        } else {
            return None;
        }
    }
    if text.get(open) != Some(&b'(') {
        return None;
    }
    let chained = text[at + length..open].contains(&b'.');
    let arguments = arguments(text, open)?;
    let has_key = arguments.split(|b| !(b.is_ascii_alphanumeric() || *b == b'_')).any(is_key_argument);
    let spread = memmem::find(arguments, b"**").is_some() || memmem::find(arguments, b"...").is_some();
    let module = text[at..open].split(|b| *b == b'.').next().unwrap_or_default();
    if chained && is_variable(text, module) {
        // `const openai = new OpenAI(…)`: a client, which was looked at where it is built.
        return None;
    }
    if chained {
        // The module's own functions take the key from the module.
        return Some(memmem::find(text, b"api_key =").is_none() && memmem::find(text, b"api_key=").is_none());
    }
    let named = |argument: &[u8]| {
        let argument = argument.trim_ascii();
        argument.is_empty() || argument[0] == b'{' || argument.contains(&b'=') || matches!(argument[0], b'\'' | b'"')
    };
    // One bare word is an object with settings of its own.
    let first = arguments.split(|b| *b == b',').next().unwrap_or_default();
    Some(!has_key && !spread && named(first))
}

/// Whether the text gives something to a variable of this name.
fn is_variable(text: &[u8], name: &[u8]) -> bool {
    memmem::find_iter(text, name).any(|at| {
        let before = at.checked_sub(1).and_then(|i| text.get(i)).copied().unwrap_or(b'\n');
        let rest = text[at + name.len()..].trim_ascii_start();
        before.is_ascii_whitespace() && rest.starts_with(b"=") && !rest.starts_with(b"==")
    })
}

/// Whether an argument of this name gives a client its credential, or another way to prove who it is.
fn is_key_argument(name: &[u8]) -> bool {
    let name = crate::text::name::squash(name);
    ["APIKEY", "TOKEN", "TOKENPROVIDER", "CREDENTIAL", "CREDENTIALS"].iter().any(|end| name.ends_with(end))
        || matches!(name.as_str(), "AUTH" | "VERTEXAI")
}

/// What stands between the bracket at `open` and the one that closes it.
fn arguments(text: &[u8], open: usize) -> Option<&[u8]> {
    let mut depth = 0usize;
    for (i, byte) in text[open..].iter().take(LONGEST_CALL).enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(&text[open + 1..open + i]);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_by_their_manifests() {
        assert_eq!(package(b"pyproject.toml", b"[project]\nname = \"openai\"\n"), Some("openai"));
        assert_eq!(package(b"setup.py", b"setup(\n    name='openai',\n)"), Some("openai"));
        assert_eq!(package(b"package.json", b"{\n  \"name\": \"openai\",\n"), Some("openai"));
        assert_eq!(
            package(b"METADATA", b"Metadata-Version: 2.1\nName: langchain-community\n"),
            Some("langchain-community")
        );
        assert_eq!(package(b"app.py", b"name = 'openai'"), None);
    }

    #[test]
    fn a_client_without_a_key_reads_the_environment() {
        let call = |text: &str, name: &str| {
            let bytes = text.as_bytes();
            is_default(&LineCursor::new(bytes), bytes, text.find(name).unwrap(), name.len())
        };
        assert_eq!(call("c = OpenAI()", "OpenAI"), Some(true));
        assert_eq!(call("c = new OpenAI({ timeout: 3 })", "OpenAI"), Some(true));
        assert_eq!(call("c = OpenAI(api_key=k)", "OpenAI"), Some(false));
        assert_eq!(call("c = OpenAI(max_tokens=3)", "OpenAI"), Some(true));
        assert_eq!(call("c = OpenAI(**options)", "OpenAI"), Some(false));
        assert_eq!(call("c = new OpenAI(options)", "OpenAI"), Some(false));
        assert_eq!(call("c = AzureOpenAI()", "OpenAI"), None);
        assert_eq!(call("c = OpenAIEmbeddings()", "OpenAI"), None);
        assert_eq!(call("replicate.run('a/b', input={})", "replicate.run"), Some(true));
        assert_eq!(call("openai.chat.completions.create(model='x')", "openai.chat"), Some(true));
        assert_eq!(
            call("const openai = new OpenAI({ apiKey })\nopenai.chat.completions.create({})", "openai.chat"),
            None
        );
    }
}
