//! Loads our object: adapted to the kernel that runs, checked by it, ready to be run.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};

use rustix::thread::CapabilitySet;
use sysvitals_parse::ParseError;
use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::bpf::btf::{self, Btf, Kind};
use sysvitals_parse::linux::bpf::object::{self, Object, Program};
use sysvitals_parse::linux::bpf::relocation::{self, Kernel, Relocation};

use super::super::{Host, ffi, whole};
use crate::os::linux::bpf::Unavailable;

/// Written by `cargo xtask bpf` from `tables.bpf.c`.
const OBJECT: &[u8] = include_bytes!("../../../../bpf/tables.bpf.o");

/// The object, and what it was compiled against.
struct Ours<'a> {
    object: Object<'a>,
    types: Btf<'a>,
    relocations: Vec<Relocation<'a>>,
}

impl Ours<'static> {
    fn read() -> Result<Self, ParseError> {
        let object = object::parse(OBJECT)?;
        let types = btf::parse(object.btf)?;
        let relocations = relocation::parse(object.btf_ext, &types)?;
        Ok(Self { object, types, relocations })
    }
}

/// Loads a program of each of these: that of the first section which the kernel takes.
pub(super) fn all<const N: usize>(
    host: &Host,
    wanted: [&[&[u8]]; N],
) -> Result<[OwnedFd; N], Unavailable> {
    // Compiled for machines whose words are so.
    if Endian::NATIVE != Endian::Little || size_of::<usize>() != 8 {
        return Err(Unavailable::Machine);
    }
    let ours = Ours::read().map_err(unreadable)?;
    let path = host.sys_path("kernel/btf/vmlinux");
    let bytes = whole(&path).map_err(|source| Unavailable::NoTypes { path, source })?;
    let types = btf::parse(&bytes).map_err(unreadable)?;
    let kernel = Kernel::new(&types).map_err(unreadable)?;
    // `each_cpu`, the only one; the programs keep it.
    let map = ffi::bpf::create_number_per_cpu().map_err(|err| refusal(host, err, b""))?;
    let mut links = Vec::with_capacity(N);
    for sections in wanted {
        let mut loaded = Err(Unavailable::Machine);
        for section in sections {
            let program = ours.object.programs.iter().find(|program| program.section == *section);
            let program = program.ok_or_else(|| unreadable(ParseError::new("section", section)))?;
            let target = target(&types, section)?;
            let code = adapted(&ours, program, &kernel, &map)?;
            loaded = load(host, &code, ours.object.license, target);
            if !matches!(loaded, Err(Unavailable::Rejected { .. })) {
                break;
            }
        }
        links.push(loaded?);
    }
    links.try_into().map_err(|_| Unavailable::Machine)
}

fn unreadable(err: ParseError) -> Unavailable {
    Unavailable::Unreadable { source: err.into() }
}

/// The kernel's function that stands for what `iter/NAME`, or `iter/NAME/VARIANT`, iterates over.
fn target(types: &Btf<'_>, section: &[u8]) -> Result<u32, Unavailable> {
    let name = section.split(|&byte| byte == b'/').nth(1).unwrap_or(section);
    let name = [b"bpf_iter_", name].concat();
    let found = types.find(Kind::Function, &name).map_err(unreadable)?;
    let lacks = || Unavailable::TooOld { lacks: String::from_utf8_lossy(&name).into_owned() };
    found.ok_or_else(lacks)
}

/// The program as it has to be for this kernel.
fn adapted(
    ours: &Ours<'_>,
    program: &Program<'_>,
    kernel: &Kernel<'_>,
    map: &OwnedFd,
) -> Result<Vec<u64>, Unavailable> {
    let mut code = program.code.to_vec();
    let own = ours.relocations.iter().filter(|each| each.section == program.section);
    for relocation in own {
        kernel.relocate(&mut code, &ours.types, relocation).map_err(unreadable)?;
    }
    for (at, _) in &program.maps {
        object::name_map(&mut code, *at, map.as_raw_fd()).map_err(unreadable)?;
    }
    let instructions = code.chunks_exact(8).filter_map(|bytes| bytes.first_chunk());
    Ok(instructions.map(|bytes| u64::from_ne_bytes(*bytes)).collect())
}

fn load(host: &Host, code: &[u64], license: &[u8], target: u32) -> Result<OwnedFd, Unavailable> {
    let license = CString::new(license).unwrap_or_default();
    let program = match ffi::bpf::load_iterator(code, &license, target, &mut []) {
        Ok(program) => program,
        Err(err) => {
            // Once more, to hear why.
            let mut log = vec![0; 1 << 20];
            let again = ffi::bpf::load_iterator(code, &license, target, &mut log);
            return Err(refusal(host, again.err().unwrap_or(err), &log));
        }
    };
    ffi::bpf::link_iterator(program.as_fd())
        .map_err(|source| Unavailable::Failed { at: "BPF_LINK_CREATE", source })
}

/// Why the kernel did not take a program.
fn refusal(host: &Host, source: io::Error, log: &[u8]) -> Unavailable {
    match source.raw_os_error() {
        Some(libc::ENOSYS) => Unavailable::NoSystemCall { source },
        Some(libc::EPERM) => Unavailable::Denied { missing: missing_capabilities(), source },
        Some(libc::ENOMEM | libc::EMFILE | libc::ENFILE | libc::EAGAIN) => {
            Unavailable::Failed { at: "bpf(2)", source }
        }
        _ if is_locked_down(host) => Unavailable::LockedDown { source },
        _ => {
            let text = log.split(|&byte| byte == 0).next().unwrap_or_default();
            let text = String::from_utf8_lossy(text.trim_ascii()).into_owned();
            Unavailable::Rejected { log: text, source }
        }
    }
}

/// Those of the two that the caller lacks.
fn missing_capabilities() -> Vec<&'static str> {
    let has =
        rustix::thread::capabilities(None).map_or(CapabilitySet::empty(), |sets| sets.effective);
    let wanted = [("CAP_BPF", CapabilitySet::BPF), ("CAP_PERFMON", CapabilitySet::PERFMON)];
    let lacks = |each: &&(_, CapabilitySet)| !has.intersects(each.1 | CapabilitySet::SYS_ADMIN);
    wanted.iter().filter(lacks).map(|(name, _)| *name).collect()
}

/// Whether nobody may read the kernel's memory (`kernel_lockdown`(7), "confidentiality").
fn is_locked_down(host: &Host) -> bool {
    let state = host.read_if_there(&host.sys_path("kernel/security/lockdown"));
    matches!(state, Ok(Some(state)) if contains(&state, b"[confidentiality]"))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
