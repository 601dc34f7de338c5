//! What a file is the configuration of, told by its name, its folder and, where many tools share a name, by its words.

use crate::rules::matcher::ManifestFormat;
use crate::source::{FileKind, rendered};
use crate::span::line_around;
use crate::syntax::manifest::Syntax;

/// How far into a file the word that tells its format is looked for, in bytes: large ones are data.
const HEAD: usize = 64 << 10;

/// What a file is the configuration of.
pub(super) fn format_of(kind: FileKind, path: &[u8], text: &[u8]) -> Option<ManifestFormat> {
    if kind.has_expressions() && kind != FileKind::Code || matches!(kind, FileKind::Prose | FileKind::Html) {
        return None;
    }
    let lower = path.to_ascii_lowercase();
    let path = std::str::from_utf8(&lower).unwrap_or_default();
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    let file = |name| {
        let (stem, extension) = str::rsplit_once(name, '.').unwrap_or((name, ""));
        File { dir, name, stem, extension, text }
    };
    let template = rendered(name).map(|_| file(name));
    let file = file(rendered(name).unwrap_or(name));
    match kind {
        FileKind::Compose => Some(ManifestFormat::Compose),
        FileKind::Ci => Some(ManifestFormat::Ci),
        FileKind::Yaml => file.yaml().or_else(|| template?.text()),
        FileKind::Shell if name == "procfile" => Some(ManifestFormat::Platform),
        FileKind::Shell => Some(ManifestFormat::Command),
        FileKind::Json => file.json(),
        FileKind::Config => file.config().then_some(ManifestFormat::Platform),
        FileKind::Code => matches!(file.extension, "tf" | "hcl" | "bicep").then_some(ManifestFormat::Platform),
        FileKind::Text => template.unwrap_or(file).text(),
        _ => None,
    }
}

/// How the keys of such a file are given their values.
pub(super) fn syntax_of(kind: FileKind, path: &[u8]) -> Syntax {
    let is_yaml = [&b".tpl"[..], b".config"].iter().any(|end| path.ends_with(end));
    match kind {
        FileKind::Code | FileKind::Text | FileKind::Config if !is_yaml => Syntax::Equals,
        _ => Syntax::Colon,
    }
}

/// Whether a value without quotes is an expression there.
pub(super) fn is_code(kind: FileKind, path: &[u8]) -> bool {
    let is_unit = [&b".container"[..], b".config", b".tpl"].iter().any(|end| path.ends_with(end));
    kind == FileKind::Code || kind == FileKind::Text && !is_unit
}

/// A file: the parts of its path in lower case, and its text.
struct File<'a> {
    dir: &'a str,
    name: &'a str,
    stem: &'a str,
    extension: &'a str,
    text: &'a [u8],
}

impl File<'_> {
    fn yaml(&self) -> Option<ManifestFormat> {
        if self.is_pipeline() {
            return Some(ManifestFormat::Ci);
        }
        if self.stem == "taskfile" {
            return Some(ManifestFormat::Command);
        }
        if self.is_kubernetes() {
            return Some(ManifestFormat::Kubernetes);
        }
        if self.is_compose() {
            return Some(ManifestFormat::Compose);
        }
        self.is_platform().then_some(ManifestFormat::Platform)
    }

    /// Whether a file of any name maps services to images. Elsewhere services are listed.
    fn is_compose(&self) -> bool {
        let mut lines = self.text[..self.text.len().min(HEAD)].split(|b| *b == b'\n');
        let is_text = |line: &&[u8]| !line.trim_ascii().is_empty() && !line.trim_ascii().starts_with(b"#");
        lines.any(|line| line.trim_ascii_end() == b"services:")
            && lines.find(is_text).is_some_and(|line| line.starts_with(b" ") && !line.trim_ascii().starts_with(b"-"))
            && (self.has(b" image:") || self.has(b" build:"))
    }

    fn is_pipeline(&self) -> bool {
        let names = [
            "action",
            "appveyor",
            ".appveyor",
            "bitbucket-pipelines",
            "buildspec",
            "cloudbuild",
            ".cirrus",
            "codefresh",
            "codemagic",
            "dependabot",
            ".drone",
            ".pre-commit-config",
            ".travis",
            ".woodpecker",
            "azure-pipeline",
        ];
        let is_named = names.contains(&self.stem)
            || ["buildspec", "cloudbuild"].iter().any(|start| self.stem.starts_with(start))
            || self.stem.ends_with(".gitlab-ci");
        let folders = [
            ".gitea/workflows",
            ".forgejo/workflows",
            ".woodpecker",
            ".semaphore",
            ".gitlab/ci",
            ".azure-pipelines",
            ".azuredevops",
        ];
        let is_placed = folders.iter().any(|dir| self.is_in(dir));
        // Azure and Concourse leave the name to their users, as GitLab does for parts.
        let is_worded = || {
            let has_job =
                || [&b"- task: "[..], b"- script: ", b"- stage: ", b"- job: "].iter().any(|word| self.has(word));
            self.starts_line(b"steps:") && (self.starts_line(b"trigger:") || self.starts_line(b"pool:"))
                || [&b"stages:"[..], b"jobs:", b"steps:"].iter().any(|key| self.starts_line(key)) && has_job()
                || self.starts_line(b"jobs:") && self.has(b" plan:") && self.has(b" task:")
                || self.has(b"\n  stage: ") && (self.has(b"\n  script:\n") || self.has(b"\n  script:\r\n"))
        };
        is_named || is_placed || is_worded()
    }

    fn is_kubernetes(&self) -> bool {
        // Exported objects have their kind behind their data.
        self.starts_line(b"apiVersion:") && line_value(self.text, b"kind:").is_some()
            // What kustomize applies to objects.
            || self.starts_line(b"- op:") && self.has(b"path: /") && self.has(b" value:")
    }

    fn is_platform(&self) -> bool {
        let names = [
            "serverless",
            "render",
            "skaffold",
            "values",
            "docker-cloud",
            "kustomization",
            "heroku",
            "amplify",
            "apprunner",
            "cog",
            "bentofile",
        ];
        let parts = || self.stem.split(['-', '.', '_']);
        names.contains(&self.stem)
            // `values-prod.yaml`, `prod.values.yaml`
            || parts().next() == Some("values")
            || parts().next_back() == Some("values")
            || ["pulumi.", "helmfile", "serverless."].iter().any(|start| self.stem.starts_with(start))
            || self.stem == "app" && (self.is_in(".do") || self.starts_line(b"runtime:"))
            || self.stem == "manifest" && (self.starts_line(b"applications:") || self.starts_line(b"variables:"))
            || self.starts_line(b"envs:") && self.starts_line(b"run:")
            || self.is_ansible()
            || self.text.starts_with(b"#cloud-config")
            || [&b"AWSTemplateFormatVersion"[..], b"Type: AWS::", b"Transform: AWS::"].iter().any(|word| self.has(word))
    }

    fn is_ansible(&self) -> bool {
        let is_placed = ["group_vars", "host_vars"].iter().any(|dir| self.is_in(dir));
        let is_role = self.dir.contains("roles/") && ["vars", "defaults", "tasks"].iter().any(|dir| self.is_in(dir));
        let is_inventory = matches!(self.stem, "hosts" | "inventory") && self.starts_line(b"all:");
        is_placed || is_role || is_inventory || self.starts_line(b"- hosts:")
    }

    fn json(&self) -> Option<ManifestFormat> {
        if self.stem.split(['.', '-']).next() == Some("compose") || self.stem.contains("docker-compose") {
            return Some(ManifestFormat::Compose);
        }
        if self.name == "package.json" {
            return Some(ManifestFormat::Command);
        }
        if self.stem == "cloudbuild" {
            return Some(ManifestFormat::Ci);
        }
        let is_object = self.has(b"\"apiVersion\"") && self.has(b"\"kind\"");
        let is_part = |path: &&[u8]| self.has(path);
        let is_patch = || self.has(b"\"op\"") && [&b"\"/spec/"[..], b"\"/data/", b"\"/metadata/"].iter().any(is_part);
        if is_object || is_patch() {
            return Some(ManifestFormat::Kubernetes);
        }
        let names =
            ["devcontainer", ".devcontainer", "vercel", "wrangler", "now", "railway", "docker-bake", "local.settings"];
        let is_platform = names.contains(&self.stem)
            || self.stem == "app" && self.has(b"\"env\"")
            || self.stem == "cdk" && self.has(b"\"context\"")
            || self.stem.ends_with(".tf")
            || self.stem.ends_with(".tfvars")
            || [&b"\"containerDefinitions\""[..], b"AWSTemplateFormatVersion", b"schemas/2019-04-01/deployment"]
                .iter()
                .any(|word| self.has(word))
            || self.stem.starts_with("azuredeploy") && self.has(b"\"parameters\"");
        is_platform.then_some(ManifestFormat::Platform)
    }

    fn config(&self) -> bool {
        let tools = ["fly", "netlify", "wrangler", "railway", "samconfig"];
        (self.extension == "toml" && self.stem.split('.').next().is_some_and(|tool| tools.contains(&tool)))
            || matches!(self.extension, "service" | "tfvars")
            || self.name.starts_with("supervisor")
            || self.dir.contains("supervisor")
            || self.dir.ends_with(".service.d")
            || self.extension == "conf" && self.starts_line(b"[program:")
            || self.extension == "ini" && self.has(b"ansible_")
    }

    fn text(&self) -> Option<ManifestFormat> {
        if self.stem == "jenkinsfile" || self.extension == "jenkinsfile" || self.name.starts_with("jenkinsfile.") {
            return Some(ManifestFormat::Ci);
        }
        if self.extension == "tpl" && self.is_in("templates") {
            return Some(ManifestFormat::Kubernetes);
        }
        let is_platform = matches!(self.extension, "tfvars" | "nomad" | "container" | "tfrc")
            || self.name == ".terraformrc"
            || self.extension == "config" && self.is_in(".ebextensions");
        is_platform.then_some(ManifestFormat::Platform)
    }

    /// Whether the file stands in a folder of this path, or in one below it.
    fn is_in(&self, folder: &str) -> bool {
        self.dir.match_indices(folder).any(|(at, _)| {
            let ends = [self.dir[..at].chars().next_back(), self.dir[at + folder.len()..].chars().next()];
            ends.iter().all(|end| end.is_none_or(|end| end == '/'))
        })
    }

    fn has(&self, word: &[u8]) -> bool {
        has_word(self.text, word)
    }

    fn starts_line(&self, word: &[u8]) -> bool {
        line_value(&self.text[..self.text.len().min(HEAD)], word).is_some()
    }
}

/// Whether the first part of a text holds a word.
pub(super) fn has_word(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(&text[..text.len().min(HEAD)], word).is_some()
}

/// The rest of the first line that starts with `key`.
pub(super) fn line_value<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let at = memchr::memmem::find_iter(text, key).find(|at| *at == 0 || matches!(text[at - 1], b'\n' | b'\xbf'))?;
    let line = line_around(text, at);
    Some(text[(at + key.len()).min(line.end)..line.end].trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_name_and_text() {
        let format = |path: &str, text: &str| {
            format_of(FileKind::of(path.as_bytes(), text.as_bytes()), path.as_bytes(), text.as_bytes())
        };
        for (path, text, expected) in [
            ("k8s/a.yaml", "apiVersion: v1\nkind: Pod\n", Some(ManifestFormat::Kubernetes)),
            ("k8s/a.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}", Some(ManifestFormat::Kubernetes)),
            ("k8s/patch.yaml", "- op: add\n  path: /spec\n  value: x\n", Some(ManifestFormat::Kubernetes)),
            ("chart/templates/_helpers.tpl", "", Some(ManifestFormat::Kubernetes)),
            ("compose.yml", "", Some(ManifestFormat::Compose)),
            ("stack.yml", "services:\n  a:\n    image: b\n", Some(ManifestFormat::Compose)),
            (".travis.yml", "", Some(ManifestFormat::Ci)),
            ("Jenkinsfile", "", Some(ManifestFormat::Ci)),
            ("ci/build.yml", "trigger: [main]\nsteps:\n- script: x\n", Some(ManifestFormat::Ci)),
            (".gitea/workflows/a.yml", "", Some(ManifestFormat::Ci)),
            ("infra/main.tf", "", Some(ManifestFormat::Platform)),
            ("deploy/prod-values.yaml", "", Some(ManifestFormat::Platform)),
            ("site.yml", "- hosts: all\n", Some(ManifestFormat::Platform)),
            ("a/group_vars/all.yml", "", Some(ManifestFormat::Platform)),
            ("Procfile", "", Some(ManifestFormat::Platform)),
            ("etc/a.service.d/override.conf", "", Some(ManifestFormat::Platform)),
            ("compose.prod.json", "{}", Some(ManifestFormat::Compose)),
            ("composer.json", "{}", None),
            ("package.json", "{}", Some(ManifestFormat::Command)),
            ("conf/a.yaml", "kind: of\n", None),
            ("conf/values/a.yaml", "", None),
            ("tsconfig.json", "{}", None),
            ("pyproject.toml", "", None),
        ] {
            assert_eq!(format(path, text), expected, "{path}");
        }
    }
}
