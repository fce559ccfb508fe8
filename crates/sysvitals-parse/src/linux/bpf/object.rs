//! BPF objects: the parts of an ELF file that a loader needs.

use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

/// A compiled BPF file without global data and without functions that are called.
#[derive(Debug, Clone)]
pub struct Object<'a> {
    /// What the kernel is to be told of its licence, without the NUL.
    pub license: &'a [u8],
    /// Its types, which [`btf`](super::btf) reads.
    pub btf: &'a [u8],
    /// Where they matter, which [`relocation`](super::relocation) reads.
    pub btf_ext: &'a [u8],
    /// What it was compiled from is recognised by this; empty if the object does not say.
    pub source: &'a [u8],
    /// Its programs, one a section.
    pub programs: Vec<Program<'a>>,
}

/// A program of an object.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    /// The name of its section, which says what runs it: `iter/task`.
    pub section: &'a [u8],
    /// Instructions, of 8 bytes each.
    pub code: &'a [u8],
    /// The maps that it names, by the byte of `code` at which the instruction stands.
    pub maps: Vec<(usize, &'a [u8])>,
}

/// Bytes of a section's header, of a symbol and of a relocation.
const SECTION: usize = 64;
const SYMBOL: usize = 24;
const RELOCATION: usize = 16;

/// Types of sections, and of the one relocation that a program may have.
const SHT_PROGBITS: u32 = 1;
const SHT_SYMTAB: u32 = 2;
const SHT_REL: u32 = 9;
const R_BPF_64_64: u32 = 1;
/// The flag of sections that hold code.
const SHF_EXECINSTR: u64 = 4;

struct Section<'a> {
    name: u32,
    kind: u32,
    flags: u64,
    bytes: &'a [u8],
    link: usize,
    info: usize,
}

/// Finds the parts of a little-endian object.
///
/// # Errors
///
/// When it is no such object, or is cut short.
pub fn parse(input: &[u8]) -> Result<Object<'_>, ParseError> {
    // Class 64, little-endian; a relocatable file for BPF.
    let header = record(input);
    if !input.starts_with(b"\x7fELF\x02\x01") || header.u16(18, "machine")? != 247 {
        return Err(ParseError::new("magic", input));
    }
    let table = offset(header.u64(40, "e_shoff")?);
    let sections: Vec<_> = (0..usize::from(header.u16(60, "e_shnum")?))
        .map(|at| section(input, table.saturating_add(at * SECTION)))
        .collect::<Result<_, _>>()?;
    let names = usize::from(header.u16(62, "e_shstrndx")?);
    let names = sections.get(names).ok_or_else(|| ParseError::new("e_shstrndx", b""))?.bytes;
    let named = |want: &[u8], field| {
        let found = sections.iter().find(|each| text(names, each.name) == Some(want));
        found.map(|section| section.bytes).ok_or_else(|| ParseError::new(field, b""))
    };
    let mut programs = Vec::new();
    for (number, section) in sections.iter().enumerate() {
        let holds_code = section.kind == SHT_PROGBITS && section.flags & SHF_EXECINSTR != 0;
        if !holds_code || section.bytes.is_empty() {
            continue;
        }
        let name = text(names, section.name).ok_or_else(|| ParseError::new("sh_name", b""))?;
        let mut maps = Vec::new();
        for each in sections.iter().filter(|each| each.kind == SHT_REL && each.info == number) {
            relocations(&sections, names, each, &mut maps)?;
        }
        programs.push(Program { section: name, code: section.bytes, maps });
    }
    let license = named(b"license", "license")?;
    Ok(Object {
        license: license.strip_suffix(b"\0").unwrap_or(license),
        btf: named(b".BTF", ".BTF")?,
        btf_ext: named(b".BTF.ext", ".BTF.ext")?,
        source: named(b"source", "source").unwrap_or_default(),
        programs,
    })
}

/// Puts the descriptor of a map into the instruction at `at` that names it.
///
/// # Errors
///
/// When that is no instruction that loads a number of 64 bits.
pub fn name_map(code: &mut [u8], at: usize, descriptor: i32) -> Result<(), ParseError> {
    /// `BPF_PSEUDO_MAP_FD`, above the register that is loaded.
    const MAP: u8 = 1 << 4;
    let tail = code.get_mut(at..).unwrap_or_default();
    let Some([0x18, register, _, _, number @ .., _, _, _, _, 0, 0, 0, 0]) =
        tail.first_chunk_mut::<16>()
    else {
        return Err(ParseError::new("instruction", tail));
    };
    *register = *register & 0xf | MAP;
    *number = descriptor.to_le_bytes();
    Ok(())
}

fn record(bytes: &[u8]) -> CStruct<'_> {
    CStruct::new(bytes, Endian::Little, Word::Bits64)
}

fn offset(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn section(input: &[u8], at: usize) -> Result<Section<'_>, ParseError> {
    let header = record(record(input).bytes(at, SECTION, "section")?);
    let kind = header.u32(4, "sh_type")?;
    let (start, size) = (header.u64(24, "sh_offset")?, header.u64(32, "sh_size")?);
    // What has no bytes in the file says where they would be.
    let size = if kind == 0 || kind == 8 { 0 } else { offset(size) };
    let start = if size == 0 { 0 } else { offset(start) };
    Ok(Section {
        name: header.u32(0, "sh_name")?,
        kind,
        flags: header.u64(8, "sh_flags")?,
        bytes: record(input).bytes(start, size, "sh_size")?,
        link: offset(header.u32(40, "sh_link")?.into()),
        info: offset(header.u32(44, "sh_info")?.into()),
    })
}

fn text(strings: &[u8], at: u32) -> Option<&[u8]> {
    let tail = strings.get(offset(at.into())..)?;
    tail.get(..memchr::memchr(0, tail)?)
}

/// Adds the maps that a section of relocations names.
fn relocations<'a>(
    sections: &[Section<'a>],
    section_names: &[u8],
    section: &Section<'a>,
    maps: &mut Vec<(usize, &'a [u8])>,
) -> Result<(), ParseError> {
    let symbols = sections.get(section.link).filter(|symbols| symbols.kind == SHT_SYMTAB);
    let symbols = symbols.ok_or_else(|| ParseError::new("sh_link", b""))?;
    let names = sections.get(symbols.link).ok_or_else(|| ParseError::new("sh_link", b""))?.bytes;
    for relocation in section.bytes.chunks_exact(RELOCATION).map(record) {
        let at = offset(relocation.u64(0, "r_offset")?);
        if relocation.u32(8, "r_type")? != R_BPF_64_64 {
            return Err(ParseError::new("r_type", &relocation.u32(8, "r_type")?.to_be_bytes()));
        }
        let number = offset(relocation.u32(12, "r_sym")?.into());
        let symbol = record(symbols.bytes);
        let symbol = record(symbol.bytes(number.saturating_mul(SYMBOL), SYMBOL, "r_sym")?);
        let home = sections.get(usize::from(symbol.u16(6, "st_shndx")?));
        let home = home.and_then(|home| text(section_names, home.name)).unwrap_or_default();
        if home != b".maps" {
            return Err(ParseError::new("st_shndx", home));
        }
        let name = text(names, symbol.u32(0, "st_name")?);
        maps.push((at, name.ok_or_else(|| ParseError::new("st_name", b""))?));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const STRINGS: &[u8] = b"\0iter/task\0license\0.BTF\0.BTF.ext\0rq\0.maps\0";

    /// Name, type, flags, link, info and content of a section.
    type Written<'a> = (u32, u32, u64, u32, u32, &'a [u8]);

    /// An object of these sections, which follow the empty one.
    fn written(sections: &[Written<'_>]) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01".to_vec();
        bytes.resize(64, 0);
        bytes[18] = 247;
        let mut headers = vec![0; SECTION];
        for (name, kind, flags, link, info, content) in sections {
            let numbers = [u64::from(*name) | u64::from(*kind) << 32, *flags, 0];
            headers.extend(numbers.into_iter().flat_map(u64::to_le_bytes));
            headers.extend((bytes.len() as u64).to_le_bytes());
            headers.extend((content.len() as u64).to_le_bytes());
            headers.extend([link.to_le_bytes(), info.to_le_bytes()].concat());
            headers.extend([0; 16]);
            bytes.extend(*content);
        }
        let table = bytes.len() as u64;
        bytes[40..48].copy_from_slice(&table.to_le_bytes());
        bytes[60] = u8::try_from(sections.len()).expect("few") + 1;
        bytes[62] = 1;
        bytes.extend(headers);
        bytes
    }

    fn example(kind: u8, defined: u8) -> Vec<u8> {
        let mut symbols = [0; SYMBOL * 2];
        symbols[SYMBOL] = 33;
        symbols[SYMBOL + 6] = defined;
        let relocation = [8, 0, 0, 0, 0, 0, 0, 0, kind, 0, 0, 0, 1, 0, 0, 0];
        written(&[
            (0, 3, 0, 0, 0, STRINGS),
            (1, SHT_PROGBITS, SHF_EXECINSTR, 0, 0, &[7; 24]),
            (11, SHT_PROGBITS, 0, 0, 0, b"GPL\0"),
            (19, SHT_PROGBITS, 0, 0, 0, b"types"),
            (24, SHT_PROGBITS, 0, 0, 0, b"ext"),
            (0, SHT_SYMTAB, 0, 1, 0, &symbols),
            (0, SHT_REL, 0, 6, 2, &relocation),
            (36, SHT_PROGBITS, 0, 0, 0, &[0; 8]),
        ])
    }

    #[test]
    fn every_part_is_found() {
        let bytes = example(1, 8);
        let object = parse(&bytes).expect("a well-formed object");
        assert_eq!(object.license, b"GPL");
        assert_eq!((object.btf, object.btf_ext), (&b"types"[..], &b"ext"[..]));
        assert_eq!(object.source, b"");
        let [program] = &object.programs[..] else { panic!("one program") };
        assert_eq!((program.section, program.code), (&b"iter/task"[..], &[7; 24][..]));
        assert_eq!(program.maps, [(8, &b"rq"[..])]);
    }

    #[test]
    fn what_a_loader_of_ours_cannot_do_is_an_error() {
        let field = |bytes: &[u8]| parse(bytes).unwrap_err().field();
        assert_eq!(field(&example(2, 8)), "r_type");
        assert_eq!(field(&example(1, 3)), "st_shndx");
        assert_eq!(field(b"\x7fELF\x02\x01"), "machine");
        assert_eq!(field(&[0; 64]), "magic");
    }

    #[test]
    fn a_map_is_named_by_its_descriptor() {
        let mut code = [0; 24];
        (code[8], code[9]) = (0x18, 2);
        name_map(&mut code, 8, 0x0102_0304).expect("an instruction of 64 bits");
        assert_eq!(code[8..], [0x18, 0x12, 0, 0, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert!(name_map(&mut code, 16, 1).is_err());
        assert!(name_map(&mut code, 0, 1).is_err());
        assert!(name_map(&mut code, usize::MAX, 1).is_err());
    }

    #[test]
    fn no_prefix_panics() {
        let bytes = example(1, 8);
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "prefix of {end} bytes");
        }
    }

    proptest! {
        #[test]
        fn no_byte_panics(at in 0_usize..700, byte in any::<u8>(), tail in vec(any::<u8>(), 0..9)) {
            let mut bytes = example(1, 8);
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            bytes.extend(tail);
            let _ = parse(&bytes);
        }
    }
}
