//! How bad a defect of an env file is follows from who loads the file.

use crate::support::Scratch;

/// Severity and explaining place of the only finding about `.env` beside `other`.
fn weighed(other: &str, text: &str) -> (String, String) {
    let scratch = Scratch::new();
    let value = keylint::text::random::Generator::new("loaders").string("alnum", 24).unwrap();
    scratch.write(".env", format!("ACME_API_KEY=\"{value}\"\n"));
    scratch.write(other, text);
    let report = scratch.keylint(&["--select", "quoted-env-value", "--format", "json"]).json();
    let finding = &report["findings"][0];
    let place = finding["related"][0].as_object().map_or_else(String::new, |place| {
        format!("{}:{} {}", place["path"].as_str().unwrap(), place["line"], place["message"].as_str().unwrap())
    });
    (finding["severity"].as_str().unwrap().to_owned(), place)
}

#[test]
fn the_loaders_in_use_decide_how_bad_quotes_are() {
    let wrong = "loads env files here and takes the value in another way than it is meant";
    let right = "loads env files here and reads the value as it is meant";
    for (path, text, severity, place) in [
        ("README.md", "nobody", "warning", String::new()),
        (
            "Makefile",
            "up:\n\tdocker run \\\n\t  --env-file .env app\n",
            "error",
            format!("Makefile:3 docker run --env-file {wrong}"),
        ),
        ("up.sh", "docker run --env-file prod.env app\n", "warning", String::new()),
        ("up.sh", "# docker run --env-file .env app\n", "warning", String::new()),
        (
            "up.sh",
            "kubectl create secret generic x --from-env-file=./.env\n",
            "error",
            format!("up.sh:1 kubectl --from-env-file {wrong}"),
        ),
        (
            "compose.yaml",
            "services:\n  a:\n    env_file:\n      - .env\n",
            "note",
            format!("compose.yaml:3 Compose {right}"),
        ),
        (
            "app.py",
            "import os\nfrom dotenv import load_dotenv\nload_dotenv()\nk = os.environ['OPENAI_API_KEY']\n",
            "note",
            format!("app.py:3 python-dotenv {right}"),
        ),
        (
            "package.json",
            "{\"scripts\": {\"dev\": \"node --env-file=.env app.js\"}}",
            "note",
            format!("package.json:1 node --env-file {right}"),
        ),
        (
            ".github/workflows/ci.yml",
            "steps:\n  - run: cat .env >> $GITHUB_ENV\n",
            "error",
            format!(".github/workflows/ci.yml:2 $GITHUB_ENV {wrong}"),
        ),
    ] {
        assert_eq!(weighed(path, text), (severity.to_owned(), place), "{path}: {text}");
    }
}
