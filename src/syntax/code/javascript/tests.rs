use super::*;

fn paths(text: &str) -> Vec<String> {
    let code = read(text.as_bytes());
    code.references.into_iter().filter(|r| r.is_known && !r.parts.is_empty()).map(|r| r.path.into()).collect()
}

#[test]
fn imports() {
    let text = "import A, { b as c, type D } from 'm';import * as n from \"npm:n@1/x\";import 'o';import e from './p';";
    let code = read(text.as_bytes());
    let all: Vec<&str> = code.imports.iter().map(|import| import.path.as_str()).collect();
    assert_eq!(all, ["m", "m.b", "m.D", "n/x", "o"]);
    assert_eq!(paths("import A, {b as c} from 'm'\nnew A()\nc.x; b.y"), ["m.default()", "m.b.x"]);
    assert_eq!(paths("import {default as A} from 'm'\nA.x()"), ["m.x()"]);
    assert_eq!(paths("import A from './m'\nA.x()"), [""; 0]);
    assert_eq!(paths("const { B: C } = require('m')\nnew C().d()"), ["m.B().d()"]);
    assert_eq!(paths("const m = require('m');\nm.default.x"), ["m.x"]);
    assert_eq!(paths("const { B } = await import('m');\nnew B()"), ["m.B()"]);
}

#[test]
fn values_are_followed() {
    assert_eq!(
        paths("import A from 'm'\nnew A().b().then(async (r) => r.c)"),
        ["m.default().b().then()", "m.default().b().c"]
    );
    assert_eq!(paths("import A from 'm'\nlet x\nx = new A()\nx.y()"), ["m.default()", "m.default().y()"]);
    assert_eq!(paths("import A from 'm'\nconst x: A = y ?? new A();\nx.z"), ["m.default()", "m.default().z"]);
    assert_eq!(
        paths("import {A} from 'm'\nclass C { constructor(private a: A) {}\n f() { return this.a.b() } }"),
        ["m.A().b()"]
    );
    assert_eq!(paths("import A from 'm'\nconst f = async (c: A) => { c.d }\nc.e"), ["m.default().d"]);
}

#[test]
fn results_of_functions_are_followed() {
    for make in [
        "function f() { return new A() }",
        "async function f(x: string) { if (!x) return null; return new A(x) }",
        "const f = () => new A()",
        "const f = async (x) => { return new A(x) }",
        "const f = function () { return new A() }",
        "const f = (): A => g()",
    ] {
        let all = paths(&format!("import A from 'm'; {make}\nconst x = f();\nx.b; f().c"));
        assert_eq!(all[all.len() - 2..], ["m.default().b", "m.default().c"], "{make}");
    }
    let class = "import A from 'm'; class C { get a() { return new A() } f() { return this.a }\n g() { this.a.b; this.f().c } }";
    assert_eq!(paths(class)[2..], ["m.default().b", "m.default().c"], "{:?}", paths(class));
    for text in ["function f(x) { return x }\nf(A).b", "const f = () => A\nf.b", "function f() { return f() } f().b"] {
        assert_eq!(paths(&format!("import A from 'm'; {text}")), [""; 0], "{text}");
    }
}

#[test]
fn other_things_of_the_same_name_are_silent() {
    for text in [
        "a.b()",
        "import a from 'm'; function f(a) { a.b() }",
        "import a from 'm'; const f = (a) => a.b()",
        "import a from 'm'; const f = a => a.b()",
        "import a from 'm'; f(({ a }) => { a.b() })",
        "import a from 'm'; try {} catch (a) { a.b() }",
        "import a from 'm'; { const a = 1; a.b() }",
    ] {
        assert_eq!(paths(text), [""; 0], "{text}");
    }
}

#[test]
fn hostile_texts_take_linear_time() {
    let start = std::time::Instant::now();
    for part in [
        "{",
        "(",
        "a=>",
        "import a ",
        "`${",
        "/[",
        "x=x.a;",
        "a??",
        "({a=",
        "function f(a=",
        "class{",
        "const {a:",
        "new ",
    ] {
        read(part.repeat(20_000).as_bytes());
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn any_text_is_read() {
    let words = "import|from|a|b|as|this|function|class|const|=>|=|.|(|)|[|]|,|:|;|{|}|new|await|require('m')|'m'|\
                 ??|?.|/|`|${|type|default|if|catch";
    super::super::any_text_is_read(read, words);
}
