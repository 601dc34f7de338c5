//! What a file is, told by its name, its directory and its first line.

use schemars::JsonSchema;
use serde::Deserialize;

/// The kinds of file rules can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A dotenv file, live or template: `.env`, `.env.local`, `prod.env`, `.env.example`.
    Env,
    /// `Dockerfile`, `Containerfile` and their variants.
    Dockerfile,
    /// A compose file.
    Compose,
    /// A CI workflow: GitHub Actions, GitLab, `CircleCI`, Azure Pipelines.
    Ci,
    /// Any other YAML.
    Yaml,
    /// JSON, with or without comments.
    Json,
    /// TOML, INI, `.properties`, `.cfg`, systemd units.
    Config,
    /// A Jupyter notebook.
    Notebook,
    /// Python.
    Python,
    /// JavaScript, TypeScript and their markup files (Vue, Svelte).
    #[serde(rename = "javascript")]
    JavaScript,
    /// A page: HTML, whose scripts are JavaScript.
    Html,
    /// A shell script or a makefile.
    Shell,
    /// C, C++, Objective-C and their headers.
    C,
    /// Another programming language without a parser of its own here: Go, Java, Ruby, PHP, Rust, C#, …
    Code,
    /// Prose: Markdown, reStructuredText, `AsciiDoc`.
    Prose,
    /// A lock file or a list of checksums: nothing in it is written by a person.
    Lock,
    /// Everything else.
    Text,
}

/// What a file is for; it decides whether a placeholder in it will be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// It is run, built or deployed.
    Live,
    /// It is copied and filled in: `.env.example`.
    Template,
    /// It is read by people.
    Documentation,
    /// It is run by tests only.
    Test,
}

impl FileKind {
    /// Tells the kind of the file called `path` (`/`-separated bytes) whose text starts with `head`.
    pub fn of(path: &[u8], head: &[u8]) -> Self {
        identify(path, head).0
    }

    /// Whether a word without quotes is another variable in such a file, not a text.
    pub const fn has_expressions(self) -> bool {
        matches!(self, Self::Python | Self::JavaScript | Self::C | Self::Code | Self::Notebook)
    }

    /// Whether code of this kind is run as a program.
    pub const fn is_code(self) -> bool {
        matches!(self, Self::Python | Self::JavaScript | Self::Shell | Self::C | Self::Code | Self::Notebook)
    }
}

/// Tells what the file called `path` (`/`-separated bytes) whose text starts with `head` is, and what it is for.
pub fn identify(path: &[u8], head: &[u8]) -> (FileKind, Role) {
    let mut lower = String::from_utf8_lossy(path);
    if lower.bytes().any(|b| b.is_ascii_uppercase()) {
        lower.to_mut().make_ascii_lowercase();
    }
    let (dir, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let own = by_extension(name);
    // Most files are code, and no name makes anything else of them unless it has one of these words.
    let is_plain = own.is_some_and(FileKind::is_code) && !["env", "file"].iter().any(|word| name.contains(word));
    let kind = if is_plain { None } else { by_name(name, dir) };
    let kind = kind.or(own).or_else(|| by_template(name, dir)).unwrap_or_else(|| by_first_line(head));
    (kind, role(dir.as_bytes(), name.as_bytes(), kind))
}

/// The name of the file that a template engine makes of one called `name`: `docker-compose.yml` of
/// `docker-compose.yml.j2`.
pub fn rendered(name: &str) -> Option<&str> {
    const ENGINES: [&str; 12] =
        ["j2", "jinja", "jinja2", "tpl", "tmpl", "gotmpl", "erb", "mustache", "template", "dist", "sample", "example"];
    let (inner, extension) = name.rsplit_once('.')?;
    (inner.contains('.') && ENGINES.contains(&extension)).then_some(inner)
}

/// The kind of what is made of a template, where it is configuration.
fn by_template(name: &str, dir: &str) -> Option<FileKind> {
    let name = rendered(name)?;
    let is_configuration =
        |kind: &FileKind| matches!(kind, FileKind::Compose | FileKind::Ci | FileKind::Yaml | FileKind::Json);
    by_name(name, dir).or_else(|| by_extension(name)).filter(is_configuration)
}

fn by_name(name: &str, dir: &str) -> Option<FileKind> {
    // Elastic Beanstalk's `env.config` is YAML.
    if is_env(name) && !dir.ends_with(".ebextensions") {
        return Some(FileKind::Env);
    }
    let is_docker = matches!(name, "dockerfile" | "containerfile")
        || name.starts_with("dockerfile.")
        || name.starts_with("containerfile.")
        // `Dockerfile-dev`, `Dockerfile_gpu`
        || !name.contains('.') && ["dockerfile-", "dockerfile_", "containerfile-"].iter().any(|start| name.starts_with(start))
        || name.ends_with(".dockerfile")
        || name.ends_with(".containerfile");
    if is_docker && !matches!(extension(name), "md" | "dockerignore" | "py" | "js" | "ts" | "go" | "rst" | "txt") {
        return Some(FileKind::Dockerfile);
    }
    let yaml = matches!(extension(name), "yml" | "yaml");
    // `compose.prod.yml`, `prod.docker-compose.yml`, `local-compose.yaml`
    let is_compose = name.starts_with("compose")
        || name.contains("docker-compose")
        || name.contains("docker_compose")
        || name.starts_with("docker-stack")
        || name.rsplit_once('.').is_some_and(|(stem, _)| stem.ends_with("-compose"));
    if yaml && is_compose {
        return Some(FileKind::Compose);
    }
    if yaml
        && (dir.ends_with(".github/workflows")
            || dir.contains(".github/actions")
            || dir.ends_with(".circleci")
            || dir.ends_with(".buildkite")
            || name.starts_with(".gitlab-ci")
            || name.starts_with("azure-pipelines"))
    {
        return Some(FileKind::Ci);
    }
    let lock = matches!(
        name,
        "package-lock.json"
            | "npm-shrinkwrap.json"
            | "yarn.lock"
            | "pnpm-lock.yaml"
            | "poetry.lock"
            | "pipfile.lock"
            | "cargo.lock"
            | "go.sum"
            | "composer.lock"
            | "gemfile.lock"
            | "uv.lock"
            | "bun.lock"
            | "flake.lock"
            | "pdm.lock"
            | "mix.lock"
            | "pubspec.lock"
            | "podfile.lock"
            | "packages.lock.json"
            | ".secrets.baseline"
    );
    if lock {
        return Some(FileKind::Lock);
    }
    if matches!(
        name,
        "makefile" | "gnumakefile" | "justfile" | "procfile" | ".bashrc" | ".zshrc" | ".profile" | ".envrc"
    ) {
        return Some(FileKind::Shell);
    }
    if name == "kustomization" {
        return Some(FileKind::Yaml);
    }
    matches!(name, "readme" | "changelog" | "license" | "contributing").then_some(FileKind::Prose)
}

/// Whether a (lower-case) file name is a dotenv file's. Encrypted vaults, `direnv` scripts and scripts that only
/// sound alike are not.
fn is_env(name: &str) -> bool {
    // `.dev.vars` is what Cloudflare's wrangler reads.
    if matches!(name, ".env" | "env" | ".dev.vars") {
        return true;
    }
    let odd = matches!(
        extension(name),
        "vault"
            | "py"
            | "js"
            | "ts"
            | "mjs"
            | "cjs"
            | "sh"
            | "rb"
            | "go"
            | "rs"
            | "php"
            | "json"
            | "yaml"
            | "yml"
            | "md"
            | "ps1"
            | "bat"
            | "toml"
            | "enc"
            | "gpg"
            | "age"
            | "tsx"
            | "java"
            | "html"
            | "css"
            | "xml"
            | "d"
            | "c"
            | "h"
            | "schema"
    );
    !odd && (name.starts_with(".env.") || name.starts_with("env.") || name.ends_with(".env") || name == ".flaskenv")
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn by_extension(name: &str) -> Option<FileKind> {
    Some(match extension(name) {
        "py" | "pyi" | "pyw" => FileKind::Python,
        "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte" | "astro" => {
            FileKind::JavaScript
        }
        "html" | "htm" | "xhtml" => FileKind::Html,
        "ipynb" => FileKind::Notebook,
        "sh" | "bash" | "zsh" | "fish" | "ps1" | "bat" | "cmd" | "mk" | "ksh" => FileKind::Shell,
        "yml" | "yaml" => FileKind::Yaml,
        "json" | "jsonc" | "json5" | "har" => FileKind::Json,
        "toml" | "ini" | "cfg" | "conf" | "properties" | "service" | "tfvars" | "npmrc" | "pypirc" | "xml"
        | "plist" => FileKind::Config,
        "md" | "mdx" | "markdown" | "rst" | "adoc" => FileKind::Prose,
        "c" | "h" | "cc" | "cpp" | "cxx" | "hh" | "hpp" | "m" | "mm" => FileKind::C,
        "go" | "java" | "kt" | "kts" | "rb" | "php" | "rs" | "cs" | "swift" | "scala" | "dart" | "lua" | "pl"
        | "ex" | "exs" | "tf" | "hcl" | "bicep" | "groovy" | "gradle" | "r" | "jl" | "nix" | "clj" | "hs" | "erl"
        | "vb" | "fs" => FileKind::Code,
        "sum" | "sha256" | "sha512" | "md5" => FileKind::Lock,
        _ => return None,
    })
}

fn by_first_line(head: &[u8]) -> FileKind {
    let Some(line) = head.strip_prefix(b"#!") else { return FileKind::Text };
    let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len()).min(200)];
    let runs = |program: &[u8]| memchr::memmem::find(line, program).is_some();
    if runs(b"python") {
        FileKind::Python
    } else if runs(b"node") || runs(b"deno") || runs(b"bun") {
        FileKind::JavaScript
    } else if runs(b"sh") {
        FileKind::Shell
    } else if runs(b"ruby") || runs(b"perl") || runs(b"php") {
        FileKind::Code
    } else {
        FileKind::Text
    }
}

/// Tells what a file is for; `dir` and `name` are in lower case.
fn role(dir: &[u8], name: &[u8], kind: FileKind) -> Role {
    let parts = || name.split(|b| matches!(b, b'.' | b'-' | b'_'));
    let template = parts().any(|part| {
        matches!(
            part,
            b"example"
                | b"examples"
                | b"sample"
                | b"samples"
                | b"template"
                | b"dist"
                | b"tmpl"
                | b"tpl"
                | b"skel"
                | b"defaults"
        )
    });
    if template {
        return Role::Template;
    }
    if kind == FileKind::Prose {
        return Role::Documentation;
    }
    let mut parents = dir.split(|b| *b == b'/');
    let mut names = name.split(|b| *b == b'.');
    let stem = names.next().unwrap_or_default();
    // `app.test.ts`, `app.spec.ts`, `app.test-d.ts`, `app.clienttest.ts`; a story shows a component in all its states.
    let is_inner =
        |part: &[u8]| matches!(part, b"test" | b"spec" | b"test-d" | b"clienttest" | b"servertest" | b"stories");
    let inner = names.clone().take(names.count().saturating_sub(1)).any(is_inner);
    // `ClientTests.cs`
    let is_class =
        stem.ends_with(b"tests") && [&b".cs"[..], b".java", b".kt", b".swift"].iter().any(|end| name.ends_with(end));
    let test_name = stem.starts_with(b"test_")
        || stem.ends_with(b"_test")
        || matches!(stem, b"conftest" | b"vitest" | b"jest" | b"playwright" | b"cypress")
        // What Rails loads where its tests run.
        || name == b"test.rb" && dir.ends_with(b"config/environments")
        || kind == FileKind::Env && parts().any(|part| matches!(part, b"test" | b"testing"));
    if test_name || inner || is_class || parents.any(is_test_folder) { Role::Test } else { Role::Live }
}

/// Whether a folder of this name holds tests or what they read.
fn is_test_folder(name: &[u8]) -> bool {
    let name = name.strip_prefix(b"__").and_then(|name| name.strip_suffix(b"__")).unwrap_or(name);
    matches!(
        name,
        b"test"
            | b"tests"
            | b"spec"
            | b"specs"
            | b"testdata"
            | b"fixtures"
            | b"e2e"
            | b"mocks"
            | b"cassettes"
            // Scenarios that test roles of Ansible.
            | b"molecule"
    ) || [&b"test_"[..], b"test-"].iter().any(|start| name.starts_with(start))
        || [&b"_test"[..], b"-test", b"_tests", b"-tests", b".test", b".tests", b"unittests"]
            .iter()
            .any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_name() {
        let kind = |path: &str| FileKind::of(path.as_bytes(), b"");
        for env in [
            ".env",
            "a/.env.local",
            "config/prod.env",
            "env.example",
            "docker/app.env",
            "openai.env",
            "env",
            ".dev.vars",
        ] {
            assert_eq!(kind(env), FileKind::Env, "{env}");
        }
        for other in [".env.vault", ".env.schema", "env.py", ".envrc", "environment.yml", "env.d.ts", "venv/pyvenv.cfg"]
        {
            assert_ne!(kind(other), FileKind::Env, "{other}");
        }
        assert_eq!(kind("partials/common.Dockerfile"), FileKind::Dockerfile);
        assert_eq!(kind("Dockerfile.prod"), FileKind::Dockerfile);
        assert_eq!(kind("Dockerfile-dev"), FileKind::Dockerfile);
        assert_eq!(kind("docker-compose.yml.j2"), FileKind::Compose);
        assert_eq!(kind("deploy/app.yaml.tpl"), FileKind::Yaml);
        assert_eq!(kind("index.html.j2"), FileKind::Text);
        assert_eq!(kind("index.html"), FileKind::Html);
        assert_eq!(kind("docs/docker.md"), FileKind::Prose);
        assert_eq!(kind(".github/workflows/ci.yml"), FileKind::Ci);
        assert_eq!(kind("docker-compose.dev.yml"), FileKind::Compose);
        assert_eq!(FileKind::of(b"run", b"#!/usr/bin/env python3\n"), FileKind::Python);
        assert_eq!(kind("go.sum"), FileKind::Lock);
    }

    #[test]
    fn roles() {
        let role = |path: &str| identify(path.as_bytes(), b"").1;
        assert_eq!(role(".env.example"), Role::Template);
        assert_eq!(role("example.env"), Role::Template);
        assert_eq!(role("apis/device.examples.json"), Role::Template);
        assert_eq!(role("README.md"), Role::Documentation);
        assert_eq!(role("tests/test_app.py"), Role::Test);
        assert_eq!(role("src/app.test.ts"), Role::Test);
        assert_eq!(role("environment_tests/exports/main.ts"), Role::Test);
        assert_eq!(role("test_data/keys.py"), Role::Test);
        assert_eq!(role("vitest.config.ts"), Role::Test);
        assert_eq!(role(".env.test"), Role::Test);
        assert_eq!(role("Client.UnitTests/Core/ClientTests.cs"), Role::Test);
        assert_eq!(role("src/Core/ClientTests.cs"), Role::Test);
        assert_eq!(role("src/gateway.test-d.ts"), Role::Test);
        assert_eq!(role("src/Login.stories.tsx"), Role::Test);
        assert_eq!(role("roles/db/molecule/default/vars.yml"), Role::Test);
        assert_eq!(role("config/environments/test.rb"), Role::Test);
        assert_eq!(role("config/environments/production.rb"), Role::Live);
        assert_eq!(role("environments/test.yaml"), Role::Live);
        assert_eq!(role("latest/app.latest.json"), Role::Live);
        assert_eq!(role("latest/app.py"), Role::Live);
        assert_eq!(role("src/app.py"), Role::Live);
    }
}
