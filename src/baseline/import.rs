//! What other scanners' files accept: gitleaks' ignore file and detect-secrets' baseline.
//!
//! Both name places, so they are read once, against the files of today, and become entries of our own.

use super::Status;
use crate::source::RelPath;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Places another scanner accepts.
#[derive(Debug, Default)]
pub struct Import {
    places: FxHashMap<(Vec<u8>, usize), Status>,
}

/// A file of another scanner that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It is neither of the two.
    #[error("this is neither a gitleaks ignore file nor a detect-secrets baseline")]
    Unknown,
    /// A line of an ignore file.
    #[error("line {0} is no `[COMMIT:]PATH:RULE:LINE`")]
    Line(usize),
}

/// The part of a detect-secrets baseline that names places.
#[derive(Deserialize)]
struct DetectSecrets {
    results: BTreeMap<String, Vec<Secret>>,
}

#[derive(Deserialize)]
struct Secret {
    line_number: usize,
    /// What a person said of it in an audit.
    is_secret: Option<bool>,
}

impl Import {
    /// Reads the text of either file.
    ///
    /// # Errors
    /// It is neither, or a line of it cannot be understood.
    pub fn parse(text: &str) -> Result<Self, ImportError> {
        let text = text.trim_start_matches('\u{feff}');
        if text.trim_start().starts_with('{') {
            let baseline: DetectSecrets = serde_json::from_str(text).map_err(|_| ImportError::Unknown)?;
            let secrets = baseline.results.into_iter().flat_map(|(path, secrets)| {
                let path = path.replace('\\', "/");
                secrets.into_iter().map(move |secret| (path.clone(), secret))
            });
            let places = secrets.map(|(path, secret)| {
                let status = if secret.is_secret == Some(false) { Status::FalsePositive } else { Status::Accepted };
                ((RelPath::from(path.as_str()).as_bytes().to_vec(), secret.line_number), status)
            });
            return Ok(Self { places: places.collect() });
        }
        let mut places = FxHashMap::default();
        for (at, line) in text.lines().enumerate() {
            // The tool takes what follows `#` for a comment only at the start of a line.
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = fingerprint(line).ok_or(ImportError::Line(at + 1))?;
            places.insert(place, Status::Accepted);
        }
        Ok(Self { places })
    }

    /// The status of the place, if it is accepted.
    pub(super) fn accepts(&self, path: &RelPath, line: usize) -> Option<Status> {
        self.places.get(&(path.as_bytes().to_vec(), line)).copied()
    }

    /// How many places are accepted.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether no place is accepted.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// `[COMMIT:]PATH:RULE:LINE`
fn fingerprint(line: &str) -> Option<(Vec<u8>, usize)> {
    let (rest, number) = line.rsplit_once(':')?;
    let (path, _rule) = rest.rsplit_once(':')?;
    let is_commit = |head: &str| head.len() == 40 && head.bytes().all(|b| b.is_ascii_hexdigit());
    let path = path.split_once(':').filter(|(head, _)| is_commit(head)).map_or(path, |(_, path)| path);
    (!path.is_empty()).then_some(())?;
    Some((RelPath::from(path).as_bytes().to_vec(), number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignore_files_name_places() {
        let commit = "0123456789".repeat(4);
        let text = format!("# known\n\n{commit}:a/b.py:generic-api-key:7\nc:d.py:private-key:12\n");
        let import = Import::parse(&text).unwrap();
        assert_eq!(import.accepts(&RelPath::from("a/b.py"), 7), Some(Status::Accepted));
        assert_eq!(import.accepts(&RelPath::from("c:d.py"), 12), Some(Status::Accepted));
        assert_eq!((import.accepts(&RelPath::from("a/b.py"), 8), import.len()), (None, 2));
        assert!(matches!(Import::parse("a.py:7\n"), Err(ImportError::Line(1))));
    }

    #[test]
    fn audited_secrets_keep_what_people_said() {
        let text = r#"{"version": "1.5.0", "results": {"a\\b.py": [
            {"type": "x", "line_number": 3, "is_secret": false}, {"type": "y", "line_number": 4}]}}"#;
        let import = Import::parse(text).unwrap();
        assert_eq!(import.accepts(&RelPath::from("a/b.py"), 3), Some(Status::FalsePositive));
        assert_eq!(import.accepts(&RelPath::from("a/b.py"), 4), Some(Status::Accepted));
        assert!(matches!(Import::parse("{}"), Err(ImportError::Unknown)));
    }
}
