//! Keys in every wrapping people put around them, and the texts that only look like keys.

use crate::support::{Scratch, key};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keylint::text::random::Generator;

fn drawn(seed: &str, set: &str, length: usize) -> String {
    Generator::new(seed).string(set, length).unwrap()
}

/// The paths of the files in which a secret, or a construct that leaks one, was found, each once.
fn found(scratch: &Scratch) -> Vec<String> {
    let report = scratch.keylint(&["check", "--format", "json", "--exit-zero"]).ok().json();
    let leaks = report["findings"].as_array().unwrap().iter().filter(|f| f["cause"] == "leaked-key");
    let mut paths: Vec<String> = leaks.map(|f| f["path"].as_str().unwrap().to_owned()).collect();
    paths.dedup();
    paths
}

#[test]
fn a_key_is_found_in_every_wrapping() {
    let k = key("wrapping");
    let encoded = STANDARD.encode(&k);
    let relay = format!("sk-{}", drawn("relay", "hex", 32));
    let hf = format!("hf_{}", drawn("hf", "letters", 34));
    let texts = [
        ("secret.yaml", format!("apiVersion: v1\nkind: Secret\ndata:\n  k: {encoded}\n")),
        ("list.yaml", format!("apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n  data:\n    k: {encoded}\n")),
        ("query.txt", format!("https://x.org/v1?key={k}&a=1\n")),
        ("percent.txt", format!("https://x.org/v1?q=key%3D{k}%26a\n")),
        ("fragment.txt", format!("https://x.org/v1#{k}\n")),
        ("userinfo.txt", format!("https://{k}@x.org/v1\n")),
        ("header.http", format!("Authorization: Bearer {k}\nx-api-key:{k}\n")),
        ("basic.sh", format!("curl -u {k}: https://x.org\n")),
        ("source.ipynb", format!("{{\"cells\":[{{\"source\":[\"KEY = \\\"{k}\\\"\\n\"]}}]}}")),
        ("output.ipynb", format!("{{\"cells\":[{{\"outputs\":[{{\"text\":[\"key is {k}\\n\"]}}]}}]}}")),
        ("newline.json", format!("{{\"env\":\"A=1\\nKEY={k}\\nB=2\"}}")),
        ("escapes.py", format!("x = \"a\\r\\n{k}\\t\"\n")),
        ("unicode.json", format!("{{\"a\":\"k\\u003d{k}\\u0026b\"}}")),
        ("quotes.json", format!("{{\"a\":\"\\\"{k}\\\"\"}}")),
        ("cjk.md", format!("密钥是{k}，请勿泄露\n")),
        ("emoji.md", format!("🔑{k}🔑\n")),
        ("curly.md", format!("“{k}”\n")),
        ("invisible.md", format!("key\u{200b}{k}\u{200b}x\n")),
        ("default.yml", format!("openai:\n  key: ${{VAR:{hf}}}\n")),
        ("shell-default.sh", format!("echo ${{VAR:-{k}}}\n")),
        ("looked-up.py", format!("k = os.getenv({relay}, \"\")\n")),
        ("member.js", format!("const k = process.env.{relay}\n")),
        ("repeated.env", format!("NAME=NAME={k}\n")),
        ("ampersand.txt", format!("a={k}&b=1\n")),
        ("table.md", format!("|a|{k}|\n")),
        ("backtick.md", format!("`{k}`\n")),
        ("bold.md", format!("**{k}**\n")),
        ("element.xml", format!("<k>{k}</k><![CDATA[{k}]]>\n")),
        ("entity.html", format!("<script>const k=&quot;{k}&quot;</script>\n")),
        ("cells.csv", format!("a,{k},b\n")),
        ("brackets.txt", format!("<{k}> [{k}] {{{k}}} ({k})\n")),
        ("sentence.txt", format!("The key is {k}.\n")),
        ("colons.txt", format!("key:{k}:x\n")),
        ("change.diff", format!("+KEY={k}\n")),
        ("literal.rs", format!("let k = r#\"{k}\"#;\n")),
        ("setting.ps1", format!("$env:KEY = '{k}'\n")),
        ("key", k.clone()),
    ];
    let scratch = Scratch::new();
    for (path, text) in &texts {
        scratch.write(path, text);
    }
    let found = found(&scratch);
    let missed: Vec<&str> =
        texts.iter().map(|(path, _)| *path).filter(|path| !found.contains(&(*path).to_owned())).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn look_alikes_are_silent() {
    let hex = drawn("id", "hex", 32);
    let alnum = drawn("id", "alnum", 48);
    let digest = drawn("digest", "hex", 64);
    let uuid =
        format!("{}-{}-4{}-a{}-{}", &digest[..8], &digest[8..12], &digest[12..15], &digest[15..18], &digest[18..30]);
    let marked = key("inside a word");
    let scratch = Scratch::new();
    let words = ["task", "disk", "risk", "desk", "mask", "ask", "flask", "kiosk", "husk", "dusk"];
    scratch.write("ids.log", words.map(|word| format!("{word}-{hex} {word}-{alnum} {word}-{uuid}\n")).concat());
    scratch.write("blob.txt", format!("next=x{marked}\nstate=-{marked}\nseg=_{marked}\n"));
    scratch.write(
        "page.css",
        ".sk-cube-grid .sk-cube-grid1{animation:sk-cube-gridDelay 1.2s}\n.sk-line--full.sk-animated-pulse-background-long{}\n\
         #sk-container-id-23 div.sk-estimator-background-color-primary{}\n",
    );
    scratch.write(
        "slugs.yaml",
        "slug: sk-telecom-announces-new-ai-model-partnership-with-anthropic\nlocale: sk-SK\nsku: SK-2041-BLK-XL\n\
         memory: sk-hynix-12-layer-hbm3e-memory-module-2026\nstack: sk-thwarting-extincted-finalized-unwrapped\n",
    );
    scratch.write(
        "sshd_config",
        "HostKeyAlgorithms sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com\n",
    );
    scratch.write("net.c", "struct sk_buff *sk_alloc_security_context_for_socket(void);\n");
    scratch.write(
        "public.env",
        format!(
            "GITHUB_CLIENT_ID=Iv1.{}\nGOOGLE_CLIENT_ID=651271035165-{}.apps.googleusercontent.com\n\
             NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY=pk_live_{alnum}\nLANGFUSE_PUBLIC_KEY=pk-lf-{uuid}\n\
             SENTRY_DSN=https://{hex}@o1.ingest.sentry.io/2\nOPENAI_ORG_ID=org-{}\nOPENAI_PROJECT_ID=proj_{}\n\
             RECAPTCHA_SITE_KEY=6L{}\nSLACK_APP_ID=AQD2YQA5DU4\nPINECONE_PROJECT_ID={uuid}\n",
            &hex[..16],
            &hex[..32],
            &alnum[..24],
            &alnum[..24],
            &alnum[..38],
        ),
    );
    scratch.write(
        "objects.json",
        format!(
            "{{\"id\":\"chatcmpl-{}\",\"system_fingerprint\":\"fp_{}\",\"thread\":\"thread_{}\",\"key\":\"apikey_01{}\",\
             \"request\":\"req_{hex}\",\"hint\":\"sk-ant-api03-R2D...igAA\",\"tool\":\"toolu_01{}\"}}",
            &alnum[..29],
            &hex[..10],
            &alnum[..24],
            &alnum[..22],
            &alnum[..22],
        ),
    );
    scratch.write(
        "digests.yaml",
        format!(
            "openai_api_key_sha256: {digest}\nimage: acme/api@sha256:{digest}\ncommit: {}\netag: \"{hex}\"\n\
             mistral_model_hash: {hex}\ndeepgram_request_id: {uuid}\ntraceparent: 00-{hex}-{}-01\n",
            &digest[..40],
            &digest[..16]
        ),
    );
    let sum = STANDARD.encode(&digest[..32]);
    scratch.write("go.sum", format!("github.com/pkg/errors v0.9.1 h1:{sum}\n"));
    scratch.write(
        "yarn.lock",
        format!("lodash@^4:\n  resolved \"https://x/lodash.tgz#{}\"\n  integrity sha512-{sum}\n", &digest[..40]),
    );
    scratch
        .write("poetry.lock", format!("files = [{{file = \"x\", hash = \"sha256:{digest}\"}}]\nAPI_KEY = \"{hex}\"\n"));
    scratch.write(
        "samples.py",
        "AWS_ACCESS_KEY_ID = \"AKIAIOSFODNN7EXAMPLE\"\naws_secret = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"\n\
         PATTERN = r\"sk-(?:proj|svcacct)-[A-Za-z0-9_-]{74}T3BlbkFJ[A-Za-z0-9_-]{74}\"\n",
    );
    assert_eq!(found(&scratch), [""; 0]);
}

#[test]
fn one_secret_in_many_places_is_one_frame() {
    let k = key("everywhere");
    let scratch = Scratch::new();
    scratch.write("a.py", format!("KEY = \"{k}\"\n"));
    scratch.write("b/notes.md", format!("x\nthe key is {k}\n"));
    scratch.write("c.yaml", format!("apiVersion: v1\nkind: Secret\ndata:\n  k: {}\n", STANDARD.encode(&k)));
    let report = scratch.keylint(&["check", "--format", "json"]).code(1).json();
    let ids: Vec<&serde_json::Value> =
        report["findings"].as_array().unwrap().iter().map(|f| &f["secret"]["id"]).collect();
    assert_eq!(ids.len(), 3, "{report}");
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let shown = scratch.keylint(&["check"]).code(1).out;
    assert!(shown.contains("[a.py:1:8]") && shown.contains("also at b/notes.md:2:12\n"), "{shown}");
    assert!(shown.contains("also at c.yaml:4:6 error[kubernetes-secret-data]"), "{shown}");
    assert_eq!(shown.matches("help:").count(), 1, "{shown}");
    assert!(!shown.contains(&k[8..40]) && !shown.contains(&STANDARD.encode(&k)[8..40]), "{shown}");
}

/// A file git ignores is where keys belong; that one cannot work is still worth knowing.
#[test]
fn a_damaged_key_is_reported_where_a_whole_one_may_stand() {
    let k = key("ignored");
    let scratch = Scratch::repository();
    scratch.write(".gitignore", ".env\n");
    scratch.write(".env", format!("OPENAI_API_KEY={k}\n"));
    assert_eq!(scratch.keylint(&["check", "--format", "json"]).ok().places(), [""; 0]);
    scratch.write(".env", format!("OPENAI_API_KEY={}\nANTHROPIC_API_KEY={k}\n", &k[..120]));
    let run = scratch.keylint(&["check", "--format", "json"]).code(1);
    assert_eq!(run.places(), [".env:1:16 malformed-key", ".env:2:19 wrong-provider-key"]);
    let shown = scratch.keylint(&["check"]).code(1).out;
    assert!(shown.contains("before its marker and 30 behind") && shown.contains("401"), "{shown}");
}
