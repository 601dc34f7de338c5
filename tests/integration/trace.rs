//! `keylint trace` as users run it.

use crate::support::{Scratch, key};

/// A repository in which one way is whole and others break at different places.
fn repository() -> Scratch {
    let scratch = Scratch::new();
    scratch.write(".env", format!("OPENAI_API_KEY={}\nGROQ_API_KEY='\"{}\"'\n", key("trace"), &key("other")[20..60]));
    scratch.write(
        "compose.yaml",
        "services:\n  api:\n    env_file: .env\n    environment:\n      HF_TOKEN: ${HF_TOKEN}\n",
    );
    scratch.write(
        "app.py",
        "import os\nfrom openai import OpenAI\nclient = OpenAI()\nkey = os.environ[\"GROQ_API_KEY\"]\n",
    );
    scratch.write("bot/.env", format!("ANTROPIC_API_KEY={}\n", &key("third")[20..60]));
    scratch.write("bot/main.py", "import anthropic\nclient = anthropic.Anthropic()\n");
    scratch.write("bot/pyproject.toml", "");
    scratch
}

fn steps(scratch: &Scratch, name: &str) -> Vec<String> {
    let report = scratch.keylint(&["trace", name, "--format", "json"]).json();
    let steps = report["traces"][0]["steps"].as_array().unwrap().iter();
    steps
        .map(|step| {
            let path = step["path"].as_str().unwrap_or_default();
            format!(
                "{} {path}:{} {}",
                step["stage"].as_str().unwrap(),
                step["line"],
                step["faults"].as_array().unwrap().len()
            )
        })
        .collect()
}

#[test]
fn a_whole_way_is_followed_to_the_host() {
    let scratch = repository();
    assert_eq!(
        steps(&scratch, "OPENAI_API_KEY"),
        ["defined .env:1 0", "loaded compose.yaml:3 0", "client app.py:3 0", "host :null 0"]
    );
    let run = scratch.keylint(&["trace", "OPENAI_API_KEY"]).ok();
    assert!(run.out.contains("└─ host     api.openai.com\n   No break was found."), "{}", run.out);
}

#[test]
fn the_break_is_marked_with_its_cause() {
    let scratch = repository();
    let run = scratch.keylint(&["trace", "GROQ_API_KEY"]).code(1);
    assert!(run.out.contains("├─ defined  .env:2:1\n│           ✗ quoted-value: [nested-quotes]"), "{}", run.out);
    assert!(run.out.contains("├─ read     app.py:4:"), "{}", run.out);
    assert!(run.out.contains("The way breaks where the key is defined"), "{}", run.out);
    // The variable the client reads is the one to ask for; the slip is part of its way.
    let run = scratch.keylint(&["trace", "ANTHROPIC_API_KEY"]).code(1);
    assert!(run.out.contains("defined  bot/.env:1:1 as ANTROPIC_API_KEY"), "{}", run.out);
    assert!(run.out.contains("wrong-name: [misspelled-env-name]"), "{}", run.out);
    assert!(run.out.contains("loaded   ✗ not-loaded"), "{}", run.out);
}

#[test]
fn without_a_name_every_credential_has_a_line() {
    let scratch = repository();
    let run = scratch.keylint(&["trace"]).code(1);
    let names: Vec<&str> = run.out.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(names.len(), 4, "{}", run.out);
    assert_eq!(names[2], "✓ HF_TOKEN (Hugging Face): passed compose.yaml", "{}", run.out);
    assert!(names[0].starts_with("✗ ANTHROPIC_API_KEY") && names[3].starts_with("✓ OPENAI_API_KEY"), "{}", run.out);
}

#[test]
fn a_name_nobody_writes_is_a_mistake() {
    let run = repository().keylint(&["trace", "NO_SUCH_KEY"]).code(2);
    assert!(run.err.contains("NO_SUCH_KEY"), "{}", run.err);
}

#[test]
fn graphs_are_well_formed_whatever_files_are_called() {
    let scratch = repository();
    scratch.write("a\"];b --> c<script>.py", "import os\nkey = os.environ[\"OPENAI_API_KEY\"]\n");
    for (format, open, close) in [("dot", "digraph keylint {", "}"), ("mermaid", "flowchart LR", "  end")] {
        let run = scratch.keylint(&["trace", "OPENAI_API_KEY", "--format", format]).ok();
        assert!(run.out.starts_with(open) && run.out.trim_end().ends_with(close), "{}", run.out);
        assert!(!run.out.contains('<') && !run.out.contains("\"];b"), "{}", run.out);
        for line in run.out.lines() {
            assert!(line.matches('"').count() % 2 == 0, "{line}");
        }
    }
}

#[test]
fn no_trace_holds_a_part_of_a_key() {
    let scratch = repository();
    let key = key("trace");
    for format in ["human", "json", "dot", "mermaid"] {
        let run = scratch.keylint(&["trace", "--format", format]);
        let leaks = key.as_bytes()[8..].windows(6).any(|part| run.out.contains(std::str::from_utf8(part).unwrap()));
        assert!(!leaks, "{}", run.out);
    }
}

#[test]
fn a_template_says_where_the_variable_is_to_be_defined() {
    let scratch = Scratch::new();
    scratch.write(".env.example", "OPENAI_API_KEY=\n");
    scratch.write("app.py", "import os\nkey = os.environ[\"OPENAI_API_KEY\"]\n");
    let run = scratch.keylint(&["trace", "OPENAI_API_KEY"]).code(0);
    assert!(run.out.contains("├─ listed   .env.example:1:1 to be filled in"), "{}", run.out);
}

#[test]
fn what_is_looked_at_is_chosen_as_for_a_check() {
    let scratch = Scratch::repository();
    scratch.write(".gitignore", "build/\n");
    scratch.write("app.py", "import os\nkey = os.environ[\"GROQ_API_KEY\"]\n");
    scratch.write("build/app.py", "import os\nkey = os.environ[\"GROQ_API_KEY\"]  # and more\n");
    let readers = |args: &[&str]| {
        let report = scratch.keylint(&[&["trace", "GROQ_API_KEY", "--format", "json"], args].concat()).json();
        report["traces"][0]["steps"].as_array().unwrap().iter().filter(|step| step["stage"] == "read").count()
    };
    assert_eq!(readers(&[]), 1);
    assert_eq!(readers(&["--no-ignore"]), 2);
    assert_eq!(readers(&["--no-ignore", "--max-file-size", "45"]), 1);
}

#[test]
fn what_a_message_says_is_no_reader() {
    let scratch = Scratch::new();
    scratch.write(".env.example", "OPENAI_API_KEY=\n");
    let message = "import pytest\n\n@pytest.mark.skipif(is_offline(), reason=\"Set OPENAI_API_KEY first\")\ndef test():\n    pass\n";
    scratch.write("tests/test_chat.py", message);
    scratch.write("run.sh", "echo 'OPENAI_API_KEY is missing' >&2\n");
    scratch
        .write("app.py", "\"\"\"Reads OPENAI_API_KEY from the environment.\"\"\"\nOPENAI_API_KEY = read_setting()\n");
    assert_eq!(steps(&scratch, "OPENAI_API_KEY"), ["listed .env.example:1 0", "read app.py:2 0", "host :null 0"]);
    let report = scratch.keylint(&["trace", "OPENAI_API_KEY", "--format", "json"]).json();
    let mentions = report["traces"][0]["mentions"].as_array().unwrap();
    let places: Vec<String> = mentions.iter().map(|at| format!("{}:{}", at["path"], at["line"])).collect();
    assert_eq!(places, ["\"run.sh\":1", "\"tests/test_chat.py\":3"]);
    let run = scratch.keylint(&["trace", "OPENAI_API_KEY"]).ok();
    assert!(run.out.contains("   Messages in 2 other files name it and do not look it up.\n"), "{}", run.out);
}

#[test]
fn a_message_alone_is_neither_a_way_nor_a_break() {
    let scratch = Scratch::new();
    scratch.write("app.py", "print('GROQ_API_KEY is missing')\nACME_API_KEY = 1\n");
    let run = scratch.keylint(&["trace", "GROQ_API_KEY"]).ok();
    assert!(run.out.contains("Nothing defines it, and nothing looks it up."), "{}", run.out);
    // A constant of one's own is no variable of the environment, unless somebody asks for it.
    let run = scratch.keylint(&["trace"]).ok();
    assert!(!run.out.contains("_API_KEY"), "{}", run.out);
    // What a file defines and a message speaks of is looked up somewhere.
    scratch.write(".env", format!("GROQ_API_KEY={}\n", &key("mentioned")[20..60]));
    let run = scratch.keylint(&["trace", "GROQ_API_KEY"]).ok();
    assert!(run.out.contains("No break was found."), "{}", run.out);
}

#[test]
fn a_message_keeps_a_misspelling_back() {
    let finds = |reader: &str| {
        let scratch = Scratch::new();
        scratch.write(".env", format!("OPENIA_API_KEY={}\n", key("mentioned")));
        scratch.write("app.py", format!("import os\nkey = os.environ['OPENAI_API_KEY']\n{reader}\n"));
        scratch.keylint(&["--select", "misspelled-env-name", "--format", "json"]).places().len()
    };
    assert_eq!(finds("print('hello')"), 1);
    assert_eq!(finds("print('set OPENIA_API_KEY first')"), 0);
}
