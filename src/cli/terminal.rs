//! What standard output is shown on: colours, characters and width are decided here, once, and handed down.

use super::args::Color;
use std::ffi::OsString;
use std::io::IsTerminal as _;

/// Columns where nobody says how many there are.
const WIDTH: usize = 80;

/// What reports may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terminal {
    /// Whether to use colours.
    pub(super) color: bool,
    /// Whether more than ASCII is shown right.
    pub(super) unicode: bool,
    /// Width in columns.
    pub(super) width: usize,
}

impl Terminal {
    /// Asks the environment and standard output.
    pub(super) fn of_stdout(color: Color) -> Self {
        let tty = std::io::stdout().is_terminal();
        let width = || terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
        Self::decide(color, tty, width, |name| std::env::var_os(name))
    }

    fn decide(
        color: Color,
        tty: bool,
        tty_width: impl Fn() -> Option<usize>,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Self {
        let text = |name: &str| env(name).map(|value| value.to_string_lossy().into_owned()).filter(|v| !v.is_empty());
        let dumb = text("TERM").as_deref() == Some("dumb");
        let forced = |name: &str| text(name).is_some_and(|value| value != "0");
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            // https://no-color.org and https://bixense.com/clicolors; FORCE_COLOR is what Node's programs read.
            Color::Auto if text("NO_COLOR").is_some() => false,
            Color::Auto if forced("CLICOLOR_FORCE") || forced("FORCE_COLOR") => true,
            Color::Auto if text("CLICOLOR").as_deref() == Some("0") => false,
            Color::Auto => tty && !dumb,
        };
        // The first one that is set decides. Where none is, as in most CI images, logs are UTF-8.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(text);
        let utf8 = locale.is_none_or(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        let columns = text("COLUMNS").and_then(|value| value.trim().parse().ok());
        let width = columns.or_else(tty_width).filter(|width| *width > 0).unwrap_or(WIDTH);
        Self { color, unicode: utf8 && !dumb, width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(color: Color, tty: bool, env: &[(&str, &str)]) -> Terminal {
        let get = |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
        Terminal::decide(color, tty, || tty.then_some(132), get)
    }

    #[test]
    fn color_follows_the_conventions_in_their_order() {
        use Color::{Always, Auto, Never};
        for (color, tty, env, expected) in [
            (Auto, true, &[][..], true),
            (Auto, false, &[], false),
            (Auto, true, &[("TERM", "dumb")], false),
            (Auto, true, &[("CLICOLOR", "0")], false),
            (Auto, true, &[("NO_COLOR", "")], true),
            (Auto, true, &[("NO_COLOR", "1")], false),
            (Auto, true, &[("NO_COLOR", "0")], false),
            (Auto, false, &[("FORCE_COLOR", "1"), ("CLICOLOR", "0"), ("TERM", "dumb")], true),
            (Auto, false, &[("CLICOLOR_FORCE", "1")], true),
            (Auto, false, &[("CLICOLOR_FORCE", "0")], false),
            (Auto, true, &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], false),
            (Always, false, &[("NO_COLOR", "1"), ("TERM", "dumb")], true),
            (Never, true, &[("FORCE_COLOR", "1")], false),
        ] {
            assert_eq!(decide(color, tty, env).color, expected, "{color:?} {tty} {env:?}");
        }
    }

    #[test]
    fn characters_follow_the_locale() {
        for (env, expected) in [
            (&[][..], true),
            (&[("LANG", "C")], false),
            (&[("LANG", "C.UTF-8")], true),
            (&[("LANG", "en_US.utf8"), ("LC_ALL", "POSIX")], false),
            (&[("LANG", "de_DE.UTF-8"), ("TERM", "dumb")], false),
            (&[("LC_ALL", ""), ("LANG", "de_DE.UTF-8")], true),
        ] {
            assert_eq!(decide(Color::Auto, false, env).unicode, expected, "{env:?}");
        }
    }

    #[test]
    fn width_comes_from_the_user_then_the_terminal() {
        assert_eq!(decide(Color::Auto, true, &[("COLUMNS", "50")]).width, 50);
        assert_eq!(decide(Color::Auto, true, &[("COLUMNS", "wide")]).width, 132);
        assert_eq!(decide(Color::Auto, false, &[("COLUMNS", "0")]).width, WIDTH);
        assert_eq!(decide(Color::Auto, false, &[]).width, WIDTH);
    }
}
