//! A tree of source files made of words: the same on every machine.
//!
//! Most files are small and a few large, as in real repositories. Names of credentials are so frequent that the
//! prefilter stops about as often in a MB as it does there. Keys in env files are made here.

use keylint::text::random::Generator;
use std::fs;
use std::io;
use std::path::Path;

const FILES: usize = 4_000;

/// Files in one directory. Kinds of which 1 in 100 files is one never meet there.
const TOGETHER: usize = 12;

/// One kind of file. In its texts `{w}`, `{W}` and `{U}` stand for a word (lower, capitalised, upper case), `{n}` for a
/// number and `{h}` for 32 hexadecimal digits.
struct Kind {
    /// How many of 100 files are of this kind.
    share: usize,
    /// The file's name; `*` is a word and the file's number.
    name: &'static str,
    /// A file has 8 lines, doubled at most this often.
    doublings: usize,
    head: &'static str,
    lines: &'static [&'static str],
}

const PYTHON: [&str; 12] = [
    "",
    "def {w}_{w}(self, {w}, {w}=None):",
    "    \"\"\"{W} the {w} of a {w} before its {w} is {w}.\"\"\"",
    "    if {w}.{w} is not None and len({w}) > {n}:",
    "        raise {W}Error(f\"{w} {{w}} has no {w}\")",
    "    {w} = self.{w}.{w}({w}, {w}={n})",
    "    for {w}, {w} in {w}.items():",
    "        self._{w}[{w}] = {w}_{w}({w})",
    "    # The {w} comes before the {w}: a {w} may be {w}.",
    "    return {w}",
    "class {W}{W}({W}):",
    "    {w}_{w} = os.path.join({w}, \"{w}\", \"{w}.json\")",
];

const KINDS: [Kind; 12] = [
    Kind {
        share: 30,
        name: "*.c",
        doublings: 6,
        head: "// SPDX-License-Identifier: MIT\n#include <linux/{w}.h>\n#include \"{w}.h\"\n",
        lines: &[
            "",
            "static int {w}_{w}(struct {w}_{w} *{w}, size_t {w})",
            "{",
            "\tstruct {w} *{w} = to_{w}({w}->{w});",
            "\tif ({w}_{w}({w}, {n}) < 0 || !{w}->{w})",
            "\t\treturn -EINVAL;",
            "\tfor (i = 0; i < {n}; i++)",
            "\t\t{w}->{w}[i] = {w}_{w}({w}, i << {n}, {U}_{U});",
            "\t/* {W} the {w} before the {w}, see {w}_{w}(). */",
            "#define {U}_{U}_{U}\t0x{n}",
            "}",
        ],
    },
    Kind {
        share: 13,
        name: "*.go",
        doublings: 6,
        head: "package {w}\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\t\"os\"\n)\n\nvar {w} = os.Getenv(\"{U}_{U}\")\n",
        lines: &[
            "",
            "// {W}{W} returns the {w} of the {w}.",
            "func ({w} *{W}) {W}{W}(ctx context.Context, {w} string) ({W}, error) {",
            "\t{w}, err := {w}.{W}{W}(ctx, &{W}{W}: {n})",
            "\tif err != nil {",
            "\t\treturn nil, fmt.Errorf(\"{w} %q: %w\", {w}, err)",
            "\t}",
            "\t{w}.{W} = append({w}.{W}, {w})",
            "}",
        ],
    },
    Kind {
        share: 10,
        name: "*.java",
        doublings: 6,
        head: "package org.example.{w};\n\nimport java.util.List;\n",
        lines: &[
            "",
            "    /** {W} the {w}; {@code null} if there is no {w}. */",
            "    public {W}{W} get{W}{W}(final String {w}, int {w}) {",
            "        if ({w} == null || {w}.{w}() > {n}) {",
            "            throw new Illegal{W}Exception(\"{w} {w}\");",
            "        }",
            "        return this.{w}.stream().map({W}::{w}).collect({W}{W}.to{W}());",
            "    }",
        ],
    },
    Kind {
        share: 19,
        name: "*.py",
        doublings: 6,
        head: "import logging\nimport os\n\nfrom .{w} import {W}\n",
        lines: &PYTHON,
    },
    Kind {
        share: 1,
        name: "*_client.py",
        doublings: 4,
        head: "import os\n\nfrom openai import OpenAI\n\nclient = OpenAI(api_key=os.environ[\"OPENAI_API_KEY\"])\n",
        lines: &PYTHON,
    },
    Kind {
        share: 10,
        name: "*.ts",
        doublings: 6,
        head: "import { {W} } from './{w}';\nimport type { {W}{W} } from '../{w}';\n\nconst {w} = process.env.{U}_{U};\n",
        lines: &[
            "",
            "export async function {w}{W}({w}: {W}, {w}: string): Promise<{W}[]> {",
            "  const { {w}, {w} } = await this.{w}.{w}({ {w}: {n}, {w}: '{w}-{w}' });",
            "  if (!{w} || {w}.length > {n}) {",
            "    throw new Error(`no {w} for ${{w}}`);",
            "  }",
            "  return {w}.map(({w}) => ({ ...{w}, {w}: {w}.{w} ?? null }));",
            "}",
        ],
    },
    Kind {
        share: 1,
        name: "*_config.yaml",
        doublings: 3,
        head: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {w}-{w}\ndata:\n",
        lines: &["  {U}_{U}: \"{n}\"", "  {w}.{w}: {w}"],
    },
    Kind {
        share: 5,
        name: "*.yaml",
        doublings: 3,
        head: "name: {w}\n{w}:\n",
        lines: &[
            "  {w}-{w}: {n}",
            "  - name: {w}_{w}",
            "    value: \"{w}/{w}:{n}\"",
            "    image: registry.example.org/{w}/{w}@sha256:{h}{h}",
            "  # {w} of the {w}",
        ],
    },
    Kind {
        share: 5,
        name: "*.json",
        doublings: 5,
        head: "{\n",
        lines: &[
            "  \"{w}\": {n},",
            "  \"{w}-{w}\": \"^{n}.{n}.0\",",
            "  \"{w}\": \"{w} {w} {w}\",",
            "  \"{w}Id\": \"{h}\",",
        ],
    },
    Kind {
        share: 4,
        name: "*.md",
        doublings: 4,
        head: "# {W} {w}\n",
        lines: &[
            "",
            "The {w} of a {w} is {w} before the {w}; see [{w}]({w}.md).",
            "## {W}",
            "- `{w} --{w} {n}`: {w} the {w}",
        ],
    },
    Kind {
        share: 1,
        name: "Dockerfile",
        doublings: 2,
        head: "FROM debian:12-slim\nWORKDIR /srv\n",
        lines: &["COPY {w}/{w} /srv/{w}", "ENV {U}_{U}={n}", "RUN {w} --{w}={n} && {w} {w} /srv/{w}", "# {w} {w}"],
    },
    Kind {
        share: 1,
        name: ".env",
        doublings: 1,
        head: "NODE_ENV=production\n",
        lines: &["{U}_{U}={w}", "{U}_PORT={n}", "{U}_URL=https://{w}.example.org/{w}", "{U}_KEY={h}", "# {w} {w}"],
    },
];

const WORDS: [&str; 64] = [
    "account", "address", "after", "array", "buffer", "cache", "change", "channel", "client", "config", "context",
    "count", "create", "data", "default", "device", "entry", "error", "event", "field", "file", "filter", "flags",
    "frame", "group", "handler", "header", "index", "input", "item", "label", "length", "level", "line", "list",
    "load", "lock", "message", "model", "name", "node", "offset", "option", "output", "parent", "parse", "path",
    "query", "queue", "range", "read", "request", "result", "service", "size", "source", "state", "status", "table",
    "update", "user", "value", "window", "write",
];

/// Writes the tree below `root`.
pub(crate) fn write(root: &Path) -> io::Result<()> {
    let mut random = Generator::new("stages of a scan");
    for number in 0..FILES {
        let kind = kind_of(number);
        let place = number / TOGETHER;
        let dir = root.join(format!("{}{}", WORDS[place / 16 % WORDS.len()], place / 16)).join(WORDS[place % 16]);
        fs::create_dir_all(&dir)?;
        let name = kind.name.replace('*', &format!("{}{number}", word(&mut random)));
        fs::write(dir.join(name), text(kind, &mut random))?;
    }
    Ok(())
}

/// Deals the kinds so that neighbours differ: 37 and 100 have no common divisor.
fn kind_of(number: usize) -> &'static Kind {
    let mut left = number * 37 % 100;
    for kind in &KINDS {
        if left < kind.share {
            return kind;
        }
        left -= kind.share;
    }
    unreachable!("the shares add up to 100")
}

fn text(kind: &Kind, random: &mut Generator) -> String {
    let mut out = String::new();
    fill(kind.head, random, &mut out);
    let lines = 8usize << random.below(kind.doublings + 1);
    for _ in 0..lines {
        fill(kind.lines[random.below(kind.lines.len())], random, &mut out);
        out.push('\n');
    }
    out
}

/// Appends `template` with its marks replaced; a brace that is no mark stays.
fn fill(template: &str, random: &mut Generator, out: &mut String) {
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let made = match rest.get(..3) {
            Some("{w}") => word(random).to_owned(),
            Some("{W}") => capitalised(word(random)),
            Some("{U}") => word(random).to_ascii_uppercase(),
            Some("{n}") => random.below(256).to_string(),
            Some("{h}") => random.string("hex", 32).expect("a set of that name"),
            _ => {
                out.push('{');
                rest = &rest[1..];
                continue;
            }
        };
        out.push_str(&made);
        rest = &rest[3..];
    }
    out.push_str(rest);
}

/// A word; one in 128 is one that names of credentials end in.
fn word(random: &mut Generator) -> &'static str {
    match random.below(256) {
        0 => "key",
        1 => "token",
        number => WORDS[number % WORDS.len()],
    }
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_ascii_uppercase() + rest
}
