//! Paths as the kernel writes them, `\Device\HarddiskVolume2\a`, and as programs do, `C:\a`.
//!
//! Both are UTF-16 that need not be well-formed.

const BACKSLASH: u16 = b'\\' as u16;

/// A drive, and the device that its letter stands for (QueryDosDeviceW).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drive {
    /// Its letter, of `A` to `Z`.
    pub letter: u8,
    /// Its device, such as `\Device\HarddiskVolume2`.
    pub device: Vec<u16>,
}

/// The path that programs know; one that no drive leads to stays as it is.
///
/// What is on another machine becomes `\\server\share\a`; the drives that it may also be reached by
/// are not looked at.
#[must_use]
pub fn parse(path: &[u16], drives: &[Drive]) -> Vec<u16> {
    // The Win32 names of `\??\`, written in either way.
    if let Some(rest) = after(path, r"\??\").or_else(|| after(path, r"\\?\")) {
        return match after(rest, r"UNC\") {
            Some(share) => network(share),
            // Only what a drive leads to is a path without its prefix.
            None if rest.get(1) == Some(&u16::from(b':')) => rest.to_vec(),
            None => path.to_vec(),
        };
    }
    for provider in [r"\Device\Mup\", r"\Device\LanmanRedirector\"] {
        if let Some(rest) = after(path, provider) {
            return network(without_connections(rest));
        }
    }
    for drive in drives {
        let Some(rest) = after_units(path, &drive.device) else { continue };
        // Volume1 is not the start of Volume10.
        if rest.first().is_none_or(|unit| *unit == BACKSLASH) {
            return [u16::from(drive.letter), u16::from(b':')]
                .iter()
                .chain(rest)
                .copied()
                .collect();
        }
    }
    path.to_vec()
}

/// The rest of `path` behind `start`, upper and lower case of ASCII being the same.
fn after<'a>(path: &'a [u16], start: &str) -> Option<&'a [u16]> {
    let start: Vec<u16> = start.encode_utf16().collect();
    after_units(path, &start)
}

fn after_units<'a>(path: &'a [u16], start: &[u16]) -> Option<&'a [u16]> {
    let (head, tail) = path.split_at_checked(start.len())?;
    let is_same = head.iter().zip(start).all(|(a, b)| lower(*a) == lower(*b));
    (is_same && !start.is_empty()).then_some(tail)
}

fn lower(unit: u16) -> u16 {
    u8::try_from(unit).map_or(unit, |ascii| ascii.to_ascii_lowercase().into())
}

/// Behind the names of providers and connections, which start with a semicolon:
/// `;LanmanRedirector\;Z:0000000000012345\server\share`.
fn without_connections(mut path: &[u16]) -> &[u16] {
    while path.first() == Some(&u16::from(b';')) {
        let end = path.iter().position(|unit| *unit == BACKSLASH);
        path = end.and_then(|end| path.get(end + 1..)).unwrap_or(&[]);
    }
    path
}

fn network(share: &[u16]) -> Vec<u16> {
    [BACKSLASH, BACKSLASH].iter().chain(share).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    fn drives() -> [Drive; 3] {
        [
            Drive { letter: b'C', device: units(r"\Device\HarddiskVolume1") },
            Drive { letter: b'D', device: units(r"\Device\HarddiskVolume10") },
            Drive { letter: b'E', device: units("") },
        ]
    }

    #[track_caller]
    fn check(path: &str, want: &str) {
        let path = parse(&units(path), &drives());
        assert_eq!(String::from_utf16(&path).expect("well-formed"), want);
    }

    #[test]
    fn devices_become_drives() {
        check(r"\Device\HarddiskVolume1\Windows\a b.dll", r"C:\Windows\a b.dll");
        check(r"\device\harddiskvolume1\Windows", r"C:\Windows");
        check(r"\Device\HarddiskVolume10\é", r"D:\é");
        check(r"\Device\HarddiskVolume1", "C:");
        check(r"\Device\HarddiskVolume2\a", r"\Device\HarddiskVolume2\a");
        check(r"\Device\NamedPipe\x", r"\Device\NamedPipe\x");
        check("", "");
    }

    #[test]
    fn prefixes_of_the_kernel_go() {
        check(r"\??\C:\a", r"C:\a");
        check(r"\\?\Z:\a\b", r"Z:\a\b");
        check(r"C:\a", r"C:\a");
        check(r"\??\UNC\server\share\a", r"\\server\share\a");
        check(r"\\?\unc\server\share", r"\\server\share");
        let volume = r"\\?\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}\a";
        check(volume, volume);
    }

    #[test]
    fn other_machines_have_names() {
        check(r"\Device\Mup\server\share\a", r"\\server\share\a");
        check(r"\Device\Mup\;LanmanRedirector\;Z:00000000000a\server\share\a", r"\\server\share\a");
        check(r"\Device\LanmanRedirector\server\share", r"\\server\share");
        check(r"\Device\Mup\;LanmanRedirector", r"\\");
    }

    #[test]
    fn lone_surrogates_stay() {
        let mut path = units(r"\Device\HarddiskVolume1\");
        path.push(0xD800);
        assert_eq!(parse(&path, &drives()), [0x43, 0x3A, 0x5C, 0xD800]);
    }

    #[test]
    fn no_prefix_panics() {
        for path in
            [r"\Device\Mup\;L\;Z:0\server\share\a", r"\Device\HarddiskVolume10\a", r"\\?\UNC\a"]
        {
            let path = units(path);
            for end in 0..=path.len() {
                assert!(parse(&path[..end], &drives()).len() <= end.max(2));
            }
        }
    }
}
