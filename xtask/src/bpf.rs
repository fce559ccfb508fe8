//! `crates/sysvitals/bpf`: the program that the kernel runs, compiled.
//!
//! The compiler is clang, of one version, so that the same source gives the same bytes everywhere:
//! that of the zig that PyPI has, for which nothing else has to be installed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{Outcome, command};

const FOLDER: &str = "crates/sysvitals/bpf";
const SOURCE: &str = "tables.bpf.c";
const OBJECT: &str = "tables.bpf.o";

const COMPILER: &str = "ziglang==0.17.1";

/// Little-endian, since the kernel's structures are declared so; the instructions of Linux 5.1.
const FLAGS: &[&str] = &[
    "cc",
    "-target",
    "bpfel-freestanding",
    "-mcpu=v3",
    "-O2",
    "-g",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fdebug-compilation-dir=.",
];

/// Writes the object; with `--check` fails if it is not what would be written.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<Outcome> {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => bail!("usage: bpf [--check]"),
    };
    let compiler = match Compiler::set_up() {
        Ok(compiler) => compiler,
        Err(error) => return Ok(Outcome::NotRun(format!("no {COMPILER}: {error:#}"))),
    };
    let folder = workspace.root().join(FOLDER);
    let source = fs::read(folder.join(SOURCE)).context("reading the program")?;
    let want = packed(&compiler.compile(&folder)?, digest(&source))?;
    let object = folder.join(OBJECT);
    if !check {
        fs::write(&object, &want).with_context(|| format!("writing {}", object.display()))?;
    } else if fs::read(&object).ok().as_ref() != Some(&want) {
        bail!("{FOLDER}/{OBJECT} is not what {SOURCE} gives; `cargo xtask bpf` writes it");
    }
    Ok(Outcome::Done(format!("{} bytes", want.len())))
}

struct Compiler {
    dir: PathBuf,
}

impl Compiler {
    /// Installs it where nothing else is.
    fn set_up() -> Result<Self> {
        let python = command::which("python3").context("there is no python3")?;
        let program = env::current_exe().context("asking where this program is")?;
        let target = program.ancestors().nth(2).context("a target folder")?;
        let compiler = Self { dir: target.join("bpf") };
        let stamp = compiler.dir.join("installed");
        if fs::read_to_string(&stamp).ok().as_deref() != Some(COMPILER) {
            command::run(Command::new(&python).args(["-m", "venv", "--clear"]).arg(&compiler.dir))?;
            let mut pip = compiler.python();
            pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "install", COMPILER]);
            command::run(&mut pip)?;
            fs::write(&stamp, COMPILER).context("noting that it is installed")?;
        }
        Ok(compiler)
    }

    fn python(&self) -> Command {
        Command::new(self.dir.join("bin/python"))
    }

    fn compile(&self, folder: &Path) -> Result<Vec<u8>> {
        let object = self.dir.join(OBJECT);
        let mut clang = self.python();
        clang.current_dir(folder).args(["-m", "ziglang"]).args(FLAGS).args(["-c", SOURCE, "-o"]);
        clang.arg(&object).env("ZIG_GLOBAL_CACHE_DIR", self.dir.join("cache"));
        command::run(&mut clang)?;
        fs::read(&object).context("reading what was compiled")
    }
}

/// FNV-1a of the source, by which a test knows without a compiler that the object is not older.
fn digest(source: &[u8]) -> u64 {
    source.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Bytes of a section's header, and of a symbol.
const HEADER: usize = 64;
const SYMBOL: usize = 24;

/// A section of an ELF file: its header, and what it holds.
struct Section {
    header: Vec<u8>,
    content: Vec<u8>,
}

fn number(bytes: &[u8], at: usize, size: usize) -> Result<usize> {
    let bytes = bytes.get(at..at + size).context("an ELF file that is cut short")?;
    let number = bytes.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    usize::try_from(number).context("a number of 64 bits")
}

fn set(bytes: &mut [u8], at: usize, size: usize, number: usize) -> Result<()> {
    let place = bytes.get_mut(at..at + size).context("an ELF file that is cut short")?;
    let number = (number as u64).to_le_bytes();
    place.copy_from_slice(number.get(..size).context("a number of 64 bits")?);
    Ok(())
}

/// The object without what only debuggers read, which is half of it, and with the digest.
fn packed(input: &[u8], digest: u64) -> Result<Vec<u8>> {
    let table = number(input, 40, 8)?;
    let mut sections = Vec::new();
    for at in 0..number(input, 60, 2)? {
        let header = input.get(table + at * HEADER..).and_then(|tail| tail.get(..HEADER));
        let header = header.context("a section")?.to_vec();
        let (start, size) = (number(&header, 24, 8)?, number(&header, 32, 8)?);
        let size = if number(&header, 4, 4)? == 0 { 0 } else { size };
        let content = input.get(start..).and_then(|tail| tail.get(..size)).unwrap_or_default();
        sections.push(Section { header, content: content.to_vec() });
    }
    let strings = number(input, 62, 2)?;
    let names = sections.get(strings).context("names of sections")?.content.clone();
    let name = |section: &Section| -> Result<String> {
        let tail = names.get(number(&section.header, 0, 4)?..).unwrap_or_default();
        let name = tail.split(|&byte| byte == 0).next().unwrap_or_default();
        Ok(String::from_utf8_lossy(name).into_owned())
    };

    let mut places = Vec::new();
    let mut kept: Vec<Section> = Vec::new();
    for (at, section) in sections.into_iter().enumerate() {
        let name = name(&section)?;
        let is_code = name.starts_with("iter/") || name.starts_with(".reliter/");
        let is_known = matches!(&*name, "license" | ".maps" | ".BTF" | ".BTF.ext" | ".symtab");
        let keep = at == 0 || at == strings || is_code || is_known;
        places.push(keep.then_some(kept.len()));
        if keep {
            kept.push(section);
        }
    }
    let place = |at: usize| places.get(at).copied().flatten().unwrap_or(0);
    for section in &mut kept {
        let (kind, link) = (number(&section.header, 4, 4)?, number(&section.header, 40, 4)?);
        set(&mut section.header, 40, 4, place(link))?;
        // Of relocations, the section that they are for.
        if kind == 9 {
            let code = number(&section.header, 44, 4)?;
            set(&mut section.header, 44, 4, place(code))?;
        }
        if kind == 2 {
            for symbol in section.content.chunks_exact_mut(SYMBOL) {
                let home = number(symbol, 6, 2)?;
                // From here on they stand for no section.
                if home < 0xff00 {
                    set(symbol, 6, 2, place(home))?;
                }
            }
        }
    }
    for section in kept.iter_mut() {
        if name(section)? == ".BTF.ext" {
            only_relocations(&mut section.content)?;
        }
    }
    let strings = place(strings);
    let names = &mut kept.get_mut(strings).context("names of sections")?.content;
    let mut header = vec![0; HEADER];
    set(&mut header, 0, 4, names.len())?;
    set(&mut header, 4, 4, 1)?;
    set(&mut header, 48, 8, 1)?;
    names.extend(b"source\0");
    kept.push(Section { header, content: digest.to_le_bytes().to_vec() });

    let mut output = input.get(..64).context("an ELF header")?.to_vec();
    for section in &mut kept {
        output.resize(output.len().next_multiple_of(8), 0);
        set(&mut section.header, 24, 8, output.len())?;
        set(&mut section.header, 32, 8, section.content.len())?;
        output.extend(&section.content);
    }
    output.resize(output.len().next_multiple_of(8), 0);
    let table = output.len();
    set(&mut output, 40, 8, table)?;
    set(&mut output, 60, 2, kept.len())?;
    set(&mut output, 62, 2, strings)?;
    // The first stands for none.
    kept.first_mut().context("a section")?.header.fill(0);
    for section in &kept {
        output.extend(&section.header);
    }
    Ok(output)
}

/// Leaves the lines of the source away from `.BTF.ext`.
fn only_relocations(content: &mut Vec<u8>) -> Result<()> {
    const LENGTH: usize = 32;
    let start = number(content, 4, 4)? + number(content, 24, 4)?;
    let size = number(content, 28, 4)?;
    let relocations = content.get(start..start + size).context("relocations")?.to_vec();
    content.truncate(LENGTH);
    set(content, 4, 4, LENGTH)?;
    for at in [8, 12, 16, 20, 24] {
        set(content, at, 4, 0)?;
    }
    content.extend(relocations);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn a_digest_tells_sources_apart() {
        assert_eq!(digest(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_ne!(digest(b"ab"), digest(b"ba"));
    }
}
