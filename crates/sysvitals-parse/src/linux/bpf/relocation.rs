//! CO-RE: where the kernel that runs has the members that a program was compiled against.

use std::collections::HashMap;

use super::btf::{Btf, Kind};
use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

/// An instruction that depends on the layout of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relocation<'a> {
    /// The section of the program.
    pub section: &'a [u8],
    /// The byte of its code at which the instruction stands.
    pub at: usize,
    /// What is asked.
    pub question: Question,
    /// The type, of the object's.
    pub id: u32,
    /// The way to the member: its number, and those of members of that, between colons.
    pub way: &'a [u8],
}

/// What an instruction has to know of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Where it is, in bytes.
    Offset,
    /// How many bytes it has.
    Size,
    /// Whether there is such a member.
    Exists,
}

/// Reads `.BTF.ext`; the texts in it stand in the object's types.
///
/// # Errors
///
/// When it is cut short, or asks what is not known here.
pub fn parse<'a>(input: &'a [u8], btf: &Btf<'a>) -> Result<Vec<Relocation<'a>>, ParseError> {
    let header = record(input);
    if header.u16(0, "magic")? != 0xeb9f {
        return Err(ParseError::new("magic", input));
    }
    let start =
        index(header.u32(24, "core_relo_off")?).saturating_add(index(header.u32(4, "hdr_len")?));
    let all = header.bytes(start, index(header.u32(28, "core_relo_len")?), "core_relo_len")?;
    let mut relocations = Vec::new();
    let Some(mut rest) = all.get(4..) else { return Ok(relocations) };
    let size = index(record(all).u32(0, "rec_size")?);
    while !rest.is_empty() {
        let section = btf.text(record(rest).u32(0, "sec_name_off")?)?;
        let count = index(record(rest).u32(4, "num_info")?);
        let length = count.saturating_mul(size);
        let records = record(rest).bytes(8, length, "core_relo")?;
        for bytes in records.chunks_exact(size.max(1)) {
            let each = record(bytes);
            let question = match each.u32(12, "kind")? {
                0 => Question::Offset,
                1 => Question::Size,
                2 => Question::Exists,
                other => return Err(ParseError::new("kind", &other.to_be_bytes())),
            };
            relocations.push(Relocation {
                section,
                at: index(each.u32(0, "insn_off")?),
                question,
                id: each.u32(4, "type_id")?,
                way: btf.text(each.u32(8, "access_str_off")?)?,
            });
        }
        rest = rest.get(length.saturating_add(8)..).unwrap_or_default();
    }
    Ok(relocations)
}

fn record(bytes: &[u8]) -> CStruct<'_> {
    CStruct::new(bytes, Endian::Little, Word::Bits64)
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// One step to a member.
enum Step<'a> {
    Member(&'a [u8]),
    Element(u32),
}

/// A member that was found: its type, and where it is.
#[derive(Clone, Copy)]
struct Place {
    id: u32,
    bits: u64,
}

/// Structures and unions of the kernel by their names.
#[derive(Debug)]
pub struct Kernel<'a> {
    btf: &'a Btf<'a>,
    composites: HashMap<&'a [u8], Vec<u32>>,
}

/// How deep anonymous members are looked into, and at how many members for one name: types that
/// contain themselves have no end.
const DEPTH: u32 = 8;
const MEMBERS: u32 = 100_000;

impl<'a> Kernel<'a> {
    /// Indexes the types of a kernel.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub fn new(btf: &'a Btf<'a>) -> Result<Self, ParseError> {
        let mut composites: HashMap<_, Vec<_>> = HashMap::new();
        for id in btf.ids() {
            if let Kind::Composite(_) = btf.kind(id)? {
                composites.entry(btf.name(id)?).or_default().push(id);
            }
        }
        Ok(Self { btf, composites })
    }

    /// Makes a program that was compiled against `local` one for this kernel.
    ///
    /// An instruction that needs what the kernel lacks becomes one that the kernel refuses to load if
    /// it can ever be reached.
    ///
    /// # Errors
    ///
    /// When code and types are not of one object, or types cannot be read.
    pub fn relocate(
        &self,
        code: &mut [u8],
        local: &Btf<'_>,
        relocation: &Relocation<'_>,
    ) -> Result<(), ParseError> {
        let (steps, here) = steps(local, relocation)?;
        let there = self.find(local, relocation.id, &steps, here)?;
        let before = answer(relocation.question, local, Some(here))?;
        let after = answer(relocation.question, self.btf, there)?;
        let code = code.get_mut(relocation.at..).unwrap_or_default();
        patch(code, before.unwrap_or(0), after)
    }

    /// The same member in this kernel: of one type of the same name and of the same size.
    fn find(
        &self,
        local: &Btf<'_>,
        id: u32,
        steps: &[Step<'_>],
        here: Place,
    ) -> Result<Option<Place>, ParseError> {
        let name = local.name(id)?;
        // What follows three underscores tells variants apart that a program knows.
        let end = memchr::memmem::find(name, b"___").unwrap_or(name.len());
        let name = name.get(..end).unwrap_or(name);
        let mut found: Option<Place> = None;
        for &id in self.composites.get(name).map(Vec::as_slice).unwrap_or_default() {
            let Some(place) = self.walk(id, steps)? else { continue };
            if !self.agrees(local, here.id, place.id)? {
                continue;
            }
            // A kernel may describe one type twice, but may not mean two by one name.
            if found.is_some_and(|found| found.bits != place.bits) {
                return Err(ParseError::new("two types", name));
            }
            found = Some(place);
        }
        Ok(found)
    }

    fn walk(&self, id: u32, steps: &[Step<'_>]) -> Result<Option<Place>, ParseError> {
        let mut place = Place { id, bits: 0 };
        for step in steps {
            let (id, kind) = self.btf.resolved(place.id)?;
            let next = match (step, kind) {
                (Step::Member(name), Kind::Composite(_)) => self.member(id, name, DEPTH, &mut 0)?,
                (Step::Element(at), Kind::Array { element, length }) if *at < length.max(1) => {
                    let bits = self.btf.size(element)?.saturating_mul(8);
                    Some(Place { id: element, bits: bits.saturating_mul((*at).into()) })
                }
                _ => None,
            };
            let Some(next) = next else { return Ok(None) };
            place = Place { id: next.id, bits: place.bits.saturating_add(next.bits) };
        }
        Ok(Some(place))
    }

    /// The member of that name, also of an anonymous member; never a bit field.
    fn member(
        &self,
        id: u32,
        name: &[u8],
        depth: u32,
        seen: &mut u32,
    ) -> Result<Option<Place>, ParseError> {
        for member in self.btf.members(id)? {
            let member = member?;
            *seen += 1;
            if *seen > MEMBERS {
                return Err(ParseError::new("member", name));
            }
            let found = if member.name == name && !member.is_bitfield {
                Some(Place { id: member.id, bits: 0 })
            } else if member.name.is_empty() && depth > 0 {
                let (id, kind) = self.btf.resolved(member.id)?;
                match kind {
                    Kind::Composite(_) => self.member(id, name, depth - 1, seen)?,
                    _ => None,
                }
            } else {
                None
            };
            if let Some(Place { id, bits }) = found {
                return Ok(Some(Place { id, bits: bits.saturating_add(member.offset) }));
            }
        }
        Ok(None)
    }

    /// Whether what a program takes for the one type is the other.
    fn agrees(&self, local: &Btf<'_>, ours: u32, theirs: u32) -> Result<bool, ParseError> {
        Ok(match (local.resolved(ours)?.1, self.btf.resolved(theirs)?.1) {
            (Kind::Number(ours), Kind::Number(theirs)) => ours == theirs,
            (Kind::Pointer, Kind::Pointer) | (Kind::Composite(_), Kind::Composite(_)) => true,
            (
                Kind::Array { element: our, length: few },
                Kind::Array { element: their, length: many },
            ) => few <= many && local.size(our)? == self.btf.size(their)?,
            _ => false,
        })
    }
}

/// The way to a member by names, and where it is in the object's own type.
fn steps<'a>(
    local: &Btf<'a>,
    relocation: &Relocation<'_>,
) -> Result<(Vec<Step<'a>>, Place), ParseError> {
    let wrong = || ParseError::new("access_str", relocation.way);
    let mut numbers = relocation.way.split(|&byte| byte == b':').map(|digits| {
        std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u32>().ok())
    });
    // As if the type were in an array, which ours never are.
    if numbers.next() != Some(Some(0)) {
        return Err(wrong());
    }
    let mut steps = Vec::new();
    let mut place = Place { id: relocation.id, bits: 0 };
    for number in numbers {
        let number = number.ok_or_else(wrong)?;
        let (id, kind) = local.resolved(place.id)?;
        match kind {
            Kind::Composite(_) => {
                let member = local.members(id)?.nth(index(number)).ok_or_else(wrong)??;
                if !member.name.is_empty() {
                    steps.push(Step::Member(member.name));
                }
                place = Place { id: member.id, bits: place.bits.saturating_add(member.offset) };
            }
            Kind::Array { element, .. } => {
                steps.push(Step::Element(number));
                let bits = local.size(element)?.saturating_mul(8).saturating_mul(number.into());
                place = Place { id: element, bits: place.bits.saturating_add(bits) };
            }
            _ => return Err(wrong()),
        }
    }
    Ok((steps, place))
}

/// What an instruction is told; `None` for what cannot be told of a member that is not there.
fn answer(
    question: Question,
    btf: &Btf<'_>,
    place: Option<Place>,
) -> Result<Option<u64>, ParseError> {
    Ok(match (question, place) {
        (Question::Exists, place) => Some(place.is_some().into()),
        (_, None) => None,
        (Question::Offset, Some(place)) => Some(place.bits / 8),
        (Question::Size, Some(place)) => Some(btf.size(place.id)?),
    })
}

/// Writes the answer into the instruction that starts `code`.
fn patch(code: &mut [u8], before: u64, after: Option<u64>) -> Result<(), ParseError> {
    const LOAD_WIDE: u8 = 0x18;
    /// A call of a helper that there will never be, as libbpf writes it.
    const POISON: [u8; 8] = [0x85, 0, 0, 0, 0x10, 0xd2, 0xba, 0x00];
    let wrong = |code: &[u8]| ParseError::new("instruction", code);
    let Some(instruction) = code.first_chunk_mut::<8>() else { return Err(wrong(code)) };
    let [operation, _, low, high, immediate @ ..] = *instruction;
    let is_wide = operation == LOAD_WIDE;
    let held = match operation & 7 {
        // Loads and stores have an offset.
        1..=3 => u64::from(u16::from_le_bytes([low, high])),
        // Arithmetic with a number, and a number of 64 bits, whose other half is 0.
        4 | 7 if operation & 8 == 0 => u64::from(u32::from_le_bytes(immediate)),
        _ if is_wide => u64::from(u32::from_le_bytes(immediate)),
        _ => return Err(wrong(instruction)),
    };
    if held != before {
        return Err(wrong(instruction));
    }
    let Some(after) = after else {
        *instruction = POISON;
        if let (true, Some(second)) = (is_wide, code.get_mut(8..16)) {
            second.copy_from_slice(&POISON);
        }
        return Ok(());
    };
    let too_far = || ParseError::new("offset", &after.to_be_bytes());
    let (low, high) = match operation & 7 {
        1..=3 => {
            let [low, high] = i16::try_from(after).map_err(|_| too_far())?.to_le_bytes();
            (low, high)
        }
        _ => (low, high),
    };
    let number = i32::try_from(after).map_err(|_| too_far())?.to_le_bytes();
    let [_, registers, ..] = *instruction;
    let [a, b, c, d] = if matches!(operation & 7, 1..=3) { immediate } else { number };
    *instruction = [operation, registers, low, high, a, b, c, d];
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::btf;
    use super::super::btf::tests::written;
    use super::*;

    /// `int`, `void *`, `struct s___old { int n; int a[2]; void *p }` of `shift` bytes more, and strings.
    fn ours() -> Vec<u8> {
        written(
            &[
                (1, 1 << 24, 4, &[32]),
                (0, 2 << 24, 0, &[]),
                (0, 3 << 24, 0, &[1, 1, 2]),
                (5, 4 << 24 | 3, 24, &[13, 1, 0, 15, 3, 32, 17, 2, 128]),
            ],
            b"\0int\0s___old\0n\0a\0p\0iter/task\x000:0\x000:1:1\x000:2\0",
        )
    }

    /// `struct s { int x; struct { long n; }; union { int a[4] }; void *p; int n : 3 }`.
    fn theirs() -> Vec<u8> {
        let (x, n, a, p) = (11, 7, 9, 13);
        written(
            &[
                (1, 1 << 24, 4, &[32]),
                (0, 2 << 24, 0, &[]),
                (0, 3 << 24, 0, &[1, 1, 4]),
                (0, 1 << 24, 8, &[64]),
                (0, 4 << 24 | 1, 8, &[n, 4, 0]),
                (0, 5 << 24 | 1, 16, &[a, 3, 0]),
                (5, 4 << 24 | 4, 48, &[x, 1, 0, 0, 5, 64, 0, 6, 128, p, 2, 256]),
            ],
            b"\0int\0s\0n\0a\0x\0p\0",
        )
    }

    /// One question after the other to the program `iter/task`.
    fn ext(questions: &[(u32, u32, u32)]) -> Vec<u8> {
        let length = u32::try_from(questions.len() * 16 + 12).expect("few");
        let mut bytes = vec![0x9f, 0xeb, 1, 0];
        let numbers = [32, 0, 0, 0, 0, 0, length, 16, 19, length / 16];
        bytes.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
        for (at, (kind, way, _)) in questions.iter().enumerate() {
            let at = u32::try_from(at * 8).expect("few");
            bytes.extend([at, 4, *way, *kind].into_iter().flat_map(u32::to_le_bytes));
        }
        bytes
    }

    const N: u32 = 29;
    const A1: u32 = 33;
    const P: u32 = 39;

    /// What becomes of an instruction that asks this.
    #[track_caller]
    fn check(kind: u32, way: u32, instruction: [u8; 8], want: [u8; 8]) {
        let (ours, theirs) = (ours(), theirs());
        let (ours, theirs) = (btf::parse(&ours), btf::parse(&theirs));
        let (ours, theirs) = (ours.expect("types"), theirs.expect("types"));
        let ext = ext(&[(kind, way, 0)]);
        let relocations = parse(&ext, &ours).expect("well-formed questions");
        let [relocation] = &relocations[..] else { panic!("one question") };
        assert_eq!((relocation.section, relocation.at), (&b"iter/task"[..], 0));
        let mut code = instruction;
        let kernel = Kernel::new(&theirs).expect("well-formed types");
        kernel.relocate(&mut code, &ours, relocation).expect("a relocation");
        assert_eq!(code, want);
    }

    const POISON: [u8; 8] = [0x85, 0, 0, 0, 0x10, 0xd2, 0xba, 0];

    #[test]
    fn members_are_found_by_name_also_in_anonymous_ones() {
        check(0, P, [0x79, 0x21, 16, 0, 0, 0, 0, 0], [0x79, 0x21, 32, 0, 0, 0, 0, 0]);
        check(0, A1, [0x07, 1, 0, 0, 8, 0, 0, 0], [0x07, 1, 0, 0, 20, 0, 0, 0]);
        check(1, A1, [0xb7, 1, 0, 0, 4, 0, 0, 0], [0xb7, 1, 0, 0, 4, 0, 0, 0]);
        check(2, P, [0xb7, 1, 0, 0, 1, 0, 0, 0], [0xb7, 1, 0, 0, 1, 0, 0, 0]);
    }

    #[test]
    fn a_member_of_another_size_is_none() {
        check(2, N, [0xb7, 1, 0, 0, 1, 0, 0, 0], [0xb7, 1, 0, 0, 0, 0, 0, 0]);
        check(0, N, [0x61, 0x21, 0, 0, 0, 0, 0, 0], POISON);
    }

    #[test]
    fn code_that_is_another_s_is_an_error() {
        let (ours, theirs) = (ours(), theirs());
        let (ours, theirs) = (btf::parse(&ours), btf::parse(&theirs));
        let (ours, theirs) = (ours.expect("types"), theirs.expect("types"));
        let ext = ext(&[(0, P, 0)]);
        let relocations = parse(&ext, &ours).expect("well-formed questions");
        let kernel = Kernel::new(&theirs).expect("well-formed types");
        let relocate = |code: &mut [u8]| kernel.relocate(code, &ours, &relocations[0]);
        for code in
            [&mut [0x79, 0x21, 8, 0, 0, 0, 0, 0][..], &mut [0x95, 0, 0, 0, 0, 0, 0, 0], &mut []]
        {
            assert_eq!(relocate(code).unwrap_err().field(), "instruction");
        }
    }

    #[test]
    fn a_type_in_itself_is_an_error() {
        let ours = ours();
        let ours = btf::parse(&ours).expect("types");
        let members: Vec<u32> = (0..40).flat_map(|_| [0, 1, 0]).collect();
        let endless = written(&[(1, 4 << 24 | 40, 8, &members)], b"\0s\0");
        let endless = btf::parse(&endless).expect("types");
        let ext = ext(&[(2, P, 0)]);
        let relocations = parse(&ext, &ours).expect("well-formed questions");
        let kernel = Kernel::new(&endless).expect("well-formed types");
        let mut code = [0xb7, 1, 0, 0, 1, 0, 0, 0];
        let refused = kernel.relocate(&mut code, &ours, &relocations[0]);
        assert_eq!(refused.unwrap_err().field(), "member");
    }

    #[test]
    fn no_prefix_panics() {
        let (ours, ext) = (ours(), ext(&[(0, P, 0), (2, N, 0)]));
        let types = btf::parse(&ours).expect("types");
        for end in 0..ext.len() {
            assert!(parse(&ext[..end], &types).is_err(), "prefix of {end} bytes");
        }
        assert_eq!(parse(&ext, &types).expect("two questions").len(), 2);
    }
}
