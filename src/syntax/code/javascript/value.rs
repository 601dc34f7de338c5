//! JavaScript's values: what a name is given, and where an expression ends.

use super::super::Role;
use super::super::given::{Given, is_nothing};
use super::super::lexer::Kind;
use super::{Reader, is_keyword};

/// How many operands of `??` and `||` are looked at.
const MOST_ALTERNATIVES: usize = 4;

/// Words that go on with an expression.
const JOINING: [&[u8]; 6] = [b"in", b"of", b"instanceof", b"as", b"satisfies", b"is"];

/// Words after which an expression still has to come.
const OPENING: [&[u8]; 7] = [b"new", b"await", b"typeof", b"void", b"delete", b"return", b"async"];

/// How many tokens of an expression are looked at, brackets counting as one.
const LONGEST_EXPRESSION: usize = 1000;

impl Reader<'_> {
    /// The value that starts at token `i`, if it is a chain; also the last of `a ?? b` and `a || b`.
    pub(super) fn value(&mut self, i: usize) -> Given {
        let mut at = i;
        for _ in 0..MOST_ALTERNATIVES {
            match self.alternative(at) {
                Ok(value) => return value,
                Err(next) => at = next,
            }
        }
        Given::Unknown
    }

    /// The value that starts at token `i`, or where the next alternative starts.
    pub(super) fn alternative(&mut self, i: usize) -> Result<Given, usize> {
        let mut at = i;
        let mut is_new = false;
        while at < i + 4 {
            if self.out.tokens.is_word(at, b"await") || self.is(at, b"(") {
                at += 1;
            } else if self.out.tokens.is_word(at, b"new") {
                is_new = true;
                at += 1;
            } else {
                break;
            }
        }
        if is_nothing(&self.out.tokens, at, at + 1) {
            return Ok(Given::Nothing);
        }
        let loads = self.bytes(at) == b"import" && self.is(at + 1, b"(");
        if !self.is_name(at) || is_keyword(self.bytes(at)) && !loads || self.is(at + 1, b"=>") {
            return Ok(Given::Unknown);
        }
        let chain = self.out.chain(self.scope(), at, is_new);
        let next = self.out.chains[chain].next;
        if self.is(next, b"??") || self.is(next, b"||") {
            return Err(next + 1);
        }
        if !self.value_end(next) {
            return Ok(Given::Unknown);
        }
        self.out.chains[chain].role = Role::Alias;
        Ok(Given::Chain(chain))
    }

    /// Whether a value may end before token `i`.
    pub(super) fn value_end(&self, i: usize) -> bool {
        i >= self.out.tokens.len()
            || self.is_name(i) && !matches!(self.bytes(i), b"instanceof" | b"in")
            || [&b";"[..], b",", b")", b"]", b"}"].iter().any(|op| self.is(i, op))
    }

    /// The token after the expression that starts at token `start`: what closes or separates it, or the first of
    /// another line that does not go on with it.
    pub(super) fn expression_end(&self, start: usize) -> usize {
        let tokens = &self.out.tokens;
        let mut i = start;
        let mut conditions = 0usize;
        while i < tokens.len().min(start + LONGEST_EXPRESSION) {
            match tokens.bytes(i) {
                b";" | b"," | b")" | b"]" | b"}" if tokens.all[i].kind == Kind::Op => return i,
                b"?" => conditions += 1,
                b":" if conditions == 0 => return i,
                b":" => conditions -= 1,
                _ => {}
            }
            let next = tokens.after(i);
            let last = tokens.all[next - 1];
            let is_operand = match last.kind {
                Kind::Name => !OPENING.contains(&tokens.bytes(next - 1)) && !JOINING.contains(&tokens.bytes(next - 1)),
                Kind::Text(_) | Kind::Number => true,
                _ => matches!(tokens.bytes(next - 1), b")" | b"]" | b"}"),
            };
            let Some(following) = tokens.all.get(next) else { return next };
            let begins = match following.kind {
                Kind::Name => !JOINING.contains(&tokens.bytes(next)),
                Kind::Text(_) => !tokens.is(next - 1, b"}"),
                Kind::Number => true,
                _ => tokens.is(next, b"{") || tokens.is(next, b"@"),
            };
            let gap = &tokens.text[last.span.end..following.span.start.max(last.span.end)];
            if is_operand && begins && memchr::memchr(b'\n', gap).is_some() {
                return next;
            }
            i = next;
        }
        i.min(tokens.len())
    }
}
