//! `/run/systemd/sessions/ID`: one login session, as `KEY=VALUE` lines that systemd-logind keeps.
//!
//! The file is logind's own, so every key may be absent (systemd, `src/login/logind-session.c`).

use std::borrow::Cow;

use crate::{ParseError, cursor};

/// What one session file says; keys without a value are absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session<'a> {
    /// `UID`: id of the user.
    pub uid: Option<u32>,
    /// `USER`: name of the user.
    pub user: Option<Cow<'a, [u8]>>,
    /// `TTY`: terminal, without `/dev/`.
    pub tty: Option<Cow<'a, [u8]>>,
    /// `DISPLAY`: that of the X server.
    pub display: Option<Cow<'a, [u8]>>,
    /// `REMOTE`: whether the login came from another host.
    pub remote: Option<bool>,
    /// `REMOTE_HOST`: that host.
    pub remote_host: Option<Cow<'a, [u8]>>,
    /// `SERVICE`: the PAM service, such as `sshd`.
    pub service: Option<Cow<'a, [u8]>>,
    /// `LEADER`: pid of the process that logged in.
    pub leader: Option<u32>,
    /// `CLASS`: `user`, `greeter`, `manager` and so on.
    pub class: Option<Cow<'a, [u8]>>,
    /// `STATE`: `online`, `active` or `closing`.
    pub state: Option<Cow<'a, [u8]>>,
    /// `ACTIVE`: whether the session is in the foreground of its seat.
    pub active: Option<bool>,
    /// `REALTIME`: when it began, in microseconds since 1970.
    pub realtime: Option<u64>,
}

/// Parses one session file.
///
/// # Errors
///
/// When a number or a truth value is neither.
pub fn parse(input: &[u8]) -> Result<Session<'_>, ParseError> {
    let mut session = Session::default();
    for line in cursor::lines(input) {
        let Ok((key, value)) = cursor::split_once(line, b'=', "key") else { continue };
        let value = unquote(value.trim_ascii());
        if value.is_empty() {
            continue;
        }
        match key {
            b"UID" => session.uid = Some(cursor::number(&value, "UID")?),
            b"USER" => session.user = Some(value),
            b"TTY" => session.tty = Some(value),
            b"DISPLAY" => session.display = Some(value),
            b"REMOTE" => session.remote = Some(truth(&value, "REMOTE")?),
            b"REMOTE_HOST" => session.remote_host = Some(value),
            b"SERVICE" => session.service = Some(value),
            b"LEADER" => session.leader = Some(cursor::number(&value, "LEADER")?),
            b"CLASS" => session.class = Some(value),
            b"STATE" => session.state = Some(value),
            b"ACTIVE" => session.active = Some(truth(&value, "ACTIVE")?),
            b"REALTIME" => session.realtime = Some(cursor::number(&value, "REALTIME")?),
            _ => {}
        }
    }
    Ok(session)
}

fn truth(value: &[u8], field: &'static str) -> Result<bool, ParseError> {
    match value {
        b"1" | b"yes" | b"true" => Ok(true),
        b"0" | b"no" | b"false" => Ok(false),
        _ => Err(ParseError::new(field, value)),
    }
}

/// Undoes the quoting of systemd's environment files (`src/basic/env-file.c`).
fn unquote(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr3(b'\\', b'"', b'\'', value).is_none() {
        return Cow::Borrowed(value);
    }
    let mut plain = Vec::with_capacity(value.len());
    let mut quote = None;
    let mut bytes = value.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'\\') => plain.extend(bytes.next()),
            (Some(b'"'), b'\\') => {
                // Between double quotes, only these need and take a backslash.
                let escaped = bytes.next_if(|next| matches!(next, b'"' | b'\\' | b'`' | b'$'));
                plain.push(escaped.unwrap_or(byte));
            }
            _ => plain.push(byte),
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"# This is private data. Do not parse.\nUID=1000\nUSER=alice\nACTIVE=1\n\
        IS_DISPLAY=1\nSTATE=active\nREMOTE=1\nTYPE=tty\nCLASS=user\nTTY=pts/0\n\
        REMOTE_HOST=192.168.1.77\nSERVICE=sshd\nDISPLAY=:0\nLEADER=1501\n\
        REALTIME=1700000200250000\nMONOTONIC=5\n";

    #[test]
    fn every_key_has_its_place() {
        let text = |text: &'static str| Some(Cow::Borrowed(text.as_bytes()));
        let want = Session {
            uid: Some(1000),
            user: text("alice"),
            tty: text("pts/0"),
            display: text(":0"),
            remote: Some(true),
            remote_host: text("192.168.1.77"),
            service: text("sshd"),
            leader: Some(1501),
            class: text("user"),
            state: text("active"),
            active: Some(true),
            realtime: Some(1_700_000_200_250_000),
        };
        assert_eq!(parse(FILE), Ok(want));
    }

    #[test]
    fn absent_keys_and_values_are_none() {
        assert_eq!(parse(b""), Ok(Session::default()));
        assert_eq!(parse(b"UID=\nTTY=\nodd line\n=x\nTTY=\"\"\n"), Ok(Session::default()));
    }

    #[test]
    fn malformed_values_are_errors() {
        assert_eq!(parse(b"UID=alice").unwrap_err().field(), "UID");
        assert_eq!(parse(b"REMOTE=2").unwrap_err().field(), "REMOTE");
    }

    #[track_caller]
    fn check(value: &str, want: &str) {
        let file = format!("DISPLAY={value}\n");
        let session = parse(file.as_bytes()).expect("a text");
        assert_eq!(session.display.as_deref(), Some(want.as_bytes()));
    }

    #[test]
    fn values_are_unquoted() {
        check("plain", "plain");
        check(r#""two words""#, "two words");
        check(r#""a\"b\\c\$d\ne""#, r#"a"b\c$d\ne"#);
        check(r"a\ b\\c", r"a b\c");
        check(r"'a\b'c", r"a\bc");
        check(r#""open"#, "open");
    }

    #[test]
    fn no_prefix_panics() {
        let file = [FILE, br#"DISPLAY="a\"b" c\"#].concat();
        for end in 0..file.len() {
            let _ = parse(&file[..end]);
        }
    }
}
