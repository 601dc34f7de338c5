//! `keylint history`: everything a repository ever held, and where it came from. Git's plumbing is the oracle.

use crate::support::{Run, Scratch, key};
use serde_json::Value;

fn leak(seed: &str) -> String {
    format!("key = \"{}\"\n", key(seed))
}

/// What keylint shows of the key made from `seed`.
fn id(seed: &str) -> String {
    keylint::text::secret::Secret::new(key(seed).as_bytes(), 8).id
}

fn commit(repo: &Scratch, message: &str) -> String {
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "--allow-empty", "-m", message]).ok();
    head(repo)
}

fn head(repo: &Scratch) -> String {
    repo.git(&["rev-parse", "HEAD"]).ok().out.trim().to_owned()
}

fn history(repo: &Scratch, args: &[&str]) -> Run {
    repo.keylint(&[&["history", "--format", "json"], args].concat())
}

/// The finding about the key made from `seed`.
fn finding(run: &Run, seed: &str) -> Value {
    let report = run.json();
    let of = |finding: &&Value| finding["secret"]["id"] == id(seed).as_str();
    let found: Vec<&Value> = report["findings"].as_array().unwrap().iter().filter(of).collect();
    assert_eq!(found.len(), 1, "{seed}: {found:?}\n{}", run.err);
    found[0].clone()
}

/// How many files' texts git finds behind refs, stashes and reflogs of stashes.
fn blobs(repo: &Scratch) -> u64 {
    let listed = repo.git(&["rev-list", "--objects", "--all", "--no-object-names"]).ok().out;
    let mut command = repo.program("git");
    command.args(["cat-file", "--batch-check=%(objecttype)"]).write_stdin(listed);
    let kinds = Run::from(command.output().unwrap()).ok().out;
    kinds.lines().filter(|kind| *kind == "blob").count() as u64
}

/// A repository with a key in many places, none of them in its files of today but `still.py`.
fn planted() -> (Scratch, std::collections::BTreeMap<&'static str, String>) {
    let repo = Scratch::repository();
    let mut commits = std::collections::BTreeMap::new();
    repo.write("old.py", leak("old"));
    repo.write("still.py", leak("still"));
    repo.write("before.py", format!("{}x = 1\ny = 2\nz = 3\n", leak("renamed")));
    commits.insert("old", commit(&repo, "first"));
    repo.write("old.py", "key = read()\n");
    commits.insert("mended", commit(&repo, "mend"));
    repo.write("dir/gone.py", leak("deleted"));
    commits.insert("deleted", commit(&repo, "add"));
    repo.git(&["rm", "-q", "dir/gone.py"]).ok();
    commits.insert("removed", commit(&repo, "remove"));
    repo.git(&["mv", "before.py", "after.py"]).ok();
    commits.insert("renamed", commit(&repo, "rename"));
    repo.git(&["rm", "-q", "after.py"]).ok();
    commit(&repo, "remove the renamed one");
    // A merge that brings what no parent has.
    repo.git(&["checkout", "-q", "-b", "other"]).ok();
    repo.write("other.py", leak("branch"));
    commits.insert("branch", commit(&repo, "other branch"));
    repo.git(&["checkout", "-q", "main"]).ok();
    commit(&repo, "main goes on");
    repo.git(&["merge", "-q", "--no-commit", "--no-ff", "other"]).ok();
    repo.git(&["rm", "-q", "-f", "other.py"]).ok();
    repo.write("merged.py", leak("merge"));
    commits.insert("merge", commit(&repo, "merge"));
    repo.git(&["rm", "-q", "merged.py"]).ok();
    commit(&repo, "clean again");
    // Only a tag holds it.
    repo.git(&["checkout", "-q", "-b", "release"]).ok();
    repo.write("release.py", leak("tagged"));
    commits.insert("tagged", commit(&repo, "release"));
    repo.git(&["tag", "-a", "v1", "-m", &format!("release\n\n{}", leak("tag message"))]).ok();
    repo.git(&["checkout", "-q", "main"]).ok();
    repo.git(&["branch", "-q", "-D", "release"]).ok();
    commits.insert("message", commit(&repo, &format!("oops\n\n{}", leak("commit message"))));
    repo.git(&["notes", "add", "-m", &leak("note")]).ok();
    for seed in ["stash below", "stash"] {
        repo.write("still.py", format!("{}{}", leak("still"), leak(seed)));
        repo.git(&["stash", "-q"]).ok();
    }
    repo.write("loose.py", leak("loose"));
    commits.insert("loose", commit(&repo, "loose"));
    repo.git(&["rm", "-q", "loose.py"]).ok();
    commit(&repo, "clean");
    (repo, commits)
}

#[test]
fn keys_are_found_wherever_history_holds_them() {
    let (repo, commits) = planted();
    for packed in [false, true] {
        if packed {
            repo.git(&["repack", "-q", "-a", "-d"]).ok();
            repo.git(&["prune-packed"]).ok();
            repo.write("new.py", leak("unpacked"));
            commit(&repo, "beside the pack");
        }
        let run = history(&repo, &[]).code(1);
        for (seed, at) in [
            ("old", "old"),
            ("deleted", "deleted"),
            ("branch", "branch"),
            ("merge", "merge"),
            ("tagged", "tagged"),
            ("commit message", "message"),
            ("loose", "loose"),
        ] {
            assert_eq!(finding(&run, seed)["commit"]["introduced"]["id"], commits[at].as_str(), "{seed}");
        }
        for seed in ["note", "stash", "stash below", "tag message"] {
            finding(&run, seed);
        }
        let old = finding(&run, "old");
        assert_eq!(old["path"], "old.py");
        assert_eq!(old["commit"]["removed"]["id"], commits["mended"].as_str());
        assert_eq!(old["commit"]["in_head"], false);
        assert_eq!(finding(&run, "deleted")["commit"]["removed"]["id"], commits["removed"].as_str());
        let still = finding(&run, "still");
        assert_eq!((&still["commit"]["in_head"], &still["commit"]["removed"]), (&Value::Bool(true), &Value::Null));
        let holds = |seed: &str, name: &str| {
            let refs = finding(&run, seed)["commit"]["refs"].clone();
            refs.as_array().unwrap().iter().any(|own| own == name)
        };
        assert!(holds("tagged", "refs/tags/v1") && !holds("tagged", "refs/heads/main"));
        assert!(holds("tag message", "refs/tags/v1") && holds("note", "refs/notes/commits"));
        assert!(holds("branch", "refs/heads/other") && holds("branch", "refs/heads/main"));
        assert!(holds("merge", "refs/heads/main") && !holds("merge", "refs/heads/other"));
        assert!(holds("stash", "refs/stash"));
        let report = run.json();
        assert_eq!(report["complete"], true);
        // The stash below the newest one is only in a log: its text is one more.
        assert_eq!(report["summary"]["files"], blobs(&repo) + 1);
    }
}

#[test]
fn a_rename_is_two_places_of_one_key() {
    let (repo, commits) = planted();
    let report = history(&repo, &[]).code(1).json();
    let places: Vec<(&str, &str)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["secret"]["id"] == id("renamed").as_str())
        .map(|f| (f["path"].as_str().unwrap(), f["commit"]["introduced"]["id"].as_str().unwrap()))
        .collect();
    assert_eq!(places, [("after.py", commits["renamed"].as_str()), ("before.py", commits["old"].as_str())]);
}

#[test]
fn what_no_ref_holds_is_no_history() {
    let repo = Scratch::repository();
    repo.write("a.py", "1\n");
    let first = commit(&repo, "first");
    repo.write("a.py", leak("dropped"));
    commit(&repo, "second");
    repo.git(&["reset", "-q", "--hard", &first]).ok();
    history(&repo, &[]).ok();
    // Also not where a pack still has it.
    repo.git(&["repack", "-q", "-a", "-d", "-k"]).ok();
    let run = history(&repo, &[]).ok();
    assert_eq!(run.json()["summary"]["files"], 1);
}

#[test]
fn a_range_holds_what_is_new_in_it() {
    let (repo, _) = planted();
    repo.git(&["stash", "clear"]).ok();
    repo.git(&["update-ref", "-d", "refs/notes/commits"]).ok();
    repo.git(&["tag", "-d", "v1"]).ok();
    let base = head(&repo);
    repo.write("still.py", format!("{}# more\n", leak("still")));
    commit(&repo, "touch");
    for args in [["--since", &base], ["--range", &format!("{base}..HEAD")], ["--range", &format!("{base}..main")]] {
        let run = history(&repo, &args).ok();
        assert_eq!(run.json()["summary"]["commits"], 1, "{args:?}");
    }
    repo.write("still.py", format!("{}{}", leak("still"), leak("new")));
    commit(&repo, "leak");
    let run = history(&repo, &["--since", &base]).code(1);
    assert_eq!(run.places(), ["still.py:2:8 openai-project-key"]);
    let empty = history(&repo, &["--range", "HEAD..HEAD"]).ok();
    assert!(empty.err.contains("no commit is in question"), "{}", empty.err);
    let run = history(&repo, &["--branch", "other"]).code(1);
    finding(&run, "branch");
    assert!(!run.out.contains(&id("merge")));
    // A hook's zeros: a branch the remote does not know, and one that goes away.
    let zeros = "0".repeat(40);
    history(&repo, &["--range", &format!("{zeros}..HEAD")]).code(1);
    history(&repo, &["--range", &format!("HEAD..{zeros}")]).ok();
}

#[test]
fn a_name_is_never_an_option() {
    let repo = Scratch::repository();
    repo.write("a", "1\n");
    commit(&repo, "x");
    for args in [["--since=--output=pwned"], ["--range=--output=pwned..HEAD"], ["--branch=--upload-pack=touch"]] {
        let run = history(&repo, &args).code(2);
        assert!(run.err.contains("names no commit"), "{}", run.err);
    }
    history(&repo, &["--range", "HEAD"]).code(2);
    assert!(!repo.path("pwned").exists());
}

#[test]
fn borrowed_objects_and_worktrees_belong_to_the_history() {
    let (repo, commits) = planted();
    let clone = Scratch::new();
    let from = repo.dir.path().to_str().unwrap();
    clone.git(&["clone", "-q", "--shared", from, "."]).ok();
    let run = history(&clone, &[]).code(1);
    assert_eq!(finding(&run, "old")["commit"]["introduced"]["id"], commits["old"].as_str());
    clone.git(&["worktree", "add", "-q", "--detach", "../tree-of-history-test"]).ok();
    let tree = Scratch { dir: tempfile::Builder::new().tempdir().unwrap() };
    std::fs::remove_dir(tree.dir.path()).unwrap();
    clone.git(&["worktree", "move", "../tree-of-history-test", tree.dir.path().to_str().unwrap()]).ok();
    tree.write("b.py", leak("detached"));
    let detached = commit(&tree, "in a worktree");
    for place in [&clone, &tree] {
        let found = finding(&history(place, &[]).code(1), "detached");
        assert_eq!(found["commit"]["introduced"]["id"], detached.as_str());
    }
    let bare = Scratch::new();
    bare.git(&["clone", "-q", "--bare", from, "x.git"]).ok();
    finding(&history(&bare, &["x.git"]).code(1), "old");
    // What is borrowed and gone.
    std::fs::rename(repo.path(".git/objects"), repo.path(".git/elsewhere")).unwrap();
    let run = history(&clone, &["--select", "dotenv"]).code(3);
    assert!(run.out.contains("git fsck"), "{}", run.out);
}

#[test]
fn a_submodule_is_a_history_of_its_own() {
    let inner = Scratch::repository();
    inner.write("in.py", leak("inner"));
    let target = commit(&inner, "inner");
    let repo = Scratch::repository();
    repo.write("a", "1\n");
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{target},sub")]).ok();
    commit(&repo, "outer");
    let run = history(&repo, &[]).ok();
    assert_eq!(run.json()["complete"], true);
}

#[test]
fn sha256_and_reftables_are_read() {
    let repo = Scratch::new();
    repo.git(&["init", "-q", "-b", "main", "--object-format=sha256", "--ref-format=reftable"]).ok();
    repo.write("a.py", leak("sha256"));
    let first = commit(&repo, "first");
    assert_eq!(first.len(), 64);
    repo.git(&["gc", "-q"]).ok();
    repo.git(&["rm", "-q", "a.py"]).ok();
    commit(&repo, "second");
    let found = finding(&history(&repo, &[]).code(1), "sha256");
    assert_eq!(found["commit"]["introduced"]["id"], first.as_str());
}

#[test]
fn what_is_not_there_is_said_with_what_mends_it() {
    let (repo, _) = planted();
    repo.git(&["config", "uploadpack.allowFilter", "true"]).ok();
    let from = format!("file://{}", repo.dir.path().display());
    let shallow = Scratch::new();
    shallow.git(&["clone", "-q", "--depth", "1", &from, "."]).ok();
    shallow.git(&["rm", "-q", "--cached", "still.py"]).ok();
    let run = history(&shallow, &[]).code(1);
    assert!(run.out.contains("git fetch --unshallow"), "{}", run.out);
    let partial = Scratch::new();
    partial.git(&["clone", "-q", "--no-checkout", "--filter=blob:none", &from, "."]).ok();
    let run = history(&partial, &[]).code(1);
    assert!(run.out.contains("git fetch --refetch --no-filter"), "{}", run.out);
    assert!(!run.out.contains(&id("old")));
    partial.git(&["fetch", "-q", "--refetch", "--no-filter", "--tags"]).ok();
    let run = history(&partial, &[]).code(1);
    assert_eq!(run.json()["complete"], true, "{}", run.out);
    let empty = Scratch::repository();
    let run = history(&empty, &[]).code(2);
    assert!(run.err.contains("the repository has no commit"), "{}", run.err);
    let none = Scratch::new();
    let run = history(&none, &[]).code(2);
    assert!(run.err.contains("not a git repository"), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn a_repository_of_somebody_else_is_left_alone() {
    let repo = Scratch::repository();
    repo.write("a.py", leak("foreign"));
    commit(&repo, "x");
    // Only root can give files away.
    if std::os::unix::fs::chown(repo.dir.path(), Some(12_345), None).is_err() {
        return;
    }
    std::os::unix::fs::chown(repo.path(".git"), Some(12_345), None).unwrap();
    for args in [&["history"][..], &["check", "--staged"], &["check", "--since", "HEAD"]] {
        let run = repo.keylint(args).code(2);
        assert!(run.err.contains("safe.directory"), "{args:?}: {}", run.err);
    }
}

#[test]
fn damage_is_incomplete_and_the_rest_is_read() {
    let repo = Scratch::repository();
    for number in 0..20 {
        repo.write("a.py", leak(&format!("version {number}")));
        repo.write(format!("{number}.txt"), "lorem ipsum ".repeat(number + 1));
        commit(&repo, "x");
    }
    let lost = repo.git(&["rev-parse", "HEAD~3:5.txt"]).ok().out.trim().to_owned();
    let file = format!(".git/objects/{}/{}", &lost[..2], &lost[2..]);
    let kept = std::fs::read(repo.path(&file)).unwrap();
    std::fs::remove_file(repo.path(&file)).unwrap();
    let count = |run: &Run| run.json()["findings"].as_array().unwrap().len();
    let run = history(&repo, &[]).code(1);
    assert_eq!((count(&run), &run.json()["complete"]), (20, &Value::Bool(false)));
    assert!(run.out.contains("1 object") && run.out.contains("git fsck --full"), "{}", run.out);
    std::fs::write(repo.path(&file), b"nonsense").unwrap();
    let run = history(&repo, &["--select", "dotenv"]).code(3);
    assert!(run.out.contains(&lost), "{}", run.out);
    std::fs::remove_file(repo.path(&file)).unwrap();
    std::fs::write(repo.path(&file), kept).unwrap();
    repo.git(&["repack", "-q", "-a", "-d"]).ok();
    let pack = walkdir::WalkDir::new(repo.path(".git/objects/pack")).into_iter().map(Result::unwrap);
    let pack =
        pack.map(walkdir::DirEntry::into_path).find(|path| path.extension().is_some_and(|e| e == "pack")).unwrap();
    let whole = std::fs::read(&pack).unwrap();
    std::fs::remove_file(&pack).unwrap();
    // Every damage to an object is told; none is a crash or an all-clear.
    for at in (12..whole.len() - 20).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        std::fs::write(&pack, &bytes).unwrap();
        let run = history(&repo, &[]);
        assert!(matches!(run.code, Some(1..=3)), "byte {at}: {}", run.out);
        assert_eq!(run.json()["complete"], false, "byte {at}: {}", run.out);
        assert!(!run.err.contains("internal error"), "byte {at}: {}", run.err);
    }
    for length in [0, 11, 40, whole.len() / 2] {
        std::fs::write(&pack, &whole[..length]).unwrap();
        let run = history(&repo, &[]);
        assert!(matches!(run.code, Some(1..=3)) && !run.err.contains("internal error"), "{length}: {}", run.err);
    }
}

#[test]
fn every_form_shows_the_commit() {
    let repo = Scratch::repository();
    repo.write("a.py", leak("form"));
    let first = commit(&repo, "first");
    repo.git(&["rm", "-q", "a.py"]).ok();
    commit(&repo, "second");
    for format in ["human", "concise", "json", "jsonl", "sarif", "github"] {
        let run = repo.keylint(&["history", "--format", format]).code(1);
        assert!(run.out.contains(&first[..12]), "{format}: {}", run.out);
        assert!(!run.out.contains(&key("form")[8..40]), "{format}");
    }
    let run = repo.keylint(&["history"]).code(1);
    assert!(run.out.contains(&format!("[{}:a.py:1:8]", &first[..12])), "{}", run.out);
    assert!(run.out.contains("1 blob") && run.out.contains("of 2 commits"), "{}", run.out);
}

#[test]
fn comments_and_configuration_allow() {
    let repo = Scratch::repository();
    repo.write("a.py", leak("later"));
    commit(&repo, "first");
    repo.write("a.py", leak("later").replace('\n', "  # keylint: allow secret -- revoked\n"));
    repo.write("vendor/b.py", leak("vendor"));
    repo.write("c/c.py", leak("config"));
    repo.write("keylint.toml", "exclude = ['/vendor/']\n[[allow]]\npaths = ['c/*.py']\nrules = ['secret']\n");
    commit(&repo, "second");
    let run = history(&repo, &[]).ok();
    let report = run.json();
    assert_eq!(report["suppressed"]["inline"].as_u64().unwrap() + report["suppressed"]["config"].as_u64().unwrap(), 2);
    assert!(report["skipped"].as_array().unwrap().iter().any(|skip| skip["path"] == "vendor/b.py"));
    history(&repo, &["--no-inline"]).code(1);
}

#[test]
fn nothing_a_repository_configures_is_run() {
    let repo = Scratch::repository();
    repo.write("a.py", leak("hostile"));
    repo.write(".gitattributes", "*.py diff=evil filter=evil\n");
    commit(&repo, "x");
    repo.write("a.py", "1\n");
    repo.git(&["stash", "-q"]).ok();
    let touch = format!("touch {}", repo.path("pwned").display());
    for name in
        ["core.fsmonitor", "core.pager", "diff.external", "diff.evil.textconv", "filter.evil.smudge", "gpg.program"]
    {
        repo.git(&["config", name, &touch]).ok();
    }
    repo.git(&["config", "log.showSignature", "true"]).ok();
    history(&repo, &[]).code(1);
    assert!(!repo.path("pwned").exists());
}

#[test]
fn every_number_of_threads_says_the_same() {
    let (repo, _) = planted();
    repo.git(&["repack", "-q", "-a", "-d"]).ok();
    let run = |threads: &str| {
        let mut report = history(&repo, &["-j", threads]).code(1).json();
        report["summary"]["elapsed_ms"] = Value::Null;
        report
    };
    assert_eq!(run("1"), run("2"));
}
