//! What to write instead of a credential, in the words of the tool that reads the file.

use super::super::context::Context;
use super::format::has_word;

/// Each: what the path or the text holds, and what to write there. The first that fits speaks.
const FILES: &[(&str, &str)] = &[
    (".github/", "`${{ secrets.NAME }}`"),
    (".gitea/", "`${{ secrets.NAME }}`"),
    (".forgejo/", "`${{ secrets.NAME }}`"),
    ("gitlab-ci", "a masked variable of the project's settings"),
    (".circleci/", "a context, which sets the variable by itself"),
    ("azure-pipeline", "a secret variable or a variable group, mapped with `env: {NAME: $(NAME)}`"),
    ("jenkinsfile", "`credentials('id')` or `withCredentials`"),
    (".travis", "`secure:` (`travis encrypt`)"),
    ("appveyor", "`secure:`"),
    (".drone", "`from_secret: name`"),
    (".woodpecker", "`from_secret: name`"),
    ("buildspec", "`secrets-manager:` under `env:`"),
    ("cloudbuild", "`availableSecrets:` and `secretEnv:`"),
    ("bitbucket-pipelines", "a secured variable of the repository's settings"),
    (".buildkite/", "a secret of the agent's environment hook"),
    (".pre-commit-config", "a variable that the hook reads from the environment"),
    (".tf", "a variable without default and with `sensitive = true`, or a data source"),
    (".tfvars", "`TF_VAR_NAME` in the environment, or a data source"),
    (".hcl", "a variable without default and with `sensitive = true`"),
    (".bicep", "a parameter with `@secure()` and no default"),
    (".nomad", "a `template` block that reads the secret"),
    ("serverless", "`${ssm:/path/to/name}` or `${env:NAME}`"),
    ("fly.", "`fly secrets set NAME=…`"),
    ("wrangler", "`wrangler secret put NAME`"),
    ("vercel.json", "`vercel env add NAME`"),
    ("netlify", "`netlify env:set NAME`"),
    ("render.y", "`sync: false` in place of the value"),
    ("devcontainer", "`${localEnv:NAME}`"),
    (".service", "`LoadCredential=name:/path` or `EnvironmentFile=/path`"),
    (".container", "`Secret=name,type=env,target=NAME`"),
    ("supervisor", "`%(ENV_NAME)s`"),
    ("kustomization", "`secretGenerator` with `envs:` and a file that git ignores"),
    ("values", "the name of an existing Secret (`existingSecret`)"),
    ("helmfile", "`ref+vault://…` or an encrypted `secrets:` file"),
    ("pulumi", "`pulumi config set --secret NAME`"),
    ("heroku", "`heroku config:set NAME=…`"),
    ("procfile", "a variable of the platform's settings"),
    ("group_vars", "`!vault` (`ansible-vault encrypt_string`)"),
    ("host_vars", "`!vault` (`ansible-vault encrypt_string`)"),
    ("roles/", "`!vault` (`ansible-vault encrypt_string`)"),
    (".do/", "`type: SECRET` with an encrypted value (`EV[…]`)"),
];

/// The same for files whose text tells what they are.
const TEXTS: &[(&[u8], &str)] = &[
    (b"\"containerDefinitions\"", "`\"secrets\": [{\"name\": \"NAME\", \"valueFrom\": \"arn:…\"}]`"),
    (b"AWSTemplateFormatVersion", "`{{resolve:secretsmanager:name}}`, or a parameter with `NoEcho` and no default"),
    (b"AWS::", "`{{resolve:secretsmanager:name}}`, or a parameter with `NoEcho` and no default"),
    (b"hosts:", "`!vault` (`ansible-vault encrypt_string`)"),
];

/// What to write in the file at hand; `NAME` stands for the variable.
pub(super) fn in_file(cx: &Context<'_>) -> &'static str {
    let path = String::from_utf8_lossy(cx.file.path.as_bytes()).to_ascii_lowercase();
    let by_path = FILES.iter().find(|(part, _)| path.contains(part)).map(|(_, instead)| *instead);
    let by_text = || TEXTS.iter().find(|(word, _)| has_word(cx.text(), word)).map(|(_, instead)| *instead);
    by_path.or_else(by_text).unwrap_or("a reference to the platform's secret store")
}

/// What to write in a command of a tool, each with a word of it.
const COMMANDS: &[(&[u8], &str)] = &[
    (b"login", "standard input: `… | docker login --password-stdin`"),
    (b"--build-arg", "a build secret: `--secret id=name,env=NAME`"),
    (b"kubectl", "`--from-env-file=FILE`, with a file that git ignores"),
    (b"oc ", "`--from-env-file=FILE`, with a file that git ignores"),
    (b"helm", "`--set existingSecret=NAME` with a Secret of the cluster"),
    (b"gcloud", "`--set-secrets NAME=secret:latest`"),
    (b"az containerapp", "`--secrets` and `NAME=secretref:name`"),
    (b"terraform", "`TF_VAR_name` in the environment"),
    (b"fly", "`fly secrets import < FILE`"),
    (b"docker", "`-e NAME` without a value, or `--env-file FILE`"),
    (b"podman", "`-e NAME` without a value, or `--env-file FILE`"),
    (b"curl", "a file that git ignores: `--netrc-file FILE`"),
];

/// How far before a credential the words of its command are looked for, in bytes.
const REACH: usize = 256;

/// What to write in the command that holds byte `at`; `NAME` stands for the variable.
pub(super) fn in_command(text: &[u8], at: usize) -> &'static str {
    let near = &text[at.saturating_sub(REACH)..at];
    // The last command's words, also from lines it goes on from.
    let last = COMMANDS.iter().filter_map(|(word, instead)| Some((memchr::memmem::rfind(near, word)?, *instead)));
    let lines = |from: usize| near[from..].split(|b| *b == b'\n').rev().skip(1).all(|line| line.ends_with(b"\\"));
    last.filter(|(from, _)| lines(*from)).map(|(_, instead)| instead).next().unwrap_or("a variable: `\"$NAME\"`")
}

/// The replacement with the variable's own name.
pub(super) fn with_name(instead: &str, name: &str) -> String {
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_name { instead.replace("NAME", name) } else { instead.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_its_own_replacement() {
        let instead = |text: &str| with_name(in_command(text.as_bytes(), text.len()), "A");
        assert_eq!(instead("docker run -e A="), "`-e A` without a value, or `--env-file FILE`");
        assert_eq!(instead("docker run \\\n  -e A="), "`-e A` without a value, or `--env-file FILE`");
        assert_eq!(instead("docker login -p "), "standard input: `… | docker login --password-stdin`");
        assert_eq!(instead("docker run a\nheroku config:set A="), "a variable: `\"$A\"`");
        assert_eq!(with_name("`-e NAME`", ""), "`-e NAME`");
    }
}
