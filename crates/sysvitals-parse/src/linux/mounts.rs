//! `/proc/PID/mounts` and `/etc/mtab`: mounted file systems, as getmntent(3) reads them.

use std::borrow::Cow;
use std::iter;

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
    let mut rest = input;
    iter::from_fn(move || {
        loop {
            rest = trim_start(rest);
            match rest.first()? {
                b'#' | b'\n' => rest = next_line(rest),
                _ => break,
            }
        }
        let mut next = || field(&mut rest);
        let mount = Mount { device: next(), mountpoint: next(), fstype: next(), options: next() };
        rest = next_line(rest);
        Some(mount)
    })
}

/// Without blanks; other white space is part of a name, as the kernel does not escape it.
fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', tail @ ..] = text {
        text = tail;
    }
    text
}

fn next_line(text: &[u8]) -> &[u8] {
    match text {
        // What ends nearly every line: what dump(8) and fsck(8) should do.
        [b'0', b' ', b'0', b'\n', tail @ ..] => tail,
        _ => memchr::memchr(b'\n', text).and_then(|end| text.get(end + 1..)).unwrap_or(b""),
    }
}

/// The next field of the line.
#[inline]
fn field<'a>(rest: &mut &'a [u8]) -> Cow<'a, [u8]> {
    let (mut text, mut is_plain) = (*rest, true);
    // Eight bytes at a time: up to the first that may end it.
    while let Some((eight, behind)) = text.split_first_chunk() {
        is_plain &= !cursor::has(*eight, b'\\');
        let before = cursor::before_space(*eight);
        if before < 8 {
            text = text.get(before..).unwrap_or_default();
            break;
        }
        text = behind;
    }
    if !matches!(text, [b' ' | b'\t' | b'\n', ..]) {
        let is_end = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n');
        let end = text.iter().position(is_end).unwrap_or(text.len());
        text = text.get(end..).unwrap_or_default();
        is_plain = false;
    }
    let field = rest.get(..rest.len() - text.len()).unwrap_or_default();
    *rest = match text {
        [b' ', tail @ ..] if tail.first().is_some_and(|byte| *byte > b' ') => tail,
        _ => trim_start(text),
    };
    if is_plain { Cow::Borrowed(field) } else { decode(field) }
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

    /// The first four fields of each line, as they are written.
    fn slowly(input: &[u8]) -> Vec<[&[u8]; 4]> {
        let lines = input
            .split(|byte| *byte == b'\n')
            .map(|line| line.split(|byte| b" \t".contains(byte)).filter(|field| !field.is_empty()));
        let fields = lines.map(|mut fields| std::array::from_fn(|_| fields.next().unwrap_or(b"")));
        fields
            .filter(|[first, ..]: &[&[u8]; 4]| !matches!(first.first(), None | Some(b'#')))
            .collect()
    }

    proptest! {
        #[test]
        fn fields_are_found_wherever_they_stand(
            bytes in proptest::collection::vec(proptest::sample::select(&b"  \t\n\\0#a\r/4"[..]), 0..99),
        ) {
            let mounts: Vec<_> = parse(&bytes).collect();
            let mounts: Vec<_> = mounts
                .iter()
                .map(|m| [&*m.device, &*m.mountpoint, &*m.fstype, &*m.options])
                .collect();
            let slowly: Vec<_> = slowly(&bytes).into_iter().map(|mount| mount.map(decode)).collect();
            let slowly: Vec<_> =
                slowly.iter().map(|mount| mount.each_ref().map(|field| &**field)).collect();
            prop_assert_eq!(mounts, slowly);
        }

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
