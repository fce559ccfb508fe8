//! `/proc/PID/mounts` and `/etc/mtab`: mounted file systems, as getmntent(3) reads them.

use std::borrow::Cow;

use crate::cursor;

/// One mount; what a short line lacks is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount<'a> {
    /// What is mounted: a device, or a name that the type of file system gives a meaning.
    pub device: Cow<'a, [u8]>,
    /// Where.
    pub mountpoint: Cow<'a, [u8]>,
    /// The type of file system, perhaps with a subtype (`fuse.portal`).
    pub fstype: Cow<'a, [u8]>,
    /// Options, separated by commas.
    pub options: Cow<'a, [u8]>,
}

/// Parses the lines of `mounts`; comments and empty lines are left out.
pub fn parse(input: &[u8]) -> impl Iterator<Item = Mount<'_>> {
    let lines = cursor::lines(input).map(trim_start);
    lines.filter(|line| !matches!(line.first(), None | Some(b'#'))).map(|line| {
        let mut rest = line;
        let is_plain = memchr::memchr(b'\\', line).is_none();
        let mut next = || {
            let field = field(&mut rest);
            if is_plain { Cow::Borrowed(field) } else { decode(field) }
        };
        Mount { device: next(), mountpoint: next(), fstype: next(), options: next() }
    })
}

fn is_blank(byte: &u8) -> bool {
    // Other white space is part of a name: the kernel does not escape it.
    matches!(byte, b' ' | b'\t')
}

fn trim_start(line: &[u8]) -> &[u8] {
    let start = line.iter().position(|byte| !is_blank(byte)).unwrap_or(line.len());
    line.get(start..).unwrap_or(b"")
}

fn field<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let end = memchr::memchr2(b' ', b'\t', rest).unwrap_or(rest.len());
    let (field, tail) = rest.split_at_checked(end).unwrap_or((*rest, b""));
    *rest = trim_start(tail);
    field
}

fn decode(field: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', field).is_none() {
        return Cow::Borrowed(field);
    }
    let mut decoded = Vec::with_capacity(field.len());
    let mut rest = field;
    loop {
        let (byte, tail) = match rest {
            [b'\\', b'0', b'4', b'0', tail @ ..] => (b' ', tail),
            [b'\\', b'0', b'1', b'1', tail @ ..] => (b'\t', tail),
            [b'\\', b'0', b'1', b'2', tail @ ..] => (b'\n', tail),
            [b'\\', b'1', b'3', b'4', tail @ ..] | [b'\\', b'\\', tail @ ..] => (b'\\', tail),
            // `\043` as well: glibc decodes it since 2.38 only.
            [byte, tail @ ..] => (*byte, tail),
            [] => return Cow::Owned(decoded),
        };
        decoded.push(byte);
        rest = tail;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(input: &[u8], want: &[[&str; 4]]) {
        let mounts: Vec<_> = parse(input).collect();
        let mounts: Vec<_> =
            mounts.iter().map(|m| [&*m.device, &*m.mountpoint, &*m.fstype, &*m.options]).collect();
        let want: Vec<_> = want.iter().map(|mount| mount.map(str::as_bytes)).collect();
        assert_eq!(mounts, want);
    }

    #[test]
    fn every_field_has_its_place() {
        check(
            b"/dev/sda1 / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\n",
            &[["/dev/sda1", "/", "ext4", "rw,relatime"], ["proc", "/proc", "proc", "rw"]],
        );
    }

    #[test]
    fn escapes_are_decoded() {
        check(
            br"a\040b /tab\011nl\012bs\134end\\ x\0400 rw",
            &[["a b", "/tab\tnl\nbs\\end\\", "x 0", "rw"]],
        );
        check(br"vg-lv\043hash /\x\04 x\ rw", &[[r"vg-lv\043hash", r"/\x\04", r"x\", "rw"]]);
        check(br"\134040 / x rw", &[[r"\040", "/", "x", "rw"]]);
    }

    #[test]
    fn odd_lines_are_read_as_getmntent_does() {
        check(b"# comment\n\n \t \n \t# comment\n", &[]);
        check(b"\t a  /b\t \n", &[["a", "/b", "", ""]]);
        check(b"server#dir /mnt fuse rw\n", &[["server#dir", "/mnt", "fuse", "rw"]]);
        check(b"a /\rb\x0b x rw\n", &[["a", "/\rb\x0b", "x", "rw"]]);
    }

    #[test]
    fn only_escaped_fields_allocate() {
        let mount = parse(br"/dev/sda1 /a\040b ext4 rw 0 0").next().expect("a mount");
        assert!(matches!((mount.device, mount.mountpoint), (Cow::Borrowed(_), Cow::Owned(_))));
    }

    #[test]
    fn no_prefix_panics() {
        let input = br" a\040b /c\134 x rw 0 0";
        for end in 0..input.len() {
            parse(&input[..end]).for_each(drop);
        }
    }

    fn escape(name: &[u8]) -> Vec<u8> {
        name.iter()
            .flat_map(|byte| match byte {
                b' ' | b'\t' | b'\n' | b'\\' => format!("\\{byte:03o}").into_bytes(),
                byte => vec![*byte],
            })
            .collect()
    }

    proptest! {
        #[test]
        fn names_come_back(
            device in "[^#\0].*", mountpoint in proptest::collection::vec(1_u8.., 1..20),
        ) {
            let fields = [&escape(device.as_bytes())[..], &escape(&mountpoint)[..], b"x", b"rw"];
            let line = fields.join(&b' ');
            let mounts: Vec<_> = parse(&line).collect();
            prop_assert_eq!(mounts.len(), 1);
            prop_assert_eq!(&mounts[0].device[..], device.as_bytes());
            prop_assert_eq!(&mounts[0].mountpoint[..], &mountpoint[..]);
        }
    }
}
