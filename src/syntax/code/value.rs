//! What an expression is made of, as far as a credential can pass through it.

use super::chain::Chain;
use super::given::is_nothing;
use super::lexer::Kind;
use super::scope::Collector;
use super::{Argument, Call};
use crate::span::Span;

/// How deep an expression is looked into; the value of a name counts for two steps.
const DEEPEST_VALUE: usize = 8;

/// How many named arguments of one call are kept, and how many items of a list.
const MOST_ARGUMENTS: usize = 200;

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Its bytes; for a literal text the inside of its quotes.
    pub span: Span,
    /// What it is made of.
    pub form: Form,
}

/// What an expression is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// A literal text.
    Text,
    /// `None`, `null`, `undefined`.
    Nothing,
    /// A number, `True`, `false`.
    Word,
    /// A chain: its place among the file's references, and what its first name was given, if one place tells.
    Chain(usize, Option<Box<Value>>),
    /// Members of something that is no name: `(a or b).strip()`. The text after the value.
    Members(Box<Value>, Span),
    /// A text with values put into it: its literal beginning, and the values.
    Formatted(Span, Vec<Value>),
    /// One of several: `a or b`, `a ?? b`, `a if c else b`.
    Any(Vec<Value>),
    /// One after the other: `a + b`.
    Sum(Vec<Value>),
    /// A tuple, list, dictionary or object.
    List(Vec<Value>),
    /// A comparison or negation: it says something about a value and is none.
    Test,
    /// Anything else.
    Other,
}

impl Value {
    /// The inside of a literal text.
    pub fn text(&self) -> Option<Span> {
        matches!(self.form, Form::Text).then_some(self.span)
    }

    /// The values it may be: the alternatives, or itself.
    pub fn alternatives(&self) -> &[Self] {
        match &self.form {
            Form::Any(all) => all,
            _ => std::slice::from_ref(self),
        }
    }
}

/// An operator that decides what an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Operator {
    Product,
    Modulo,
    Sum,
    Test,
    And,
    Or,
    Condition,
    Function,
}

impl Collector<'_> {
    /// The expression between two tokens. `numbers`: the place of each chain among the references.
    pub(super) fn value(&self, start: usize, end: usize, numbers: &[usize], depth: usize) -> Value {
        let tokens = &self.tokens;
        let (mut start, mut end) = (start, end.min(tokens.len()));
        while end > start && (tokens.is(end - 1, b"!") || tokens.is(end - 1, b";") || self.is_newline(end - 1)) {
            end -= 1;
        }
        while start < end && ["await", "new", "yield"].iter().any(|word| tokens.is_word(start, word.as_bytes())) {
            start += 1;
        }
        if start >= end {
            let at = tokens.all.get(start).map_or(tokens.text.len(), |token| token.span.start);
            return Value { span: Span::new(at, at), form: Form::Other };
        }
        let span =
            Span::new(tokens.all[start].span.start, tokens.all[end - 1].span.end.max(tokens.all[start].span.end));
        let left = self.budget.get();
        if depth > DEEPEST_VALUE || left == 0 {
            return Value { span, form: Form::Other };
        }
        self.budget.set(left - 1);
        if end == start + 1
            && let Some(inner) = tokens.inner(start)
        {
            return Value { span: inner, form: Form::Text };
        }
        let form = match self.operator(start, end) {
            Some((operator, at)) => self.operation(operator, at, start, end, numbers, depth),
            None => self.atom(start, end, numbers, depth),
        };
        Value { span, form }
    }

    fn is_newline(&self, i: usize) -> bool {
        self.tokens.all.get(i).is_some_and(|token| matches!(token.kind, Kind::Newline(_)))
    }

    /// The operator that binds least between two tokens, outside of brackets, and where it stands first.
    fn operator(&self, start: usize, end: usize) -> Option<(Operator, usize)> {
        let tokens = &self.tokens;
        let mut found: Option<(Operator, usize)> = None;
        let mut i = start;
        while i < end {
            let operator = match tokens.bytes(i) {
                b"=>" | b"lambda" | b"function" | b"for" => Some(Operator::Function),
                b"?" | b"if" => Some(Operator::Condition),
                b"or" | b"||" | b"??" => Some(Operator::Or),
                b"and" | b"&&" => Some(Operator::And),
                b"==" | b"!=" | b"===" | b"!==" | b"<" | b">" | b"<=" | b">=" | b"in" | b"is" | b"not" | b"!"
                | b"instanceof" | b"typeof" => Some(Operator::Test),
                b"+" => Some(Operator::Sum),
                b"%" => Some(Operator::Modulo),
                b"-" | b"*" | b"/" | b"//" | b"**" | b"as" | b"satisfies" => Some(Operator::Product),
                _ => None,
            };
            let is_written = matches!(tokens.all[i].kind, Kind::Op | Kind::Name);
            if let Some(operator) = operator.filter(|_| is_written)
                && found.is_none_or(|(other, _)| operator > other)
            {
                found = Some((operator, i));
            }
            i = tokens.after(i);
        }
        found
    }

    fn operation(
        &self,
        operator: Operator,
        at: usize,
        start: usize,
        end: usize,
        numbers: &[usize],
        depth: usize,
    ) -> Form {
        let tokens = &self.tokens;
        let part = |from: usize, to: usize| self.value(from, to, numbers, depth + 1);
        let flat = |parts: Vec<(usize, usize)>| parts.into_iter().map(|(from, to)| part(from, to)).collect();
        match operator {
            Operator::Test => Form::Test,
            Operator::Condition => {
                let (middle, first): (&[u8], usize) =
                    if tokens.is(at, b"?") { (b":", at + 1) } else { (b"else", start) };
                let mut i = at;
                while i < end && tokens.bytes(i) != middle {
                    i = tokens.after(i);
                }
                let first_end = if tokens.is(at, b"?") { i } else { at };
                let mut all = vec![part(first, first_end)];
                if i < end {
                    all.push(part(i + 1, end));
                }
                Form::Any(all.into_iter().flat_map(|value| value.alternatives().to_vec()).collect())
            }
            Operator::Or => Form::Any(flat(self.split(start, end, &[b"or", b"||", b"??"]))),
            Operator::And => {
                let last = self.split(start, end, &[b"and", b"&&"]).pop().unwrap_or((start, start));
                part(last.0, last.1).form
            }
            Operator::Sum => Form::Sum(flat(self.split(start, end, &[b"+"]))),
            Operator::Modulo => {
                let text = tokens.inner(start).filter(|_| at == start + 1);
                let Some(lead) = text else { return Form::Other };
                let values = part(at + 1, end);
                Form::Formatted(lead, vec![values])
            }
            // `x as string`; a product is no text.
            Operator::Product if matches!(tokens.bytes(at), b"as" | b"satisfies") => part(start, at).form,
            Operator::Product | Operator::Function => Form::Other,
        }
    }

    /// The parts between `separators`, outside of brackets.
    fn split(&self, start: usize, end: usize, separators: &[&[u8]]) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        let (mut from, mut i) = (start, start);
        while i < end && out.len() < MOST_ARGUMENTS {
            let is_text = self.tokens.inner(i).is_some();
            if !is_text && separators.contains(&self.tokens.bytes(i)) {
                out.push((from, i));
                from = i + 1;
            }
            i = self.tokens.after(i);
        }
        if from < end {
            out.push((from, end));
        }
        out
    }

    /// An expression without operators.
    fn atom(&self, start: usize, end: usize, numbers: &[usize], depth: usize) -> Form {
        let tokens = &self.tokens;
        if is_nothing(tokens, start, end) {
            return Form::Nothing;
        }
        if tokens.inner(start).is_some() {
            return self.texts(start, end, numbers, depth);
        }
        let in_bracket = [start + 1, start + 2];
        if tokens.is(start, b"(")
            && let Some(number) = in_bracket.iter().find_map(|at| self.read.get(at))
            && (self.chains[*number].first, self.chains[*number].next) == (start, end)
        {
            return self.chain_value(*number, numbers, depth);
        }
        if let Some(close) = tokens.partner(start).filter(|close| *close > start && *close < end) {
            let inside = || self.split(start + 1, close, &[b","]);
            let is_call = tokens.is(start, b"(");
            if close + 1 < end {
                if !is_call {
                    return Form::Other;
                }
                let of = self.value(start + 1, close, numbers, depth + 1);
                let rest = Span::new(tokens.all[close].span.end, tokens.all[end - 1].span.end);
                return Form::Members(Box::new(of), rest);
            }
            let parts = inside();
            if let [(from, to)] = parts[..]
                && is_call
                && !tokens.is(close - 1, b",")
            {
                return self.value(from, to, numbers, depth + 1).form;
            }
            let is_map = tokens.is(start, b"{");
            let items = parts.into_iter().map(|(from, to)| {
                let colon = is_map.then(|| (from..to.min(from + 2)).find(|i| tokens.is(*i, b":"))).flatten();
                self.value(colon.map_or(from, |colon| colon + 1), to, numbers, depth + 1)
            });
            return Form::List(items.collect());
        }
        if tokens.all[start].kind == Kind::Number && end == start + 1 {
            return Form::Word;
        }
        if matches!(tokens.bytes(start), b"True" | b"False" | b"true" | b"false") && end == start + 1 {
            return Form::Word;
        }
        match self.read.get(&start) {
            Some(number) if self.chains[*number].next == end => self.chain_value(*number, numbers, depth),
            _ => Form::Other,
        }
    }

    /// Texts one after the other, with values put into them: `f"a{b}" "c"`, `` `a${b}` ``, `"a{}".format(b)`.
    fn texts(&self, start: usize, end: usize, numbers: &[usize], depth: usize) -> Form {
        let tokens = &self.tokens;
        let lead = tokens.inner(start).unwrap_or_default();
        let mut parts = Vec::new();
        let mut i = start;
        while i < end {
            if tokens.inner(i).is_some() {
                i += 1;
            } else if let Some(close) = tokens.partner(i).filter(|close| *close > i && *close < end)
                && (tokens.is(i, b"{") || tokens.is(i, b"${"))
            {
                // `{value!r:>10}`
                let is_python = tokens.is(i, b"{");
                let stop = (i + 1..close)
                    .find(|at| is_python && (tokens.is(*at, b"!") || tokens.is(*at, b":") || tokens.is(*at, b":=")));
                // `{value=}`
                let stop = stop.unwrap_or(close);
                let stop = stop - usize::from(is_python && tokens.is(stop - 1, b"="));
                parts.push(self.value(i + 1, stop, numbers, depth + 1));
                i = close + 1;
            } else {
                break;
            }
        }
        if i < end && tokens.is(i, b".") && matches!(tokens.bytes(i + 1), b"format" | b"join" | b"concat") {
            let open = i + 2;
            if let Some(close) = tokens.partner(open).filter(|close| *close + 1 == end) {
                let given = self.split(open + 1, close, &[b","]).into_iter();
                parts.extend(given.map(|(from, to)| {
                    let named = tokens.is(from + 1, b"=") && to > from + 2;
                    self.value(if named { from + 2 } else { from }, to, numbers, depth + 1)
                }));
                return Form::Formatted(lead, parts);
            }
        }
        if i < end { Form::Other } else { Form::Formatted(lead, parts) }
    }

    fn chain_value(&self, number: usize, numbers: &[usize], depth: usize) -> Form {
        let chain: &Chain = &self.chains[number];
        let base = if depth + 2 > DEEPEST_VALUE { None } else { self.binding(chain) };
        let base = base
            .and_then(|binding| binding.tokens)
            .filter(|(from, to)| !(*from..*to).contains(&chain.at))
            .map(|(from, to)| Box::new(self.value(from, to, numbers, depth + 2)));
        Form::Chain(numbers[number], base)
    }

    /// The arguments between two brackets.
    pub(super) fn call(&self, open: usize, close: usize, numbers: &[usize]) -> Call {
        let tokens = &self.tokens;
        let mut call = Call::default();
        for (from, to) in self.split(open + 1, close, &[b","]) {
            if !(tokens.is_name(from) && tokens.is(from + 1, b"=")) {
                call.positional.push(self.value(from, to, numbers, 0));
            }
        }
        let braces = tokens.is(open + 1, b"{");
        let (first, close) = match tokens.partner(open + 1) {
            Some(end) if braces => (open + 2, end),
            _ => (open + 1, close),
        };
        for (start, end) in self.split(first, close, &[b","]) {
            let alone = end == start + 1;
            let is_name = tokens.is_name(start);
            let name = tokens.inner(start).filter(|_| braces).or_else(|| is_name.then(|| tokens.all[start].span));
            match name {
                Some(name) if tokens.is(start + 1, if braces { b":" } else { b"=" }) => {
                    call.named.push(Argument { name, value: self.value(start + 2, end, numbers, 0) });
                }
                Some(name) if braces && alone && is_name => {
                    call.named.push(Argument { name, value: self.value(start, end, numbers, 0) });
                }
                // A variable given where options are expected.
                Some(_) if alone && !braces => {
                    call.is_open = true;
                    self.entries(start, end, numbers, &mut call);
                }
                _ if tokens.is(start, b"**") || tokens.is(start, b"...") => {
                    let is_written = tokens.is(start + 1, b"{");
                    call.is_open |= !is_written;
                    self.entries(start + 1, end, numbers, &mut call);
                }
                _ => {}
            }
            if call.named.len() > MOST_ARGUMENTS {
                break;
            }
        }
        call
    }

    /// Adds the entries of the dictionary or object between two tokens, or of the one the name there was given, to the
    /// named arguments of `call`.
    fn entries(&self, start: usize, end: usize, numbers: &[usize], call: &mut Call) {
        let tokens = &self.tokens;
        let given = || {
            let chain = self.read.get(&start).map(|number| &self.chains[*number]).filter(|chain| chain.next == end)?;
            self.binding(chain)?.tokens.filter(|(from, to)| !(*from..*to).contains(&start))
        };
        let (open, end) = if tokens.is(start, b"{") { (start, end) } else { given().unwrap_or_default() };
        let Some(close) = tokens.partner(open).filter(|close| *close > open && *close < end) else { return };
        for (from, to) in self.split(open + 1, close, &[b","]) {
            let key = tokens.inner(from).or_else(|| tokens.is_name(from).then(|| tokens.all[from].span));
            if let Some(name) = key.filter(|_| tokens.is(from + 1, b":") && call.named.len() < MOST_ARGUMENTS) {
                call.named.push(Argument { name, value: self.value(from + 2, to, numbers, 1) });
            }
        }
    }
}
