//! Which blobs `--staged` looks at: those the index has and `HEAD` has not, by git's own word, whatever the form of the
//! index and the way of the commit.

use crate::support::{Run, Scratch, key};
use keylint::text::secret::Secret;
use std::collections::BTreeSet;

/// A key at a path: the path and the id keylint shows.
type Keys = BTreeSet<(String, String)>;

const SCAN: [&str; 7] = ["check", "--staged", "--whole-file", "--select", "openai-project-key", "--format", "json"];

fn leak(seed: &str) -> String {
    format!("key = \"{}\"\n", key(seed))
}

/// Paths and blobs of a listing of `git ls-files --stage` or `git ls-tree -r`.
fn blobs(listing: &str) -> BTreeSet<(String, String)> {
    let lines = listing.lines().map(|line| {
        let (head, path) = line.split_once('\t').unwrap();
        let id = head.split(' ').find(|word| word.len() >= 40).unwrap();
        (path.to_owned(), id.to_owned())
    });
    lines.collect()
}

/// The keys in those blobs of the listing `index` that the commit `head` does not have at the same path.
fn expected(repo: &Scratch, index: &str, head: Option<&str>) -> Keys {
    let before = head.map(|head| blobs(&repo.git(&["ls-tree", "-r", head]).ok().out)).unwrap_or_default();
    let mut keys = Keys::new();
    for (path, id) in blobs(index).difference(&before) {
        let text = repo.git(&["cat-file", "blob", id]).ok().out;
        for line in text.lines().filter_map(|line| line.strip_prefix("key = \"")) {
            let value = line.trim_end_matches('"');
            keys.insert((path.clone(), Secret::new(value.as_bytes(), 8).id));
        }
    }
    keys
}

fn found(run: &Run) -> Keys {
    let report = run.json();
    assert_eq!(report["complete"], true, "{}", run.out);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    report["findings"].as_array().unwrap().iter().map(|f| (text(&f["path"]), text(&f["secret"]["id"]))).collect()
}

/// Compares what is staged now. Returns how many keys that are.
fn compare(repo: &Scratch, what: &str) -> usize {
    let index = repo.git(&["ls-files", "--stage"]).ok().out;
    let head = repo.git(&["rev-parse", "--verify", "-q", "HEAD"]);
    let head = (head.code == Some(0)).then_some("HEAD");
    let keys = expected(repo, &index, head);
    assert_eq!(found(&repo.keylint(&SCAN)), keys, "{what}");
    keys.len()
}

/// Stages keys in new, changed, renamed and copied files, and leaves others on disk. What `HEAD` has is no part of it.
fn stage(repo: &Scratch) {
    for name in ["kept.py", "changed.py", "gone.py", "moved.py", "dir/deep/inner.py", "other/side.py"] {
        repo.write(name, leak(name));
    }
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "first"]).ok();
    repo.write("changed.py", leak("changed now"));
    repo.write("new.py", leak("new"));
    repo.write("dir/deep/inner.py", format!("{}x = 1\n", leak("dir/deep/inner.py")));
    repo.git(&["rm", "-q", "gone.py"]).ok();
    repo.git(&["mv", "moved.py", "dir/moved.py"]).ok();
    repo.git(&["add", "."]).ok();
    repo.write("changed.py", leak("only on disk"));
    repo.write("untracked.py", leak("untracked"));
    repo.write("intended.py", leak("intended"));
}

fn version(repo: &Scratch) -> u8 {
    std::fs::read(repo.path(".git/index")).unwrap()[7]
}

#[test]
fn every_version_of_the_index_is_read() {
    for asked in ["2", "4"] {
        let repo = Scratch::repository();
        stage(&repo);
        repo.git(&["update-index", "--index-version", asked]).ok();
        assert_eq!(version(&repo).to_string(), asked);
        assert_eq!(compare(&repo, asked), 4);
        // An entry without a text makes a third version of the second.
        repo.git(&["add", "-N", "intended.py"]).ok();
        assert_eq!(version(&repo), if asked == "2" { 3 } else { 4 });
        assert_eq!(compare(&repo, "intended"), 4);
        repo.git(&["update-index", "--skip-worktree", "new.py"]).ok();
        repo.git(&["update-index", "--assume-unchanged", "dir/moved.py"]).ok();
        assert_eq!(compare(&repo, "flags"), 4);
    }
}

#[test]
fn a_split_index_is_read_whole() {
    let repo = Scratch::repository();
    stage(&repo);
    repo.git(&["update-index", "--split-index"]).ok();
    repo.write("after.py", leak("after the split"));
    repo.git(&["add", "after.py"]).ok();
    repo.git(&["rm", "-q", "--cached", "new.py"]).ok();
    let shared = |file: &std::fs::DirEntry| file.file_name().to_string_lossy().starts_with("sharedindex.");
    assert!(std::fs::read_dir(repo.path(".git")).unwrap().map(Result::unwrap).any(|file| shared(&file)));
    assert_eq!(compare(&repo, "split"), 4);
}

#[test]
fn a_sparse_index_is_read_whole() {
    let repo = Scratch::repository();
    stage(&repo);
    repo.git(&["commit", "-qm", "second"]).ok();
    repo.git(&["checkout", "-q", "."]).ok();
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "dir"]).ok();
    let is_sparse = || repo.git(&["ls-files", "--sparse", "--stage"]).ok().out.contains("040000");
    assert!(is_sparse() && !repo.path("other").exists());
    repo.write("dir/deep/inner.py", leak("inside"));
    repo.git(&["add", "dir"]).ok();
    assert!(is_sparse());
    assert_eq!(compare(&repo, "sparse"), 1);
    // Outside of what is checked out, too.
    repo.write("x.py", leak("outside"));
    let blob = repo.git(&["hash-object", "-w", "x.py"]).ok().out.trim().to_owned();
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},other/side.py")]).ok();
    assert_eq!(compare(&repo, "sparse and staged outside"), 2);
}

#[test]
fn long_ids_are_read() {
    let repo = Scratch::new();
    repo.git(&["init", "-q", "-b", "main", "--object-format=sha256"]).ok();
    repo.write("first.py", leak("first"));
    repo.git(&["add", "."]).ok();
    assert_eq!(compare(&repo, "before the first commit"), 1);
    stage(&repo);
    assert_eq!(compare(&repo, "sha256"), 4);
}

/// A repository whose hooks write down what keylint finds and what git has in the index at that moment.
#[cfg(unix)]
fn witnessed() -> Scratch {
    use std::os::unix::fs::PermissionsExt;
    let repo = Scratch::repository();
    let scan = SCAN.join(" ");
    let program = env!("CARGO_BIN_EXE_keylint");
    let hook = format!(
        "#!/bin/sh\ngit ls-files --stage > .git/seen.index\n{program} {scan} > .git/seen.json\necho \"$GIT_INDEX_FILE\" > .git/seen.name\nexit 0\n"
    );
    for name in ["pre-commit", "pre-merge-commit"] {
        repo.write(format!(".git/hooks/{name}"), &hook);
        std::fs::set_permissions(repo.path(format!(".git/hooks/{name}")), PermissionsExt::from_mode(0o755)).unwrap();
    }
    repo
}

/// Runs a command of git that commits, and compares what the hook saw. Returns how many keys that were.
#[cfg(unix)]
fn commit(repo: &Scratch, args: &[&str], stdin: &str) -> usize {
    let head = repo.git(&["rev-parse", "--verify", "-q", "HEAD"]).out.trim().to_owned();
    for name in ["seen.index", "seen.json"] {
        // The first one leaves nothing to remove.
        let _ = std::fs::remove_file(repo.path(".git").join(name));
    }
    let mut command = repo.program("git");
    Run::from(command.env("GIT_EDITOR", "true").args(args).write_stdin(stdin).output().unwrap()).ok();
    let read = |name: &str| std::fs::read_to_string(repo.path(".git").join(name)).unwrap();
    let keys = expected(repo, &read("seen.index"), (!head.is_empty()).then_some(head.as_str()));
    let run = Run { code: Some(0), out: read("seen.json"), err: String::new() };
    assert_eq!(found(&run), keys, "git {args:?} with the index {}", read("seen.name"));
    keys.len()
}

#[cfg(unix)]
#[test]
fn every_way_of_committing_is_seen_by_its_hook() {
    let repo = witnessed();
    repo.write("a.py", leak("a1"));
    repo.write("b.py", leak("b1"));
    repo.git(&["add", "."]).ok();
    assert_eq!(commit(&repo, &["commit", "-qm", "first"], ""), 2);
    // All that is tracked, whatever is staged.
    repo.write("a.py", leak("a2"));
    repo.write("new.py", leak("new"));
    assert_eq!(commit(&repo, &["commit", "-qam", "all"], ""), 1);
    let name = || std::fs::read_to_string(repo.path(".git/seen.name")).unwrap();
    assert!(name().contains("index.lock"), "an index of its own: {}", name());
    // One path, while another one is staged.
    repo.git(&["add", "new.py"]).ok();
    repo.write("b.py", leak("b2"));
    assert_eq!(commit(&repo, &["commit", "-qm", "path", "b.py"], ""), 1);
    assert!(name().contains("next-index"), "an index of its own: {}", name());
    repo.write("a.py", leak("a3"));
    assert_eq!(commit(&repo, &["commit", "-qm", "include", "-i", "a.py"], ""), 2);
    // One hunk of two.
    let middle = "x = 1\n".repeat(20);
    repo.write("a.py", format!("{}{middle}{}", leak("a3"), leak("tail 1")));
    assert_eq!(commit(&repo, &["commit", "-qam", "long"], ""), 2);
    repo.write("a.py", format!("{}{middle}{}", leak("head 2"), leak("tail 2")));
    assert_eq!(commit(&repo, &["commit", "-qm", "hunk", "-p"], "n\ny\n"), 2);
    assert!(repo.git(&["show", "HEAD:a.py"]).ok().out.starts_with(&leak("a3")));
    repo.git(&["checkout", "-q", "a.py"]).ok();
    // An amended commit answers for what is added to it.
    repo.write("b.py", leak("b3"));
    repo.git(&["add", "."]).ok();
    assert_eq!(commit(&repo, &["commit", "-q", "--amend", "--no-edit"], ""), 1);
}

#[cfg(unix)]
#[test]
fn a_merge_answers_for_what_it_brings() {
    let repo = witnessed();
    repo.write("a.py", "1\n");
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "first"]).ok();
    for (branch, both) in [("clean", false), ("conflict", true)] {
        repo.git(&["checkout", "-qb", branch]).ok();
        repo.write(format!("{branch}.py"), leak(branch));
        if both {
            repo.write("a.py", "theirs\n");
        }
        repo.git(&["add", "."]).ok();
        repo.git(&["commit", "-qm", branch]).ok();
        repo.git(&["checkout", "-q", "main"]).ok();
        repo.write(format!("main-{branch}.py"), leak(&format!("main {branch}")));
        if both {
            repo.write("a.py", "ours\n");
        }
        repo.git(&["add", "."]).ok();
        repo.git(&["commit", "-qm", "main"]).ok();
        if both {
            repo.git(&["merge", "-q", branch]).code(1);
            repo.write("a.py", leak("resolved"));
            repo.git(&["add", "a.py"]).ok();
            assert_eq!(commit(&repo, &["commit", "-qm", "merge"], ""), 2);
        } else {
            assert_eq!(commit(&repo, &["merge", "-q", "--no-ff", "--no-edit", branch], ""), 1);
        }
    }
}
