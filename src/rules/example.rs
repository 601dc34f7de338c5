//! Examples inside rule files: `«` and `»` mark what has to be found, `{{set:length}}` stands for random text, so that
//! no secret-looking text stands in the repository.

use super::Severity;
use crate::source::Tracking;
use crate::text::checksum;
use crate::text::random::Generator;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// One example: a virtual tree and what the rule has to say about it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// Its only file, for an example with one.
    #[serde(default)]
    pub path: Option<String>,
    /// The text of that file.
    #[serde(default)]
    pub text: Option<String>,
    /// The files of an example with several.
    #[serde(rename = "file", default)]
    pub files: Vec<ExampleFile>,
    /// The text of the only file after every fix of this rule was applied.
    #[serde(default)]
    pub fixed: Option<String>,
    /// Other rules that may speak about the example as well.
    #[serde(default)]
    pub also: Vec<String>,
    /// How bad what is marked is there; left out: any severity will do.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// What the message about it has to say.
    #[serde(default)]
    pub says: Option<String>,
    /// What git makes of its files.
    #[serde(default)]
    pub git: BTreeMap<String, Tracking>,
    /// How its files are written.
    #[serde(default)]
    pub encoding: ExampleEncoding,
}

/// How the files of an example are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExampleEncoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-16, little endian, with a byte order mark: what `>` writes in Windows PowerShell.
    Utf16,
    /// One byte a character.
    Latin1,
}

impl ExampleEncoding {
    /// The bytes of a file with this text. Characters Latin-1 does not have become question marks.
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf16 => std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
            Self::Latin1 => text.chars().map(|ch| u8::try_from(ch as u32).unwrap_or(b'?')).collect(),
        }
    }

    /// Where `span` of `text` stands in the text as the engine sees it, in bytes.
    fn seen(self, text: &str, span: crate::span::Span) -> crate::span::Span {
        let at = |offset: usize| if self == Self::Latin1 { text[..offset].chars().count() } else { offset };
        crate::span::Span::new(at(span.start), at(span.end))
    }
}

/// One file of an example.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExampleFile {
    /// Where it stands.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Its text after every fix of this rule was applied.
    #[serde(default)]
    pub fixed: Option<String>,
}

/// An example file with its generators expanded and its marks taken out.
#[derive(Debug, PartialEq, Eq)]
pub struct Expanded {
    /// Where it stands.
    pub path: String,
    /// Its text without marks.
    pub text: String,
    /// The marked spans in bytes, as the engine sees the text.
    pub marks: Vec<crate::span::Span>,
}

/// What is wrong with an example.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExampleError {
    /// Neither `path` and `text` nor `[[example.file]]`, or both.
    #[error("needs either `path` and `text`, or `[[example.file]]` tables")]
    NoFile,
    /// A `{{…}}` that is no generator.
    #[error("unknown generator `{{{{{0}}}}}`")]
    Generator(String),
    /// `«` without `»` or the reverse.
    #[error("marks «» do not pair")]
    Marks,
}

impl Example {
    /// The files, expanded. `seed` (the rule's id) decides the random text.
    ///
    /// # Errors
    /// What is wrong with the example.
    pub fn expand(&self, seed: &str) -> Result<Vec<Expanded>, ExampleError> {
        let mut random = Generator::new(seed);
        let files: Vec<(&str, &str)> = match (&self.path, &self.text, self.files.as_slice()) {
            (Some(path), Some(text), []) => vec![(path, text)],
            (None, None, files) if !files.is_empty() => {
                files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect()
            }
            _ => return Err(ExampleError::NoFile),
        };
        files
            .into_iter()
            .map(|(path, text)| {
                let (text, marks) = strip_marks(&expand(text, &mut random)?)?;
                let marks = marks.into_iter().map(|mark| self.encoding.seen(&text, mark)).collect();
                Ok(Expanded { path: path.to_owned(), text, marks })
            })
            .collect()
    }

    /// The files that have a text after the fix, with that text, expanded with the same random text as
    /// [`Example::expand`].
    ///
    /// # Errors
    /// What is wrong with a text.
    pub fn expand_fixed(&self, seed: &str) -> Result<Vec<Expanded>, ExampleError> {
        let mut random = Generator::new(seed);
        let only = self.path.as_deref().zip(self.text.as_deref()).map(|(path, text)| (path, text, &self.fixed));
        let files = self.files.iter().map(|file| (file.path.as_str(), file.text.as_str(), &file.fixed));
        let mut out = Vec::new();
        for (path, text, fixed) in only.into_iter().chain(files) {
            // What stays uses up its random text too.
            let expanded = expand(fixed.as_deref().unwrap_or(text), &mut random)?;
            if fixed.is_some() {
                out.push(Expanded { path: path.to_owned(), text: expanded, marks: Vec::new() });
            }
        }
        Ok(out)
    }

    /// Path and unexpanded text of each file.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let only = self.path.as_deref().zip(self.text.as_deref());
        only.into_iter().chain(self.files.iter().map(|file| (file.path.as_str(), file.text.as_str())))
    }

    /// Whether anything is marked: something has to be found.
    pub fn is_positive(&self) -> bool {
        self.text.iter().chain(self.files.iter().map(|file| &file.text)).any(|text| text.contains('«'))
    }
}

/// Replaces the generators of `text`:
/// `{{SET:N}}` (N random characters of a set), `{{crc:N}}` (N alphanumerics and their checksum), `{{encoded:N}}`
/// (base64 of N alphanumerics), `{{twice:PREFIX:SET:N}}` (a token that stands there twice), `{{chr:HEX}}` (one character), `{{raw:TEXT}}` (TEXT in double braces).
fn expand(text: &str, random: &mut Generator) -> Result<String, ExampleError> {
    replace(text, |body| generate(body, random).ok_or_else(|| ExampleError::Generator(body.to_owned())))
}

/// Replaces each `{{…}}` of `text` by what `by` makes of its inside.
fn replace<E>(text: &str, mut by: impl FnMut(&str) -> Result<String, E>) -> Result<String, E> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else { break };
        out.push_str(&rest[..start]);
        out.push_str(&by(&rest[start + 2..start + length])?);
        rest = &rest[start + length + 2..];
    }
    out.push_str(rest);
    Ok(out)
}

/// `text` for a reader: random parts become `…`, other generators what they stand for. Marks stay.
pub fn sketch(text: &str) -> String {
    let shown = replace(text, |body| -> Result<String, Infallible> {
        Ok(match body.split_once(':') {
            Some(("raw", text)) => format!("{{{{{text}}}}}"),
            Some(("chr", code)) => format!("⟨U+{code}⟩"),
            _ => "…".to_owned(),
        })
    });
    match shown {
        Ok(text) => text,
    }
}

fn generate(body: &str, random: &mut Generator) -> Option<String> {
    let (kind, argument) = body.split_once(':')?;
    match kind {
        "raw" => Some(format!("{{{{{argument}}}}}")),
        "chr" => Some(char::from_u32(u32::from_str_radix(argument, 16).ok()?)?.to_string()),
        "encoded" => Some(STANDARD.encode(random.string("alnum", argument.parse().ok()?)?)),
        "twice" => {
            let (prefix, random_part) = argument.split_once(':')?;
            let (set, length) = random_part.split_once(':')?;
            Some(format!("{prefix}{}", random.string(set, length.parse().ok()?)?).repeat(2))
        }
        "crc" => {
            let body = random.string("alnum", argument.parse().ok()?)?;
            Some(checksum::with_crc32(&body))
        }
        set => random.string(set, argument.parse().ok()?),
    }
}

fn strip_marks(text: &str) -> Result<(String, Vec<crate::span::Span>), ExampleError> {
    let (mut out, mut marks, mut open) = (String::with_capacity(text.len()), Vec::new(), None);
    for ch in text.chars() {
        match ch {
            '«' if open.is_none() => open = Some(out.len()),
            '»' => marks.push(crate::span::Span::new(open.take().ok_or(ExampleError::Marks)?, out.len())),
            '«' => return Err(ExampleError::Marks),
            ch => out.push(ch),
        }
    }
    if open.is_some() { Err(ExampleError::Marks) } else { Ok((out, marks)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;

    fn example(text: &str) -> Example {
        Example {
            name: String::new(),
            path: Some("a".to_owned()),
            text: Some(text.to_owned()),
            files: Vec::new(),
            fixed: None,
            also: Vec::new(),
            severity: None,
            says: None,
            git: BTreeMap::new(),
            encoding: ExampleEncoding::Utf8,
        }
    }

    #[test]
    fn generators_and_marks() {
        let expanded = example("x=«sk-{{hex:4}}»;{{chr:a0}}{{raw: v }}").expand("seed").unwrap().remove(0);
        assert_eq!(expanded.marks, [Span::new(2, 9)]);
        assert!(expanded.text.ends_with(";\u{a0}{{ v }}"), "{}", expanded.text);
        assert_eq!(expanded, example("x=«sk-{{hex:4}}»;{{chr:a0}}{{raw: v }}").expand("seed").unwrap().remove(0));
    }

    #[test]
    fn a_sketch_shows_no_random_text() {
        assert_eq!(sketch("x=«sk-{{hex:4}}»{{chr:a0}}{{raw: v }}"), "x=«sk-…»⟨U+a0⟩{{ v }}");
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(example("{{what}}").expand("s"), Err(ExampleError::Generator("what".to_owned())));
        assert_eq!(example("«a").expand("s"), Err(ExampleError::Marks));
        assert_eq!(example("a»").expand("s"), Err(ExampleError::Marks));
    }
}
