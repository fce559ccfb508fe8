//! `/etc/passwd`: users by number (passwd(5)), for trees other than the running system's.

use crate::{ParseError, cursor};

/// One user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User<'a> {
    /// Login name.
    pub name: &'a [u8],
    /// User id.
    pub uid: u32,
    /// Id of the first group.
    pub gid: u32,
}

/// Parses the lines of `passwd`; comments, empty lines and NIS entries (`+`, `-`) are left out.
pub fn parse(input: &[u8]) -> impl Iterator<Item = Result<User<'_>, ParseError>> {
    let is_user = |line: &&[u8]| !matches!(line.first(), None | Some(b'#' | b'+' | b'-'));
    cursor::lines(input).filter(is_user).map(|line| {
        let (name, rest) = cursor::split_once(line, b':', "name")?;
        let (_password, rest) = cursor::split_once(rest, b':', "password")?;
        let (uid, rest) = cursor::split_once(rest, b':', "uid")?;
        let gid = rest.split(|&byte| byte == b':').next().unwrap_or(rest);
        Ok(User { name, uid: cursor::number(uid, "uid")?, gid: cursor::number(gid, "gid")? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"root:x:0:0:root:/root:/bin/bash\n# note\n\n+::::::\n\
        nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n";

    #[test]
    fn every_field_has_its_place() {
        let users: Vec<_> = parse(FILE).collect::<Result<_, _>>().expect("well-formed lines");
        let want = [
            User { name: b"root", uid: 0, gid: 0 },
            User { name: b"nobody", uid: 65534, gid: 65534 },
        ];
        assert_eq!(users, want);
    }

    #[test]
    fn malformed_lines_are_errors() {
        let fields: Vec<_> = parse(b"a\na:x\na:x:0\na:x:u:0\na:x:0::\n")
            .map(|line| line.unwrap_err().field())
            .collect();
        assert_eq!(fields, ["name", "password", "uid", "uid", "gid"]);
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..FILE.len() {
            parse(&FILE[..end]).for_each(drop);
        }
    }
}
