//! Histories of many shapes: what `keylint history` finds, and where, is what git lists behind refs, stashes and notes.

use crate::support::{Run, Scratch, key};
use keylint::text::secret::Secret;
use std::collections::BTreeSet;

type Keys = BTreeSet<(String, String)>;

/// A small generator of numbers: a shape is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Makes `steps` changes: keys come, go, move and are copied, on branches that part and meet.
fn grow(repo: &Scratch, dice: &mut Dice, steps: u64) {
    let names = ["a.py", "b.py", "dir/a.py", "dir/sub/c.py", "d d.txt", "ü.py"];
    let seed = dice.0;
    let pick = |dice: &mut Dice| names[dice.roll(names.len() as u64) as usize];
    for step in 0..steps {
        let leak = format!("key = \"{}\"\n", key(&format!("{seed} {step}")));
        let name = pick(dice);
        let old = std::fs::read_to_string(repo.path(name)).unwrap_or_default();
        match dice.roll(12) {
            0..=3 => repo.write(name, &leak),
            4 => repo.write(name, format!("{old}{leak}")),
            5 => drop(repo.git(&["rm", "-q", "--ignore-unmatch", name]).ok()),
            6 => repo.write(pick(dice), old),
            7 => {
                // What is stashed is in no commit of a branch.
                repo.write(name, &leak);
                repo.git(&["add", "-A"]).ok();
                repo.git(&["stash", "-q"]);
            }
            8 => drop(repo.git(&["notes", "add", "-f", "-m", &leak])),
            9 => {
                repo.git(&["checkout", "-q", "-b", &format!("side{seed}-{step}"), "HEAD~1"]);
                repo.write(name, &leak);
            }
            10 => {
                commit(repo, &format!("before {step}"));
                repo.git(&["checkout", "-q", "--detach", "HEAD"]).ok();
                repo.write(name, &leak);
                commit(repo, "only a tag holds it");
                repo.git(&["tag", "-a", &format!("v{seed}-{step}"), "-m", "x"]).ok();
                repo.git(&["checkout", "-q", "main"]).ok();
            }
            _ => {
                commit(repo, &format!("before {step}"));
                repo.git(&["merge", "-q", "-X", "ours", "-m", "merge", "main"]);
                repo.git(&["reset", "-q", "--hard"]).ok();
                repo.git(&["checkout", "-q", "main"]).ok();
            }
        }
        commit(repo, &format!("step {step}"));
    }
    // Nothing refers to it any more.
    repo.write("dropped.py", format!("key = \"{}\"\n", key(&format!("{seed} dropped"))));
    commit(repo, "dropped");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
}

fn commit(repo: &Scratch, message: &str) {
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "--allow-empty", "-m", message]).ok();
}

/// The keys in the trees of all commits that git lists, with their paths.
fn listed(repo: &Scratch) -> Keys {
    let stashed = repo.git(&["reflog", "show", "--format=%H", "refs/stash"]).out;
    let revs: Vec<&str> = stashed.lines().collect();
    let commits = repo.git(&[&["rev-list", "--all", "HEAD"][..], &revs].concat()).ok().out;
    let mut entries = BTreeSet::new();
    for commit in commits.lines() {
        let tree = repo.git(&["ls-tree", "-r", "-z", commit]).ok().out;
        for entry in tree.split('\0').filter(|entry| !entry.is_empty()) {
            let (head, path) = entry.split_once('\t').unwrap();
            entries.insert((path.to_owned(), head.rsplit(' ').next().unwrap().to_owned()));
        }
    }
    // Git's list of objects has the same blobs.
    let objects =
        repo.git(&[&["rev-list", "--objects", "--all", "HEAD", "--no-object-names"][..], &revs].concat()).ok().out;
    let objects: BTreeSet<&str> = objects.lines().collect();
    let blobs: BTreeSet<&str> = entries.iter().map(|(_, blob)| blob.as_str()).collect();
    assert!(blobs.is_subset(&objects));
    let blobs: Vec<&str> = blobs.into_iter().collect();
    let mut command = repo.program("git");
    let texts =
        Run::from(command.args(["cat-file", "--batch"]).write_stdin(blobs.join("\n")).output().unwrap()).ok().out;
    let mut keys = std::collections::BTreeMap::<&str, Vec<String>>::new();
    let mut own = "";
    for line in texts.lines() {
        if let Some(blob) = line.split(' ').next().filter(|word| blobs.binary_search(word).is_ok()) {
            own = blob;
        } else if let Some(value) = line.strip_prefix("key = \"") {
            let id = Secret::new(value.trim_end_matches('"').as_bytes(), 8).id;
            keys.entry(own).or_default().push(id);
        }
    }
    let at = |(path, blob): &(String, String)| {
        let ids = keys.get(blob.as_str()).cloned().unwrap_or_default();
        ids.into_iter().map(|id| (path.clone(), id)).collect::<Vec<_>>()
    };
    entries.iter().flat_map(at).collect()
}

/// Compares keylint with git. Returns how many keys at how many paths there are.
fn compare(repo: &Scratch, what: &str) -> usize {
    let run = repo.keylint(&["history", "--select", "openai-project-key", "--format", "json"]).code(1);
    let report = run.json();
    assert_eq!(report["complete"], true, "{what}: {}", run.out);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let found = report["findings"].as_array().unwrap().iter().filter(|f| f["commit"]["origin"] == "file");
    let found: Keys = found.map(|f| (text(&f["path"]), text(&f["secret"]["id"]))).collect();
    let expected = listed(repo);
    let missed: Vec<_> = expected.difference(&found).collect();
    let invented: Vec<_> = found.difference(&expected).collect();
    assert!(missed.is_empty() && invented.is_empty(), "{what}: missed {missed:?}, invented {invented:?}");
    expected.len()
}

#[test]
fn what_git_lists_is_what_is_found() {
    for seed in 1..=3 {
        let repo = Scratch::new();
        let format = if seed == 3 { "--object-format=sha256" } else { "--object-format=sha1" };
        repo.git(&["init", "-q", "-b", "main", format]).ok();
        let mut dice = Dice(seed);
        commit(&repo, "first");
        grow(&repo, &mut dice, 24);
        let loose = compare(&repo, &format!("{seed}: loose"));
        assert!(loose >= 12, "{seed}: only {loose} keys");
        repo.git(&["repack", "-q", "-d"]).ok();
        grow(&repo, &mut dice, 6);
        compare(&repo, &format!("{seed}: a pack and loose objects"));
        repo.git(&["repack", "-q", "-d"]).ok();
        repo.git(&["pack-refs", "--all"]).ok();
        let packs = compare(&repo, &format!("{seed}: two packs, packed refs"));
        let shared = Scratch::new();
        shared.git(&["clone", "-q", "--shared", repo.dir.path().to_str().unwrap(), "."]).ok();
        grow(&shared, &mut dice, 6);
        compare(&shared, &format!("{seed}: alternates"));
        repo.git(&["gc", "-q", "--aggressive", "--prune=now"]).ok();
        assert_eq!(compare(&repo, &format!("{seed}: collected")), packs);
        repo.git(&["multi-pack-index", "write"]).ok();
        repo.git(&["worktree", "add", "-q", "--detach", ".git/tree"]).ok();
        assert_eq!(compare(&repo, &format!("{seed}: an index of packs, a worktree")), packs);
    }
}
