use super::*;
use crate::syntax::code::Reference;

fn paths(text: &str) -> Vec<String> {
    let code = read(text.as_bytes());
    code.references.into_iter().filter(|r| r.is_known && !r.parts.is_empty()).map(|r| r.path.into()).collect()
}

#[test]
fn imports() {
    let code = read(b"import a.b as c, d\nfrom e.f import (g as h,\n  i)\nfrom .j import k\nfrom l import *\n");
    let all: Vec<&str> = code.imports.iter().map(|import| import.path.as_str()).collect();
    assert_eq!(all, ["a.b", "d", "e.f", "e.f.g", "e.f.i", "l"]);
    assert_eq!(paths("import a.b as c, d\nc.x\nd.y\na.z"), ["a.b.x", "d.y"]);
    assert_eq!(paths("import a.b\na.b.x"), ["a.b.x"]);
    assert_eq!(paths("from e import g as h\nh.x()\ng.y()"), ["e.g.x()"]);
    assert_eq!(paths("from .e import g\ng.x()\nfrom . import a\na.b"), [""; 0]);
    assert_eq!(paths("import importlib\nm = importlib.import_module('a')\nm.b"), ["a.b"]);
    assert_eq!(paths("from importlib import import_module as load\nload('a').b"), ["a.b"]);
}

#[test]
fn members_are_named_by_texts() {
    assert_eq!(paths("import a\ngetattr(a, 'B').c()"), ["a.B.c()"]);
    let code = read(b"import a\nsetattr(a, 'b', 'c')\n");
    let set = code.references.iter().find(|reference| reference.role == Role::Assign).unwrap();
    assert_eq!(set.path, "a.b");
    assert_eq!(code.assigned(set).unwrap().text(), Some(Span::new(26, 27)));
    for text in
        ["import a\ngetattr(a, 'b', None)", "import a\ngetattr(a, x)", "getattr(a, 'b')", "import a\ngetattr(a, 'b c')"]
    {
        assert_eq!(paths(text), [""; 0], "{text}");
    }
    assert_eq!(paths("import a\ndef getattr(x, y): ...\ngetattr(a, 'b')"), [""; 0]);
}

#[test]
fn lambdas_have_a_scope() {
    assert_eq!(paths("import a\nf = lambda a, *b: a.b\nf(lambda x=1: a.c, a.d)"), ["a.c", "a.d"]);
    let code = read(b"import a\nf = lambda: a.b\na.c\n");
    let frames: Vec<bool> = code.references.iter().filter(|r| r.is_known).map(|r| r.frame == 0).collect();
    assert_eq!(frames, [false, true]);
}

#[test]
fn results_of_functions_are_followed() {
    assert_eq!(paths("from a import B\ndef f():\n  return B()\nf().c"), ["a.B()", "a.B().c"]);
    assert_eq!(paths("import a\ndef f() -> a.B:\n  return g()\nx = f()\nx.c"), ["a.B", "a.B().c"]);
    assert_eq!(
        paths("import a\nx = None\ndef f():\n  global x\n  x = x or a.B()\n  return x\ndef g():\n  f().c"),
        ["a.B()", "a.B().c"]
    );
    let class =
        "import a\nclass C:\n  @property\n  def b(self):\n    return a.B()\n  def f(self):\n    return self.b\n";
    assert_eq!(
        paths(&format!("{class}  def g(self):\n    self.b.c\n    self.f().d\n")),
        ["a.B()", "a.B().c", "a.B().d"]
    );
    for text in [
        "from a import B\ndef f(x):\n  if x:\n    return x\n  return B\nf(1).c",
        "from a import B\ndef f():\n  yield B\nf().c",
        "from a import B\ndef f():\n  return B\nf.c",
        "from a import B\ndef f():\n  return f()\nf().c",
    ] {
        assert_eq!(paths(text), [""; 0], "{text}");
    }
}

#[test]
fn values_are_followed() {
    assert_eq!(paths("import a\nx = a.B\ny = x()\ny.c(d=1)"), ["a.B", "a.B()", "a.B().c()"]);
    assert_eq!(paths("from a import B\nwith B() as c:\n    c.d"), ["a.B()", "a.B().d"]);
    assert_eq!(paths("from a import B\nwith B(B.x) as c, B() as d:\n    d.e"), ["a.B()", "a.B.x", "a.B()", "a.B().e"]);
    assert_eq!(paths("from a import B\ndef f(c: B, d: int = 1):\n    c.x\n    d.y"), ["a.B().x"]);
    assert_eq!(paths("import a\nclass C:\n  def f(self):\n    self.m = a\n  def g(self):\n    self.m.n"), ["a.n"]);
    assert_eq!(paths("import a\nx = y or a.B()\nx.c"), ["a.B()", "a.B().c"]);
    assert_eq!(paths("from a import B\nx, y = z(), B()\nx.c; y.d"), ["a.B()", "a.B().d"]);
    assert_eq!(paths("from a import B\nx, y = B\nx.c"), [""; 0]);
    assert_eq!(paths("from a import B\nclass C:\n  b: B = f(B)\n  def g(self):\n    self.b.c"), ["a.B().c"]);
    assert_eq!(paths("from a import B\nx: B\nx.c\ny: int = 1\ny.d"), ["a.B().c"]);
    assert_eq!(paths("from a import B\nB(c=1).with_options(d=2).e"), ["a.B().e"]);
    assert_eq!(
        paths("import a\nfor x in a.b():\n    x.c\n[y.d for y in a.e]"),
        ["a.b()", "a.b()[].c", "a.e[].d", "a.e"]
    );
    assert_eq!(paths("import a\nfor i, x in enumerate(a.b):\n    x.c\n    i.d"), ["a.b", "a.b[].c"]);
    assert_eq!(paths("import a\nx = (await a.b())['c']\n"), ["a.b()[c]"]);
}

#[test]
fn other_things_of_the_same_name_are_silent() {
    for text in [
        "a = 1\na.b",
        "import a\ndef f(a):\n    a.b",
        "import a\nfor a in x:\n    a.b",
        "import a\na = wrap(a)\na.b",
        "x.a.b\nimport a",
        "def f():\n    import a\na.b",
        "x = x.y\nx.z",
        "x = y\ny = x\nx.z",
    ] {
        assert_eq!(paths(text), [""; 0], "{text}");
    }
}

#[test]
fn a_fallback_hides_nothing() {
    assert_eq!(paths("try:\n    import a\nexcept ImportError:\n    a = None\na.b"), ["a.b"]);
    assert_eq!(paths("try:\n    import a\nexcept ImportError:\n    a = object()\na.b"), ["a.b"]);
    assert_eq!(paths("def f():\n    global c\n    c = a.B()\nimport a\nc = None\nc.d"), ["a.B()", "a.B().d"]);
}

#[test]
fn what_is_done_with_it() {
    let code = read(b"import a\na.b = 'v'\na.c(d='w', **k)\ntry: pass\nexcept (a.E, a.F) as e: a.g\nh = a.i\n");
    let role = |r: &Reference| (r.path.to_string(), r.role);
    let known = || code.references.iter().filter(|r| r.is_known && (r.imported || !r.parts.is_empty()));
    let roles: Vec<_> = known().map(role).collect();
    let expected = [
        ("a.b", Role::Assign),
        ("a.c()", Role::Read),
        ("a.E", Role::Except),
        ("a.F", Role::Except),
        ("a.g", Role::Read),
        ("a.i", Role::Alias),
    ];
    assert_eq!(roles, expected.map(|(path, role)| (path.to_owned(), role)));
    let all: Vec<&Reference> = known().collect();
    let call = code.call(&all[1].parts[1]).unwrap();
    assert!(call.is_open && call.named.len() == 1 && code.assigned(all[0]).is_some());
}

#[test]
fn hostile_texts_take_linear_time() {
    let start = std::time::Instant::now();
    for part in [
        "(",
        "x=x.a\n",
        "if a: ",
        "def f(a, b=",
        "f'{",
        "a.b",
        "a=",
        "class A:\n",
        "lambda a:",
        "x, = ",
        "[a for a in ",
    ] {
        read(part.repeat(20_000).as_bytes());
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn any_text_is_read() {
    let words = "import|from|a|b|as|self|def|class|with|for|in|=|.|(|)|[|]|,|:|\n|\n    |lambda|f'{|}'|\
                 or|if|else|except|None|*| |:=|global";
    super::super::any_text_is_read(read, words);
}
