//! Reading files whole: the only place that opens any.

use std::fs::DirEntry;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags};
use rustix::path::Arg;

/// What a file of procfs may hold at most; the largest known is the `smaps` of a process with
/// millions of mappings.
const BOUND: usize = 1 << 30;

/// Read in one piece where that is possible, so that the kernel prints it at one moment.
const PIECE: usize = 32 * 1024;

/// Room for a file of one record and more than one read asks for.
pub(super) const RECORD: usize = 4096;

/// The same where nothing need be allocated.
pub(super) type Room = [MaybeUninit<u8>; RECORD];

/// Opens a file to be read. `O_NONBLOCK` keeps a FIFO in a recorded tree from waiting for a writer.
pub(super) fn open(dir: impl AsFd, path: impl Arg) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    Ok(rustix::fs::openat(dir, path, flags, Mode::empty())?)
}

/// Opens a directory to look things up in, or to be listed.
pub(super) fn directory(dir: impl AsFd, path: impl Arg, listed: bool) -> io::Result<OwnedFd> {
    let how = if listed { OFlags::RDONLY } else { OFlags::PATH };
    Ok(rustix::fs::openat(dir, path, how | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
}

/// What a directory holds, in no order.
pub(super) fn entries(dir: &Path) -> io::Result<Vec<DirEntry>> {
    std::fs::read_dir(dir)?.collect()
}

/// Reads a whole file into `bytes`, replacing what is there, without trusting its size.
pub(super) fn file(dir: impl AsFd, path: impl Arg, bytes: &mut Vec<u8>) -> io::Result<()> {
    to_the_end(&open(dir, path)?, bytes)
}

/// The same of a file that was opened before and that the kernel prints record by record, from its
/// start; whether one read gave all of it.
///
/// A read ends with the file, or where another record has no place in the kernel's page. How long that
/// is, nobody knows: in `diskstats` it is a disk with all its partitions (`diskstats_show` of
/// `block/genhd.c`). So a second read sees that nothing follows, as much as there is by then if another
/// process has read in between (see [`again`]).
pub(super) fn records_again(file: impl AsFd, bytes: &mut Vec<u8>) -> io::Result<bool> {
    bytes.clear();
    bytes.reserve(rustix::param::page_size());
    read_at(&file, bytes, 0)?;
    let end = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut next = [0];
    Ok(rustix::io::retry_on_intr(|| rustix::io::pread(&file, &mut next, end))? == 0)
}

/// Whether what was opened is of procfs.
pub(super) fn is_in_procfs(file: impl AsFd) -> io::Result<bool> {
    Ok(is_procfs(&rustix::fs::fstatfs(file)?))
}

pub(super) fn is_procfs(stat: &rustix::fs::StatFs) -> bool {
    /// The field is signed or not, and of 32 or 64 bits, by architecture.
    const PROC_SUPER_MAGIC: i128 = 0x9fa0;
    i128::from(stat.f_type) == PROC_SUPER_MAGIC
}

/// Reads a whole file, if a file is what the path leads to.
pub(super) fn regular_file(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = open(rustix::fs::CWD, path)?;
    let mut bytes = Vec::new();
    let read = to_the_end(&file, &mut bytes);
    // Directories cannot be read, and of what else there is comes nothing, at once.
    let is_file = || -> io::Result<bool> {
        let mode = rustix::fs::fstat(&file)?.st_mode;
        Ok(FileType::from_raw_mode(mode) == FileType::RegularFile)
    };
    if (read.is_err() || bytes.is_empty()) && !is_file()? {
        return Ok(None);
    }
    read.map(|()| Some(bytes))
}

/// Reads what is left of a file.
pub(super) fn to_the_end(file: &OwnedFd, bytes: &mut Vec<u8>) -> io::Result<()> {
    bytes.clear();
    loop {
        // Where a file has come to its end, little room is enough to see it.
        if bytes.capacity() - bytes.len() < RECORD {
            bytes.reserve(PIECE);
        }
        let read = || rustix::io::read(file, rustix::buffer::spare_capacity(bytes));
        match rustix::io::retry_on_intr(read)? {
            0 => return Ok(()),
            _ if bytes.len() > BOUND => return Err(too_large()),
            _ => {}
        }
    }
}

/// Reads a file piece by piece, so that a large one takes no more memory than a small one. `take` is
/// given what there is and whether it ends there; what it did not take comes again, with more.
///
/// However much is asked for, the kernel gives a page at a time, of whole records. What has no place there
/// any more it prints in vain, and again for the next read: of `smaps` a sixth of all that is printed. A
/// read that asks for less than a page ends before that, and the next one begins with what is left
/// (`seq_read_iter` of `fs/seq_file.c`).
pub(super) fn in_pieces(
    file: &OwnedFd,
    mut take: impl FnMut(&[u8], bool) -> usize,
) -> io::Result<()> {
    /// The smallest page without room for the block of a mapping; Linux 6.18 prints some 760 bytes.
    const ASKED: usize = 4096 - 768;
    let mut bytes = Vec::with_capacity(PIECE);
    let mut room = [const { MaybeUninit::uninit() }; ASKED];
    loop {
        let mut ended = false;
        if bytes.capacity() - bytes.len() >= ASKED {
            match rustix::io::read(file, &mut room) {
                Ok(([], _)) => ended = true,
                Ok((read, _)) => {
                    bytes.extend_from_slice(read);
                    continue;
                }
                Err(rustix::io::Errno::INTR) => continue,
                Err(err) => return Err(err.into()),
            }
        }
        let taken = take(&bytes, ended);
        if ended {
            return Ok(());
        }
        bytes.drain(..taken.min(bytes.len()));
        if bytes.len() > BOUND {
            return Err(too_large());
        }
        // One record is larger than all of it.
        if taken == 0 {
            bytes.reserve(bytes.capacity());
        }
    }
}

/// Reads a file that the kernel prints at once, such as `stat`, without asking for its end: of such
/// a file a read that leaves room gives all (`single_open` of `fs/seq_file.c`; `cmdline` and
/// `environ` of `fs/proc/base.c`).
pub(super) fn record(dir: impl AsFd, path: impl Arg, bytes: &mut Vec<u8>) -> io::Result<()> {
    record_of(open(dir, path)?, bytes)
}

/// The same of a file that was just opened.
pub(super) fn record_of(file: impl AsFd, bytes: &mut Vec<u8>) -> io::Result<()> {
    bytes.clear();
    rest_of(file, bytes)
}

/// The same into `room` if that is enough, else into `bytes`.
pub(super) fn record_in<'a>(
    file: impl AsFd,
    room: &'a mut Room,
    bytes: &'a mut Vec<u8>,
) -> io::Result<&'a [u8]> {
    bytes.clear();
    match rustix::io::read(&file, &mut room[..]) {
        Ok((read, left)) if !left.is_empty() => return Ok(read),
        Ok((read, _)) => bytes.extend_from_slice(read),
        Err(rustix::io::Errno::INTR) => {}
        Err(err) => return Err(err.into()),
    }
    rest_of(file, bytes)?;
    Ok(bytes)
}

fn rest_of(file: impl AsFd, bytes: &mut Vec<u8>) -> io::Result<()> {
    loop {
        bytes.reserve(RECORD);
        let room = bytes.capacity() - bytes.len();
        let read = || rustix::io::read(&file, rustix::buffer::spare_capacity(bytes));
        if rustix::io::retry_on_intr(read)? < room {
            return Ok(());
        }
        if bytes.len() > BOUND {
            return Err(too_large());
        }
    }
}

/// The same of a file that was opened before, from its start.
///
/// The open file may be shared with another process, as after a fork: a read keeps others from it, and
/// one that starts at 0 prints anew, whatever was read before (`seq_read_iter` of `fs/seq_file.c`, and
/// its likes back to Linux 2.6.30, before which it cannot be asked so). Only what two reads put together
/// is in doubt. So where there was too little room, all is read again into more.
pub(super) fn again(file: impl AsFd, bytes: &mut Vec<u8>) -> io::Result<()> {
    again_from(file, bytes, RECORD)
}

/// The same, into so much room at first.
fn again_from(file: impl AsFd, bytes: &mut Vec<u8>, room: usize) -> io::Result<()> {
    bytes.clear();
    bytes.reserve(room);
    loop {
        let room = bytes.capacity();
        if read_at(&file, bytes, 0)? < room {
            return Ok(());
        }
        if room > BOUND {
            return Err(too_large());
        }
        bytes.reserve(room);
        bytes.clear();
    }
}

/// Reads once, behind what is there.
fn read_at(file: impl AsFd, bytes: &mut Vec<u8>, offset: u64) -> rustix::io::Result<usize> {
    rustix::io::retry_on_intr(|| {
        rustix::io::pread(&file, rustix::buffer::spare_capacity(bytes), offset)
    })
}

/// The same if `room` is enough; `None` if it is not, or the read was interrupted.
pub(super) fn again_in(file: impl AsFd, room: &mut Room) -> io::Result<Option<&[u8]>> {
    match rustix::io::pread(file, &mut room[..], 0) {
        Ok((read, left)) => Ok((!left.is_empty()).then_some(read)),
        Err(rustix::io::Errno::INTR) => Ok(None),
        Err(err) => Err(err.into()),
    }
}

/// Where a link leads.
pub(super) fn link(dir: BorrowedFd<'_>, path: &[u8]) -> io::Result<Vec<u8>> {
    /// What procfs tells is shorter (`do_proc_readlink` of `fs/proc/base.c`), and so are links of others.
    const LONGEST: usize = 4096;
    let mut buffer = [const { MaybeUninit::uninit() }; LONGEST];
    let (leads, room) = rustix::fs::readlinkat_raw(dir, path, &mut buffer)?;
    if room.is_empty() {
        return Ok(rustix::fs::readlinkat(dir, path, Vec::new())?.into_bytes());
    }
    Ok(leads.to_vec())
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "file is too large")
}

/// The numeric names in a directory that was opened to be listed, in the order that it lists them.
pub(super) fn numbers(dir: impl AsFd) -> io::Result<Vec<u32>> {
    let mut buffer = [const { MaybeUninit::uninit() }; PIECE];
    // `Dir` would allocate every name.
    let mut entries = rustix::fs::RawDir::new(dir.as_fd(), &mut buffer);
    let mut numbers = Vec::new();
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name.first().is_some_and(u8::is_ascii_digit) {
            numbers.extend(sysvitals_parse::cursor::number::<u32>(name, "number").ok());
        }
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn records_are_whole_if_one_read_gives_all() {
        // The second has thousands of them.
        for (path, is_short) in [("/proc/filesystems", true), ("/proc/kallsyms", false)] {
            let mut bytes = vec![0; 99];
            let Ok(file) = open(rustix::fs::CWD, path) else { continue };
            for _ in 0..2 {
                assert_eq!(records_again(&file, &mut bytes).expect("a file"), is_short, "{path}");
                let want = std::fs::read(path).expect("a file");
                assert_eq!(bytes == want, is_short, "{path}");
            }
        }
    }

    #[test]
    fn who_reads_by_the_same_open_file_does_no_harm() {
        // Printed at once, and ours to change (Linux 4.6); more than the least that a `Vec` has room for.
        const SLACK: &str = "/proc/self/timerslack_ns";
        let (Ok(file), Ok(())) = (open(rustix::fs::CWD, SLACK), std::fs::write(SLACK, "0")) else {
            // That of another thread, as the first is for this one, takes CAP_SYS_NICE.
            eprintln!("SKIPPED: {SLACK} is not ours to change");
            return;
        };
        let until = AtomicBool::new(false);
        let is_over = || until.load(Ordering::Relaxed);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over() {
                    for slack in ["1111111111", "2222222222"] {
                        std::fs::write(SLACK, slack).expect("it is ours");
                    }
                }
                std::fs::write(SLACK, "0").expect("it is ours");
            });
            // As a child does that was forked.
            scope.spawn(|| {
                while !is_over() {
                    rustix::io::pread(&file, &mut [0; 3], 1).expect("a piece");
                }
            });
            let mut told = Vec::new();
            for _ in 0..20_000 {
                let mut bytes = Vec::new();
                again_from(&file, &mut bytes, 8).expect("a file");
                told.push(bytes);
            }
            until.store(true, Ordering::Relaxed);
            let mixed = |bytes: &&Vec<u8>| bytes.contains(&b'1') && bytes.contains(&b'2');
            assert_eq!(told.iter().find(mixed), None);
            assert!(told.iter().any(|bytes| bytes == b"1111111111\n"));
        });
    }

    #[test]
    fn what_has_no_room_is_read_whole_elsewhere() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("record");
        for length in [0, 1, RECORD - 1, RECORD, RECORD + 1, 5 * RECORD] {
            let want: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            std::fs::write(&path, &want).expect("a file");
            let mut room: Room = [const { MaybeUninit::uninit() }; RECORD];
            let mut bytes = vec![7; 3];
            let file = open(rustix::fs::CWD, &path).expect("a file");
            assert_eq!(record_in(file, &mut room, &mut bytes).expect("a file"), want);
            assert_eq!(bytes.is_empty(), length < RECORD, "the room was enough");
        }
    }

    #[test]
    fn links_are_read_whole() {
        let dir = tempfile::tempdir().expect("a directory");
        let opened = directory(rustix::fs::CWD, dir.path(), false).expect("the directory");
        // The longest that there can be.
        for leads in ["x".to_owned(), "x/".repeat(2047) + "x"] {
            let path = dir.path().join("link");
            let _ = std::fs::remove_file(&path);
            std::os::unix::fs::symlink(&leads, &path).expect("a link");
            let read = link(opened.as_fd(), b"link").expect("a link");
            assert_eq!(read, leads.as_bytes());
            let read = link(rustix::fs::CWD, path.as_os_str().as_bytes()).expect("a link");
            assert_eq!(read, leads.as_bytes());
        }
        assert!(link(opened.as_fd(), b"none").is_err());
    }
}
