//! Writes a corpus of keys and look-alikes, to compare scanners on: `cargo run --example accuracy_corpus -- DIR`.
//!
//! `DIR/files` gets one file for each case, `DIR/expected` the places of the keys, one `path:line` a line. Keys have the
//! shapes of the vendors' keys and are random; the same corpus is written everywhere.

#![allow(clippy::expect_used, clippy::print_stderr, reason = "a program for developers stops where it cannot go on")]

use keylint::rules::{Confidence, Family, Matcher, Rule, RuleSet, providers};
use keylint::text::random::Generator;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The places a key is put into: file name, and text with `{N}` for the variable's name and `{K}` for the key.
const WRAPPINGS: [(&str, &str); 12] = [
    ("settings.py", "DEBUG = False\n{N} = \"{K}\"\nTIMEOUT = 30\n"),
    ("prod.env", "APP=web\n{N}={K}\nPORT=3000\n"),
    ("client.ts", "import { make } from './make';\nexport const c = make(process.env.{N} ?? \"{K}\");\n"),
    ("values.yaml", "replicas: 2\nenv:\n  {N}: {K}\n"),
    ("appsettings.json", "{\n  \"Logging\": {},\n  \"Llm\": { \"{N}\": \"{K}\", \"Timeout\": 60 }\n}\n"),
    ("notes.md", "# Staging\n\nSet `{N}` to `{K}` and run it.\n"),
    ("deploy.sh", "#!/bin/sh\nexport {N}='{K}'\n./run\n"),
    ("Config.java", "final class Config {\n    static final String {N} = \"{K}\";\n}\n"),
    ("links.txt", "https://x.acme.io/v1?page=1\nhttps://x.acme.io/v1?{N}={K}&page=2\n"),
    ("web.config.xml", "<appSettings>\n  <add key=\"{N}\" value=\"{K}\"/>\n</appSettings>\n"),
    ("keys.csv", "name,value,owner\n{N},{K},ops\n"),
    ("boot.log", "INFO boot pid=412\nDEBUG env {N}={K} MODE=live\n"),
];

/// Look-alikes: file name, and text with `{set:length}` for random text and `{word}` for a word.
const LOOK_ALIKES: [(&str, &str); 18] = [
    ("nav.ts", "export const id = 'sk-{word}-{word}-{word}-{word}';\n"),
    ("tasks.yaml", "items:\n  - id: task-{hex:32}\n  - id: desk-{alnum:48}\n"),
    ("meta.yaml", "openai_api_key_sha256: {hex:64}\nmistral_api_key_fingerprint: SHA256:{b64:43}\n"),
    ("deps.lock", "{word} 1.0.0 sha512-{b64:86}==\n"),
    ("go.sum", "github.com/{word}/{word} v0.9.1 h1:{b64:43}=\n"),
    ("model.json", "{\"_name_or_path\": \"{word}/{word}-7b\", \"_commit_hash\": \"{hex:40}\", \"max_tokens\": 4096}\n"),
    ("app.env", "OPENAI_API_KEY=${OPENAI_API_KEY}\nGROQ_API_KEY=your-{word}-key\nDB_PASSWORD=changeme\n"),
    ("check.go", "var re = regexp.MustCompile(`\\b(sk-ant-api03-[\\w\\-]{93}AA)\\b`)\n"),
    ("ids.env", "STRIPE_PRICE_ID=price_{alnum:24}\nGITHUB_CLIENT_ID=Iv1.{hex:16}\nOPENAI_ORG_ID=org-{alnum:24}\n"),
    (
        "resp.json",
        "{\"id\": \"chatcmpl-{alnum:29}\", \"system_fingerprint\": \"fp_{hex:10}\", \"run\": \"run_{alnum:24}\"}\n",
    ),
    ("page.css", ".sk-{word} .sk-{word}1 { animation: sk-{word}Delay 1.2s }\n"),
    ("blob.txt", "next=/list?page_token={b64url:60}sk-{b64url:60}\n"),
    ("trace.log", "traceparent: 00-{hex:32}-{hex:16}-01\netag: \"{hex:32}\" x-request-id: req_{hex:32}\n"),
    ("key.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b64:43} ci@build\n"),
    (
        "auth.py",
        "password = request.form[\"password\"]\ntoken = make_token(user, expires=3600)\nkey = secrets.get(\"{word}/{word}\")\n",
    ),
    ("README.md", "```sh\nexport OPENAI_API_KEY=\"sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\n```\n"),
    ("sealed.yaml", "kind: SealedSecret\nspec:\n  encryptedData:\n    OPENAI_API_KEY: AgB{b64:200}\n"),
    ("web.ts", "init({ key: 'pk_live_{alnum:99}', dsn: 'https://{hex:32}@o1.ingest.sentry.io/2' });\n"),
];

/// How often each look-alike is written, with other random text.
const TIMES: usize = 30;

const WORDS: [&str; 24] = [
    "amber", "bridge", "cellar", "delta", "engine", "fabric", "garden", "harbor", "island", "jungle", "kettle",
    "lantern", "meadow", "needle", "orchard", "pebble", "quartz", "ribbon", "saddle", "timber", "umbrella", "velvet",
    "window", "yellow",
];

fn main() {
    let Some(dir) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: accuracy_corpus DIR");
        std::process::exit(2);
    };
    let mut corpus = Corpus { dir, files: 0, expected: String::new() };
    let rules = RuleSet::builtin().expect("shipped rules load");
    for rule in rules.iter().filter(|rule| is_vendors(rule)) {
        let provider = rule.provider.as_deref().and_then(|slug| providers().get(slug));
        let own = match &rule.matcher {
            Matcher::Assignment(spec) => spec.names.first(),
            _ => None,
        };
        let name = own.or_else(|| provider?.names.first()).map_or("API_KEY", String::as_str);
        for (i, (path, text)) in WRAPPINGS.iter().enumerate() {
            let Some(key) = key(rule, i) else { continue };
            let line = 1 + text[..text.find("{K}").expect("a place for the key")].matches('\n').count();
            corpus.write(path, &text.replace("{N}", name).replace("{K}", &key), Some(line));
        }
    }
    let keys = corpus.files;
    let mut random = Generator::new("look-alikes");
    for _ in 0..TIMES {
        for (path, text) in LOOK_ALIKES {
            corpus.write(path, &filled(text, &mut random), None);
        }
    }
    fs::write(corpus.dir.join("expected"), &corpus.expected).expect("the directory can be written");
    eprintln!("{keys} keys, {} look-alikes", corpus.files - keys);
}

/// Whether a rule is about keys of one vendor, told by their shape.
fn is_vendors(rule: &Rule) -> bool {
    let has_shape = match &rule.matcher {
        Matcher::Token(_) => true,
        Matcher::Assignment(spec) => spec.pattern.is_some(),
        _ => false,
    };
    rule.family == Family::Secret && rule.confidence > Confidence::Low && has_shape
}

/// Key number `i` of a rule: what its first example marks, with random text of its own.
fn key(rule: &Rule, i: usize) -> Option<String> {
    let example = rule.examples().iter().find(|example| example.is_positive())?;
    let file = example.expand(&format!("{} {i}", rule.id)).ok()?.into_iter().next()?;
    let key = file.text.get(file.marks.first()?.range())?.to_owned();
    (!key.contains('\n')).then_some(key)
}

/// `text` with its `{…}` replaced; braces around anything else stay.
fn filled(text: &str, random: &mut Generator) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let body = rest.find('}').map_or("", |close| &rest[1..close]);
        let drawn = if body == "word" {
            Some(WORDS[random.below(WORDS.len())].to_owned())
        } else {
            body.split_once(':').and_then(|(set, length)| random.string(set, length.parse().ok()?))
        };
        if let Some(drawn) = drawn {
            out.push_str(&drawn);
            rest = &rest[body.len() + 2..];
        } else {
            out.push('{');
            rest = &rest[1..];
        }
    }
    out + rest
}

struct Corpus {
    dir: PathBuf,
    files: usize,
    expected: String,
}

impl Corpus {
    /// Writes one file; `line` is where its key stands.
    fn write(&mut self, name: &str, text: &str, line: Option<usize>) {
        let path = Path::new("files").join(format!("{:04}", self.files)).join(name);
        let full = self.dir.join(&path);
        fs::create_dir_all(full.parent().unwrap_or(&self.dir)).expect("the directory can be written");
        fs::write(&full, text).expect("the file can be written");
        self.files += 1;
        if let Some(line) = line {
            let _ = writeln!(self.expected, "{}:{line}", path.display());
        }
    }
}
