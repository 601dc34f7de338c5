//! `--staged`: the index, never the disk.

use crate::support::{Scratch, key};

const CHECK: [&str; 4] = ["check", "--staged", "--format", "json"];

#[test]
fn the_index_is_judged_not_the_disk() {
    let repo = Scratch::repository();
    let leak = format!("k = \"{}\"\n", key("staged"));
    repo.write("a.py", &leak);
    // Before the first commit there is nothing to compare to.
    repo.git(&["add", "a.py"]).ok();
    repo.write("a.py", "k = read()\n");
    assert_eq!(repo.keylint(&CHECK).code(1).places(), ["a.py:1:6 openai-project-key"]);
    repo.git(&["add", "a.py"]).ok();
    repo.write("a.py", &leak);
    repo.keylint(&CHECK).ok();
    repo.git(&["commit", "-qm", "x"]).ok();
    let nothing = repo.keylint(&CHECK).ok();
    assert!(nothing.err.contains("nothing is staged"), "{}", nothing.err);
}

#[test]
fn lines_that_were_there_before_do_not_count() {
    let repo = Scratch::repository();
    let old = format!("k = \"{}\"\n", key("before"));
    repo.write("a.py", &old);
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "x"]).ok();
    repo.write("a.py", format!("import os\n{old}"));
    repo.git(&["add", "."]).ok();
    let run = repo.keylint(&CHECK).ok();
    assert_eq!(run.json()["suppressed"]["unchanged"], 1);
    let human = repo.keylint(&["check", "--staged"]).ok();
    assert!(human.out.contains("1 finding on lines that did not change"), "{}", human.out);
    let whole = repo.keylint(&[&CHECK[..], &["--whole-file"]].concat()).code(1);
    assert_eq!(whole.places(), ["a.py:2:6 openai-project-key"]);
    repo.write("a.py", format!("import os\nk = \"{}\"\n", key("after")));
    repo.git(&["add", "."]).ok();
    repo.keylint(&CHECK).code(1);
    repo.keylint(&["check", "--whole-file"]).code(2);
}

#[test]
fn an_index_of_its_own_is_honoured() {
    let repo = Scratch::repository();
    repo.write("a.py", "clean\n");
    repo.git(&["add", "a.py"]).ok();
    repo.git(&["commit", "-qm", "x"]).ok();
    repo.write("a.py", format!("k = \"{}\"\n", key("other index")));
    std::fs::copy(repo.path(".git/index"), repo.path(".git/other")).unwrap();
    let output = repo.program("git").env("GIT_INDEX_FILE", ".git/other").args(["add", "a.py"]).output().unwrap();
    assert!(output.status.success());
    repo.keylint(&CHECK).ok();
    repo.program(env!("CARGO_BIN_EXE_keylint")).env("GIT_INDEX_FILE", ".git/other").args(CHECK).assert().code(1);
}

#[test]
fn paths_are_seen_from_a_subdirectory() {
    let repo = Scratch::repository();
    repo.write("a.py", format!("k = \"{}\"\n", key("a")));
    repo.write("sub/b.py", format!("k = \"{}\"\n", key("b")));
    repo.git(&["add", "."]).ok();
    let run = |args: &[&str]| {
        let mut command = repo.program(env!("CARGO_BIN_EXE_keylint"));
        let output = command.current_dir(repo.path("sub")).args(CHECK).args(args).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let all = run(&[]);
    assert!(all.contains(r#""path":"../a.py""#) && all.contains(r#""path":"b.py""#), "{all}");
    let some = run(&["."]);
    assert!(!some.contains("a.py") && some.contains(r#""path":"b.py""#), "{some}");
}

#[cfg(unix)]
#[test]
fn links_submodules_and_intended_files_are_no_texts() {
    let repo = Scratch::repository();
    std::os::unix::fs::symlink(key("link"), repo.path("link")).unwrap();
    repo.git(&["add", "link"]).ok();
    let commit = "1".repeat(40);
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},sub")]).ok();
    repo.write("later.py", format!("k = \"{}\"\n", key("later")));
    repo.git(&["add", "-N", "later.py"]).ok();
    let run = repo.keylint(&CHECK).ok();
    assert_eq!(
        run.json()["skipped"],
        serde_json::json!([{"path": "link", "reason": "symlink"}, {"path": "sub", "reason": "submodule"}])
    );
}

#[test]
fn a_conflict_is_incomplete_and_a_missing_object_too() {
    let repo = Scratch::repository();
    repo.write("a.py", "1\n");
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "1"]).ok();
    repo.git(&["checkout", "-qb", "other"]).ok();
    repo.write("a.py", "2\n");
    repo.git(&["commit", "-qam", "2"]).ok();
    repo.git(&["checkout", "-q", "main"]).ok();
    repo.write("a.py", "3\n");
    repo.git(&["commit", "-qam", "3"]).ok();
    repo.git(&["merge", "-q", "other"]).code(1);
    let run = repo.keylint(&CHECK).code(3);
    assert!(run.out.contains("conflict"), "{}", run.out);
    repo.git(&["reset", "-q", "--hard"]).ok();
    let missing = "2".repeat(40);
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{missing},b.py")]).ok();
    let run = repo.keylint(&CHECK).code(3);
    assert!(run.out.contains("missing"), "{}", run.out);
    // A name that other files decide about makes the rest of the index be read: the object is missing once.
    repo.write(".env", "OPENIA_API_KEY=\n");
    repo.git(&["add", ".env"]).ok();
    let run = repo.keylint(&CHECK);
    assert_eq!(run.json()["errors"].as_array().unwrap().len(), 1, "{}", run.out);
}

#[test]
fn nothing_the_repository_configures_is_run() {
    let repo = Scratch::repository();
    repo.write("a.py", format!("k = \"{}\"\n", key("hostile")));
    repo.write(".gitattributes", "*.py diff=evil filter=evil\n");
    repo.git(&["add", "."]).ok();
    let touch = format!("touch {}", repo.path("pwned").display());
    for name in ["core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command", "filter.evil.smudge"] {
        repo.git(&["config", name, &touch]).ok();
    }
    repo.git(&["config", "core.pager", &touch]).ok();
    repo.git(&["config", "diff.orderFile", "nowhere"]).ok();
    repo.git(&["config", "diff.relative", "true"]).ok();
    repo.keylint(&CHECK).code(1);
    assert!(!repo.path("pwned").exists());
}

#[test]
fn a_lock_does_not_matter() {
    let repo = Scratch::repository();
    repo.write("a.py", format!("k = \"{}\"\n", key("lock")));
    repo.git(&["add", "."]).ok();
    repo.write(".git/index.lock", "");
    repo.keylint(&CHECK).code(1);
}

#[test]
fn outside_a_repository_git_says_so() {
    let scratch = Scratch::new();
    let run = scratch.keylint(&CHECK).code(2);
    assert!(run.err.contains("not a git repository"), "{}", run.err);
}

/// What a full check and one of the index say of the last of `files`, which alone is staged: rule and severity.
fn both(files: &[(&str, &str)]) -> [Vec<String>; 2] {
    let repo = Scratch::repository();
    let (last, before) = files.split_last().unwrap();
    for (path, text) in before {
        repo.write(path, text);
    }
    repo.write("README", "x\n");
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "before"]).ok();
    repo.write(last.0, last.1);
    repo.git(&["add", "-f", last.0]).ok();
    let of = |report: &serde_json::Value| {
        let findings = report["findings"].as_array().unwrap().iter().filter(|f| f["path"] == last.0);
        findings.map(|f| format!("{} {}", f["severity"].as_str().unwrap(), f["rule"].as_str().unwrap())).collect()
    };
    let staged = repo.keylint(&CHECK);
    let all: Vec<String> = of(&staged.json());
    assert_eq!(all.len(), staged.places().len(), "only what is staged is reported: {}", staged.out);
    [of(&repo.keylint(&["--format", "json"]).json()), all]
}

const CLIENT: (&str, &str) = ("app.py", "from openai import OpenAI\nclient = OpenAI()\n");
const READER: (&str, &str) =
    ("app.py", "import os\nfrom openai import OpenAI\nc = OpenAI(api_key=os.environ['OPENAI_KEY'])\n");

#[test]
fn files_that_are_not_staged_have_their_say() {
    let template = ("deploy/.env.example", "OPENAI_KEY=\n");
    let quoted = format!("OPENAI_API_KEY=\"{}\"\n", key("quoted"));
    let docker = ("Makefile", "run:\n\tdocker run --env-file .env app\n");
    let old = ("llama_index/a.py", "from llama_index import Document\n");
    for (files, expected, holds) in [
        // A client that reads another name, and one that reads this one.
        (vec![CLIENT, (".env", "OPENAI_KEY=x1\n")], "error unread-alias-name", true),
        (vec![CLIENT, ("other.py", READER.1), (".env", "OPENAI_KEY=x1\n")], "error unread-alias-name", false),
        (vec![(".env.example", "OPENAI_API_KEY=\n"), READER], "error undefined-alias-name", true),
        (vec![(".env.example", "OPENAI_API_KEY=\n"), template, READER], "error undefined-alias-name", false),
        (vec![(".env", &quoted)], "warning quoted-env-value", true),
        (vec![docker, (".env", &quoted)], "error quoted-env-value", true),
        (vec![old], "warning llamaindex-legacy-import", true),
        (
            vec![("pyproject.toml", "[project]\nname = \"llama-index\"\n"), old],
            "warning llamaindex-legacy-import",
            false,
        ),
    ] {
        let [full, staged] = both(&files);
        assert_eq!(full, staged, "{files:?}");
        assert_eq!(staged.iter().any(|own| own == expected), holds, "{files:?}: {staged:?}");
    }
}

#[test]
fn only_the_index_has_a_say() {
    let repo = Scratch::repository();
    repo.write(".env.example", "OPENAI_API_KEY=\n");
    repo.write("deploy/.env.example", "OPENAI_KEY=\n");
    repo.write("leak.py", format!("k = \"{}\"\n", key("old")));
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "x"]).ok();
    repo.write(READER.0, READER.1);
    repo.git(&["add", "app.py"]).ok();
    // The disk does not matter, and nothing is reported about the others.
    std::fs::remove_file(repo.path("deploy/.env.example")).unwrap();
    repo.keylint(&CHECK).ok();
    repo.git(&["add", "deploy"]).ok();
    let place = ["app.py:3:32 undefined-alias-name"];
    assert_eq!(repo.keylint(&CHECK).code(1).places(), place);
    repo.write("deploy/.env.example", "OPENAI_KEY=\n");
    assert_eq!(repo.keylint(&CHECK).code(1).places(), place);
    repo.git(&["add", "-N", "deploy"]).ok();
    assert_eq!(repo.keylint(&CHECK).code(1).places(), place, "what is only intended is empty");
    repo.git(&["add", "deploy"]).ok();
    repo.keylint(&CHECK).ok();
    repo.write("keylint.toml", "exclude = ['/deploy/']\n");
    repo.keylint(&CHECK).code(1);
}

#[test]
fn the_rest_is_read_only_where_something_depends_on_it() {
    let repo = Scratch::repository();
    repo.write("lost.py", "1\n");
    repo.write(READER.0, READER.1);
    repo.write(".env.example", "OPENAI_API_KEY=\n");
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "x"]).ok();
    let lost = repo.git(&["rev-parse", ":lost.py"]).ok().out.trim().to_owned();
    std::fs::remove_file(repo.path(format!(".git/objects/{}/{}", &lost[..2], &lost[2..]))).unwrap();
    // A line that depends on other files did not change.
    repo.write(READER.0, format!("{}x = 1\n", READER.1));
    repo.git(&["add", "app.py"]).ok();
    repo.keylint(&CHECK).ok();
    let whole = repo.keylint(&[&CHECK[..], &["--whole-file"]].concat()).code(1);
    assert_eq!(whole.json()["errors"][0]["path"], "lost.py", "{}", whole.out);
    assert_eq!(whole.places(), ["app.py:3:32 undefined-alias-name"]);
}

#[test]
fn directories_tell_the_same_from_everywhere() {
    let repo = Scratch::repository();
    repo.write("api/.env.example", "OPENAI_API_KEY=\n");
    repo.write("web/.env.example", "OPENAI_KEY=\n");
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "x"]).ok();
    repo.write("api/src/app.py", READER.1);
    repo.git(&["add", "."]).ok();
    for (dir, path) in
        [(".", "api/src/app.py"), ("api", "src/app.py"), ("api/src", "app.py"), ("web", "../api/src/app.py")]
    {
        let mut command = repo.program(env!("CARGO_BIN_EXE_keylint"));
        let run = crate::support::Run::from(command.current_dir(repo.path(dir)).args(CHECK).output().unwrap()).code(1);
        assert_eq!(run.places(), [format!("{path}:3:32 undefined-alias-name")], "{dir}");
        let related = run.json()["findings"][0]["related"][0]["path"].as_str().unwrap().to_owned();
        let seen = repo.path(dir).join(related).canonicalize().unwrap();
        assert_eq!(seen, repo.path("api/.env.example").canonicalize().unwrap());
    }
}
