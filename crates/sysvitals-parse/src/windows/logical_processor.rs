//! `SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX`: cores, caches, packages and groups, each a record of
//! its own length (Microsoft, "GetLogicalProcessorInformationEx function").

use super::structure;
use crate::ParseError;
use crate::cstruct::Word;

/// Bytes of what every record starts with.
const HEADER: usize = 8;

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relationship {
    /// A core, whose logical processors share its parts.
    Core,
    /// Anything else, by its number in `LOGICAL_PROCESSOR_RELATIONSHIP`.
    Other(u32),
}

/// Parses what each record is about; one that cannot be ends them.
pub fn parse(input: &[u8]) -> impl Iterator<Item = Result<Relationship, ParseError>> + '_ {
    let mut rest = Some(input);
    std::iter::from_fn(move || {
        let bytes = rest.take().filter(|bytes| !bytes.is_empty())?;
        Some(record(bytes).map(|(relationship, length)| {
            rest = bytes.get(length..);
            relationship
        }))
    })
}

fn record(bytes: &[u8]) -> Result<(Relationship, usize), ParseError> {
    let fields = structure(bytes, Word::Bits64);
    let relationship = match fields.u32(0, "Relationship")? {
        0 => Relationship::Core,
        other => Relationship::Other(other),
    };
    let size = fields.u32(4, "Size")?;
    match usize::try_from(size) {
        // A shorter one would never end.
        Ok(length) if (HEADER..=bytes.len()).contains(&length) => Ok((relationship, length)),
        _ => Err(ParseError::new("Size", &size.to_le_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(relationship: u32, length: u32) -> Vec<u8> {
        let mut out = [relationship.to_le_bytes(), length.to_le_bytes()].concat();
        out.resize(out.len().max(length as usize), 0xEE);
        out
    }

    #[track_caller]
    fn check(records: &[(u32, u32)], want: &[Option<Relationship>]) {
        let bytes: Vec<_> =
            records.iter().flat_map(|&(kind, length)| write(kind, length)).collect();
        let got: Vec<_> = parse(&bytes).map(Result::ok).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn records_have_any_length() {
        use Relationship::{Core, Other};

        check(&[], &[]);
        check(&[(0, 48)], &[Some(Core)]);
        check(
            &[(3, 64), (0, 48), (0, 80), (2, 8)],
            &[Some(Other(3)), Some(Core), Some(Core), Some(Other(2))],
        );
    }

    #[test]
    fn a_record_without_length_ends_them() {
        check(&[(0, 48), (0, 0)], &[Some(Relationship::Core), None]);
        check(&[(0, 7)], &[None]);
        let mut beyond = write(0, 48);
        beyond[4] = 49;
        assert!(matches!(parse(&beyond).collect::<Vec<_>>()[..], [Err(_)]));
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let bytes = write(0, 48);
        for end in 1..bytes.len() {
            assert!(matches!(parse(&bytes[..end]).next(), Some(Err(_))), "prefix of {end} bytes");
        }
    }
}
