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
            // Once more, to hear why; more than this some kernels do not write.
            let mut log = vec![0; (1 << 24) - 1];
            let _ = ffi::bpf::load_iterator(code, &license, target, &mut log);
            return Err(refusal(host, err, &log));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Machine as _;
    use crate::{Fields, Pid, Roots, Row};

    #[test]
    fn the_object_is_that_of_the_source() {
        const SOURCE: &[u8] = include_bytes!("../../../../bpf/tables.bpf.c");
        let digest = SOURCE.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let held = object::parse(OBJECT).expect("our object").source;
        assert_eq!(held, digest.to_le_bytes(), "`cargo xtask bpf` compiles it");
    }

    #[test]
    fn the_object_is_understood() {
        let ours = Ours::read().expect("our object");
        assert_eq!(ours.object.license, b"Dual MIT/GPL");
        let sections: Vec<_> = ours.object.programs.iter().map(|each| each.section).collect();
        assert_eq!(sections, [&b"iter/task"[..], b"iter/task/followed", b"iter/task_file"]);
        // Found in itself, every member stays where it is, and needs no number that is not there.
        for program in &ours.object.programs {
            let own = ours.relocations.iter().filter(|each| each.section == program.section);
            assert!(own.count() > 10, "{:?}", program.section);
        }
    }

    /// The program for kernels before 6.9, which newer ones take as well.
    #[test]
    fn older_kernels_are_told_the_same() {
        let host = Host::new(Roots::default());
        let sections: [&[u8]; 2] = [b"iter/task", b"iter/task/followed"];
        let tables = sections.map(|section| -> Result<Vec<Row>, Unavailable> {
            let [processes, sockets] = all(&host, [&[section], &[b"iter/task_file"]])?;
            let programs = super::super::Programs { host: host.clone(), processes, sockets };
            let mut rows = Vec::new();
            programs.rows(Fields::MEMORY | Fields::CPU_TIMES, &mut rows).expect("a table");
            Ok(rows)
        });
        let [Ok(new), Ok(old)] = tables else {
            println!("SKIPPED: {tables:?}");
            return;
        };
        let own = |rows: &[Row]| rows.iter().find(|row| row.pid() == Pid::current()).cloned();
        let (new, old) = (own(&new).expect("this process"), own(&old).expect("this process"));
        assert_eq!(new.identity(), old.identity());
        for row in [new, old] {
            assert!(row.memory_info().expect("it has some").rss > 1 << 20);
        }
    }

    /// Makes a machine whose sysfs says nothing, or this.
    fn with_types(types: Option<&[u8]>) -> (tempfile::TempDir, Host) {
        let root = tempfile::tempdir().expect("a folder");
        if let Some(types) = types {
            let folder = root.path().join("sys/kernel/btf");
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(folder.join("vmlinux"), types).expect("a file");
        }
        let host = Host::new(Roots::below(root.path()));
        (root, host)
    }

    #[test]
    fn a_kernel_without_types_is_told_apart_from_one_that_lacks_iterators() {
        let sections: [&[&[u8]]; 1] = [&[b"iter/task"]];
        let (root, host) = with_types(None);
        let refused = all(&host, sections).expect_err("no types");
        let Unavailable::NoTypes { path, .. } = &refused else { panic!("{refused:?}") };
        assert_eq!(*path, root.path().join("sys/kernel/btf/vmlinux"));

        let (_root, host) = with_types(Some(b"types of tomorrow"));
        let refused = all(&host, sections).expect_err("no types");
        assert!(matches!(refused, Unavailable::Unreadable { .. }), "{refused:?}");

        // Types of our own, among which no kernel's function is.
        let ours = Ours::read().expect("our object");
        let refused = target(&ours.types, b"iter/task").expect_err("no iterator");
        assert_eq!(
            refused.to_string(),
            "BPF tables cannot be had: the kernel has no bpf_iter_task"
        );
    }

    #[test]
    fn refusals_are_told_apart() {
        let (root, host) = with_types(None);
        let refused = |number| refusal(&host, io::Error::from_raw_os_error(number), b"why\0junk");
        assert!(matches!(refused(libc::ENOSYS), Unavailable::NoSystemCall { .. }));
        assert!(matches!(refused(libc::EPERM), Unavailable::Denied { .. }));
        assert!(matches!(refused(libc::ENOMEM), Unavailable::Failed { .. }));
        let Unavailable::Rejected { log, .. } = refused(libc::EINVAL) else { panic!("rejected") };
        assert_eq!(log, "why");
        let folder = root.path().join("sys/kernel/security");
        std::fs::create_dir_all(&folder).expect("a folder");
        let state = |text| std::fs::write(folder.join("lockdown"), text).expect("a file");
        state("none [integrity] confidentiality\n");
        assert!(matches!(refused(libc::EINVAL), Unavailable::Rejected { .. }));
        state("none integrity [confidentiality]\n");
        assert!(matches!(refused(libc::EINVAL), Unavailable::LockedDown { .. }));
    }
}
