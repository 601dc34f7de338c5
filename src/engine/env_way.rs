//! What a place does with the variable it names, told by what stands around the name, in languages no reader takes apart.

use crate::source::FileKind;
use crate::span::Span;
use memchr::memmem;

/// What a place does with the variable it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// `env("NAME")`, `GetEnvironmentVariable("NAME")`, `Bun.env.NAME`
    Lookup,
    /// `Setenv("NAME", …)`, `vi.stubEnv("NAME", …)`
    Set,
    /// `$NAME`, `${NAME}` in a script or a manifest
    Expansion,
    /// Anything else.
    Other,
}

/// How far before a name the way it is asked for is looked for, in bytes.
const REACH: usize = 64;

impl Way {
    /// What the place at `span` of `text` does, in a file of this kind and name.
    pub(super) fn of(text: &[u8], span: Span, kind: FileKind, file: &[u8]) -> Self {
        let before = &text[span.start.saturating_sub(REACH)..span.start];
        let after = text.get(span.end).copied();
        let is_given = is_assigned(text, span.end);
        if kind == FileKind::Shell && before.to_ascii_lowercase().ends_with(b"$env:") {
            return if is_given { Self::Set } else { Self::Expansion };
        }
        // `docker run -e NAME=…`; maps of variables in Terraform.
        let is_infrastructure = [&b".tf"[..], b".hcl", b".bicep"].iter().any(|end| file.ends_with(end));
        if (kind == FileKind::Shell && after == Some(b'=') || is_infrastructure) && is_given {
            return Self::Set;
        }
        if is_expansion(before, after) {
            // In a string of a program the name is the program's own, but for what Spring fills in.
            let is_own = kind.has_expressions()
                && ![&b"@Value(\"${"[..], b"@Value(\"\\${"].iter().any(|way| before.ends_with(way));
            return if is_own || kind == FileKind::Prose { Self::Other } else { Self::Expansion };
        }
        if kind != FileKind::Prose && (is_member(before) || is_keyed(before)) {
            return Self::Lookup;
        }
        if !kind.is_code() {
            return Self::Other;
        }
        if is_tagged(before) || is_asked_for(&text[span.end..]) {
            return Self::Lookup;
        }
        let Some(call) = call_of(before) else { return Self::Other };
        if [&b"setenv"[..], b"putenv", b"stubenv"].iter().any(|setter| call.ends_with(setter)) {
            return Self::Set;
        }
        let last = call.rsplit(|b| *b == b'.').next().unwrap_or_default();
        let has = |part: &[u8]| memmem::find(&call, part).is_some();
        // `viper.GetString("NAME")`, `configService.get("NAME")`
        let is_reader = memmem::find(last, b"env").is_some() || last == b"config" || call.starts_with(b"env.");
        if is_reader || has(b"viper.") || has(b"configservice.") { Self::Lookup } else { Self::Other }
    }
}

/// `$NAME`, `${NAME}`, `$(NAME)`, `%NAME%`.
fn is_expansion(before: &[u8], after: Option<u8>) -> bool {
    [&b"$"[..], b"${", b"$("].iter().any(|start| before.ends_with(start))
        || before.ends_with(b"%") && after == Some(b'%')
}

/// `Bun.env.NAME`, `env.NAME`.
fn is_member(before: &[u8]) -> bool {
    let object = before.strip_suffix(b"env.").map(|rest| rest.last());
    object.is_some_and(|last| last.is_none_or(|b| !(b.is_ascii_alphanumeric() || *b == b'_')))
}

/// `$ENV{NAME}`, `$ENV{"NAME"}`, `$_SERVER["NAME"]`, `Configuration["NAME"]`, `dotenv.env["NAME"]`.
fn is_keyed(before: &[u8]) -> bool {
    let map = unquoted(before).unwrap_or(before);
    [&b"$ENV{"[..], b"$_SERVER[", b"onfiguration[", b".env["].iter().any(|start| map.ends_with(start))
}

/// `"NAME" in os.environ`, `"NAME" not in os.environ`: `after` is what follows the name.
fn is_asked_for(after: &[u8]) -> bool {
    let after = after.strip_prefix(b"\"").or_else(|| after.strip_prefix(b"'"));
    let set = after.and_then(|rest| rest.strip_prefix(b" not in ").or_else(|| rest.strip_prefix(b" in ")));
    set.is_some_and(|set| set.starts_with(b"os.environ") || set.starts_with(b"process.env"))
}

/// The tag of a field that a library fills: `env:"NAME"`, `env="NAME"`, `envconfig:"NAME"`, `validation_alias="NAME"`.
fn is_tagged(before: &[u8]) -> bool {
    let tags = [&b"env:"[..], b"env=", b"envconfig:", b"validation_alias="];
    unquoted(before).is_some_and(|tag| tags.iter().any(|own| tag.ends_with(own)))
}

/// What is called with a name in quotes, in lower case: `os.getenv` of `os.Getenv("NAME")`, `getenv` of `getEnv "NAME"`.
fn call_of(before: &[u8]) -> Option<Vec<u8>> {
    let rest = unquoted(before)?.trim_ascii_end();
    // Some languages call without brackets.
    let is_called = || rest.to_ascii_lowercase().ends_with(b"getenv");
    let call = rest.strip_suffix(b"(").or_else(|| is_called().then_some(rest))?;
    // `fetch_env!("NAME")`, `System.getenv().get("NAME")`
    let call = call.strip_suffix(b"!").or_else(|| call.strip_suffix(b"().get")).unwrap_or(call);
    let length = call.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')).count();
    Some(call[call.len() - length..].to_ascii_lowercase())
}

/// What stands before the quote that opens the name.
fn unquoted(before: &[u8]) -> Option<&[u8]> {
    let rest = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'"))?;
    Some(rest.strip_suffix(b"\\").unwrap_or(rest))
}

/// Whether the place that ends at `end` is given a value.
pub(super) fn is_assigned(text: &[u8], end: usize) -> bool {
    let rest = text[end..].trim_ascii_start();
    let rest = rest.strip_prefix(b"??").or_else(|| rest.strip_prefix(b"||")).unwrap_or(rest);
    rest.starts_with(b"=") && !rest.starts_with(b"==") && !rest.starts_with(b"=>") && !rest.starts_with(b"=~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_ask_for_a_variable() {
        use FileKind::{Code, Config, JavaScript, Prose, Python, Shell, Yaml};
        for (kind, text, way) in [
            (Code, "os.Getenv(\"NAME\")", Way::Lookup),
            (Code, "System.getenv().get(\"NAME\")", Way::Lookup),
            (Code, "env!(\"NAME\")", Way::Lookup),
            (Code, "main = getEnv \"NAME\"", Way::Lookup),
            (Code, "(System/getenv \"NAME\")", Way::Lookup),
            (Code, "$ENV{NAME}", Way::Lookup),
            (Code, "$_SERVER['NAME']", Way::Lookup),
            (Code, "Key string `env:\"NAME\"`", Way::Lookup),
            (Code, "viper.GetString(\"NAME\")", Way::Lookup),
            (Code, "@Value(\"${NAME}\")", Way::Expansion),
            (Code, "os.Setenv(\"NAME\", x)", Way::Set),
            (Code, "print(\"NAME\")", Way::Other),
            (Python, "k: str = Field(env=\"NAME\")", Way::Lookup),
            (Python, "if 'NAME' not in os.environ:", Way::Lookup),
            (Python, "if 'NAME' not in seen:", Way::Other),
            (JavaScript, "const k = env.NAME;", Way::Lookup),
            (JavaScript, "const k = myenv.NAME;", Way::Other),
            (JavaScript, "`${NAME}`", Way::Other),
            (Shell, "echo $NAME", Way::Expansion),
            (Shell, "echo %NAME%", Way::Expansion),
            (Shell, "docker run -e NAME=x", Way::Set),
            (Yaml, "key: ${NAME}", Way::Expansion),
            (Config, "key=${NAME}", Way::Expansion),
            (Config, "key=NAME", Way::Other),
            (Config, "key = \"${env.NAME}\"", Way::Lookup),
            (Prose, "set $NAME", Way::Other),
        ] {
            let at = text.find("NAME").unwrap();
            assert_eq!(Way::of(text.as_bytes(), Span::new(at, at + 4), kind, b"file"), way, "{text}");
        }
    }
}
