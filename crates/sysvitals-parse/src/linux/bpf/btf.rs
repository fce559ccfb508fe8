//! BTF: types of a BPF object, or of the kernel (`/sys/kernel/btf/vmlinux`; `Documentation/bpf/btf.rst`).

use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

/// The types of one program or kernel.
#[derive(Debug, Clone)]
pub struct Btf<'a> {
    endian: Endian,
    types: &'a [u8],
    strings: &'a [u8],
    /// Where the types stand, in the order of their numbers, from 1.
    places: Vec<u32>,
}

/// What a type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number of so many bytes, a truth value or an enumeration.
    Number(u32),
    /// A pointer.
    Pointer,
    /// Some of one type.
    Array {
        /// Of this type.
        element: u32,
        /// So many.
        length: u32,
    },
    /// A structure or union of so many bytes.
    Composite(u32),
    /// Another name, or a qualifier, of this type.
    Alias(u32),
    /// A function.
    Function,
    /// A variable.
    Variable,
    /// Anything else.
    Other,
}

/// A member of a structure or union.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// Empty for an anonymous structure or union.
    pub name: &'a [u8],
    /// Its type.
    pub id: u32,
    /// Where it begins, in bits.
    pub offset: u64,
    /// Whether it is a number of so many bits rather than bytes.
    pub is_bitfield: bool,
}

/// Longest chain of names and qualifiers that is followed.
const CHAIN: usize = 32;

mod kind {
    pub(super) const INT: u32 = 1;
    pub(super) const PTR: u32 = 2;
    pub(super) const ARRAY: u32 = 3;
    pub(super) const STRUCT: u32 = 4;
    pub(super) const UNION: u32 = 5;
    pub(super) const ENUM: u32 = 6;
    pub(super) const FWD: u32 = 7;
    pub(super) const TYPEDEF: u32 = 8;
    pub(super) const VOLATILE: u32 = 9;
    pub(super) const CONST: u32 = 10;
    pub(super) const RESTRICT: u32 = 11;
    pub(super) const FUNC: u32 = 12;
    pub(super) const FUNC_PROTO: u32 = 13;
    pub(super) const VAR: u32 = 14;
    pub(super) const DATASEC: u32 = 15;
    pub(super) const FLOAT: u32 = 16;
    pub(super) const DECL_TAG: u32 = 17;
    pub(super) const TYPE_TAG: u32 = 18;
    pub(super) const ENUM64: u32 = 19;
}

/// Size of `struct btf_type`, and of `struct btf_member`.
const TYPE: usize = 12;

/// Finds the types, which are read when asked for.
///
/// # Errors
///
/// When it is no BTF, is cut short, or has a kind of type that Linux 6.18 does not.
pub fn parse(input: &[u8]) -> Result<Btf<'_>, ParseError> {
    let endian = match input {
        [0x9f, 0xeb, ..] => Endian::Little,
        [0xeb, 0x9f, ..] => Endian::Big,
        _ => return Err(ParseError::new("magic", input)),
    };
    let header = CStruct::new(input, endian, Word::Bits64);
    let length = header.u32(4, "hdr_len")?;
    let section = |at, field| -> Result<&[u8], ParseError> {
        let start = index(header.u32(at, field)?).saturating_add(index(length));
        header.bytes(start, index(header.u32(at + 4, field)?), field)
    };
    let types = section(8, "types")?;
    let strings = section(16, "strings")?;
    let mut places = Vec::new();
    let mut at = 0;
    while at < types.len() {
        let info = CStruct::new(types, endian, Word::Bits64).u32(at + 4, "info")?;
        places.push(u32::try_from(at).map_err(|_| ParseError::new("types", b""))?);
        at += TYPE + trailing(info).ok_or_else(|| ParseError::new("kind", &info.to_be_bytes()))?;
    }
    Ok(Btf { endian, types, strings, places })
}

/// Bytes that follow a type.
fn trailing(info: u32) -> Option<usize> {
    let count = index(info & 0xffff);
    Some(match info >> 24 & 0x1f {
        kind::INT | kind::VAR | kind::DECL_TAG => 4,
        kind::ARRAY => 12,
        kind::STRUCT | kind::UNION | kind::DATASEC | kind::ENUM64 => count * 12,
        kind::ENUM | kind::FUNC_PROTO => count * 8,
        kind::PTR
        | kind::FWD
        | kind::TYPEDEF
        | kind::VOLATILE
        | kind::CONST
        | kind::RESTRICT
        | kind::FUNC
        | kind::FLOAT
        | kind::TYPE_TAG => 0,
        _ => return None,
    })
}

fn text(strings: &[u8], at: u32) -> Result<&[u8], ParseError> {
    let tail = strings.get(index(at)..).unwrap_or_default();
    let end = memchr::memchr(0, tail).ok_or_else(|| ParseError::new("name", tail))?;
    Ok(tail.get(..end).unwrap_or_default())
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl<'a> Btf<'a> {
    /// Numbers of all types but `void`, which is 0.
    pub fn ids(&self) -> impl Iterator<Item = u32> {
        (1..).take(self.places.len())
    }

    /// The structure that a type is written as.
    fn record(&self, id: u32) -> Result<CStruct<'a>, ParseError> {
        let place = id.checked_sub(1).and_then(|at| self.places.get(index(at)));
        let bytes = place.and_then(|&place| self.types.get(index(place)..));
        bytes
            .map(|bytes| CStruct::new(bytes, self.endian, Word::Bits64))
            .ok_or_else(|| ParseError::new("type", &id.to_be_bytes()))
    }

    /// The text that stands there among the strings.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn text(&self, at: u32) -> Result<&'a [u8], ParseError> {
        text(self.strings, at)
    }

    /// The name of a type; empty if it has none.
    ///
    /// # Errors
    ///
    /// When there is no such type.
    pub fn name(&self, id: u32) -> Result<&'a [u8], ParseError> {
        self.text(self.record(id)?.u32(0, "name")?)
    }

    /// What a type is.
    ///
    /// # Errors
    ///
    /// When there is no such type.
    pub fn kind(&self, id: u32) -> Result<Kind, ParseError> {
        if id == 0 {
            return Ok(Kind::Other);
        }
        let record = self.record(id)?;
        let size = record.u32(8, "size")?;
        Ok(match record.u32(4, "info")? >> 24 & 0x1f {
            kind::INT | kind::ENUM | kind::ENUM64 => Kind::Number(size),
            kind::PTR => Kind::Pointer,
            kind::ARRAY => Kind::Array {
                element: record.u32(TYPE, "type")?,
                length: record.u32(TYPE + 8, "nelems")?,
            },
            kind::STRUCT | kind::UNION => Kind::Composite(size),
            kind::TYPEDEF | kind::VOLATILE | kind::CONST | kind::RESTRICT | kind::TYPE_TAG => {
                Kind::Alias(size)
            }
            kind::FUNC => Kind::Function,
            kind::VAR => Kind::Variable,
            _ => Kind::Other,
        })
    }

    /// The type behind names and qualifiers, and what it is.
    ///
    /// # Errors
    ///
    /// When there is no such type, or no end to its names.
    pub fn resolved(&self, mut id: u32) -> Result<(u32, Kind), ParseError> {
        for _ in 0..CHAIN {
            match self.kind(id)? {
                Kind::Alias(next) => id = next,
                kind => return Ok((id, kind)),
            }
        }
        Err(ParseError::new("type", &id.to_be_bytes()))
    }

    /// Bytes that a value takes, in which pointers have 8.
    ///
    /// # Errors
    ///
    /// When there is no such type, or none of its values.
    pub fn size(&self, id: u32) -> Result<u64, ParseError> {
        let mut count = 1_u64;
        let mut id = id;
        for _ in 0..CHAIN {
            let each = match self.resolved(id)?.1 {
                Kind::Number(size) | Kind::Composite(size) => size,
                Kind::Pointer => 8,
                Kind::Array { element, length } => {
                    count = count.saturating_mul(length.into());
                    id = element;
                    continue;
                }
                _ => break,
            };
            return Ok(count.saturating_mul(each.into()));
        }
        Err(ParseError::new("size", &id.to_be_bytes()))
    }

    /// The members of a structure or union.
    ///
    /// # Errors
    ///
    /// When there is no such type, or it is cut short.
    pub fn members(
        &self,
        id: u32,
    ) -> Result<impl Iterator<Item = Result<Member<'a>, ParseError>>, ParseError> {
        let record = self.record(id)?;
        let info = record.u32(4, "info")?;
        let has_sizes = info >> 31 == 1;
        let count = match info >> 24 & 0x1f {
            kind::STRUCT | kind::UNION => index(info & 0xffff),
            _ => 0,
        };
        let strings = self.strings;
        Ok((0..count).map(move |at| {
            let at = TYPE + at * TYPE;
            let offset = record.u32(at + 8, "offset")?;
            let (offset, bits) =
                if has_sizes { (offset & 0xff_ffff, offset >> 24) } else { (offset, 0) };
            Ok(Member {
                name: text(strings, record.u32(at, "name")?)?,
                id: record.u32(at + 4, "type")?,
                offset: offset.into(),
                is_bitfield: bits != 0,
            })
        }))
    }

    /// The function or variable of that name.
    ///
    /// # Errors
    ///
    /// When a type cannot be read.
    pub fn find(&self, kind: Kind, name: &[u8]) -> Result<Option<u32>, ParseError> {
        for id in self.ids() {
            if self.kind(id)? == kind && self.name(id)? == name {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Types as `(name, info, size)` and what follows each.
    pub(in super::super) fn written(types: &[(u32, u32, u32, &[u32])], strings: &[u8]) -> Vec<u8> {
        let words = types.iter().flat_map(|(name, info, size, rest)| {
            [*name, *info, *size].into_iter().chain(rest.iter().copied())
        });
        let words: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        let mut bytes = vec![0x9f, 0xeb, 1, 0];
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("short");
        for number in [24, 0, length(&words), length(&words), length(strings)] {
            bytes.extend(u32::to_le_bytes(number));
        }
        bytes.extend(words);
        bytes.extend(strings);
        bytes
    }

    /// `struct s { int n; union { void *p; }; const t a[3]; int b : 2 }`, `typedef int t`, a function.
    fn example() -> Vec<u8> {
        let strings = b"\0int\0s\0n\0p\0a\0t\0b\0f\0";
        let member = [7, 1, 0, 0, 4, 64, 11, 6, 128, 15, 1, 224 | 2 << 24];
        written(
            &[
                (1, 1 << 24, 4, &[32]),
                (0, 2 << 24, 0, &[]),
                (5, 1 << 31 | 4 << 24 | 4, 32, &member),
                (0, 5 << 24 | 1, 8, &[9, 2, 0]),
                (13, 8 << 24, 1, &[]),
                (0, 3 << 24, 0, &[7, 1, 3]),
                (0, 10 << 24, 5, &[]),
                (17, 12 << 24, 0, &[]),
            ],
            strings,
        )
    }

    #[test]
    fn types_are_what_they_are() {
        let bytes = example();
        let btf = parse(&bytes).expect("well-formed types");
        let kinds: Vec<_> = btf.ids().map(|id| btf.kind(id).expect("a type")).collect();
        let array = Kind::Array { element: 7, length: 3 };
        let want = [
            Kind::Number(4),
            Kind::Pointer,
            Kind::Composite(32),
            Kind::Composite(8),
            Kind::Alias(1),
            array,
            Kind::Alias(5),
            Kind::Function,
        ];
        assert_eq!(kinds, want);
        assert_eq!(btf.resolved(7), Ok((1, Kind::Number(4))));
        assert_eq!((btf.size(6), btf.size(3), btf.size(2)), (Ok(12), Ok(32), Ok(8)));
        assert_eq!(btf.find(Kind::Function, b"f"), Ok(Some(8)));
        assert_eq!(btf.find(Kind::Variable, b"f"), Ok(None));
        assert_eq!(btf.name(3), Ok(&b"s"[..]));
    }

    #[test]
    fn members_have_places() {
        let bytes = example();
        let btf = parse(&bytes).expect("well-formed types");
        let members: Result<Vec<_>, _> = btf.members(3).expect("a structure").collect();
        let members = members.expect("well-formed members");
        let told: Vec<_> =
            members.iter().map(|m| (m.name, m.id, m.offset, m.is_bitfield)).collect();
        let want: [(&[u8], u32, u64, bool); 4] =
            [(b"n", 1, 0, false), (b"", 4, 64, false), (b"a", 6, 128, false), (b"b", 1, 224, true)];
        assert_eq!(told, want);
        assert_eq!(btf.members(1).expect("a type").count(), 0);
    }

    #[test]
    fn what_leads_nowhere_is_an_error() {
        let bytes = written(&[(0, 8 << 24, 1, &[])], b"\0");
        let btf = parse(&bytes).expect("a name of itself");
        assert_eq!(btf.resolved(1).unwrap_err().field(), "type");
        assert!(btf.kind(2).is_err() && btf.name(9).is_err() && btf.text(1).is_err());
        assert_eq!(parse(&written(&[(0, 31 << 24, 0, &[])], b"")).unwrap_err().field(), "kind");
        assert_eq!(parse(b"ELF").unwrap_err().field(), "magic");
    }

    fn read(bytes: &[u8]) {
        let Ok(btf) = parse(bytes) else { return };
        for id in btf.ids() {
            let _ = (btf.name(id), btf.size(id), btf.resolved(id));
            if let Ok(members) = btf.members(id) {
                members.for_each(drop);
            }
        }
    }

    #[test]
    fn no_prefix_panics() {
        let bytes = example();
        (0..bytes.len()).for_each(|end| read(&bytes[..end]));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(tail in vec(any::<u8>(), 0..200)) {
            read(&[&[0x9f, 0xeb, 1, 0], &tail[..]].concat());
        }
    }
}
