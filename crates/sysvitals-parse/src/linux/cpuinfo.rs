//! `/proc/cpuinfo`: what each architecture tells of its CPUs (proc_cpuinfo(5)).

use std::collections::BTreeMap;

use crate::cursor;

/// One `cpuinfo` file, searched anew for each question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuInfo<'a> {
    input: &'a [u8],
}

/// Takes one `cpuinfo` file; lines that say nothing of use are left alone.
#[must_use]
pub fn parse(input: &[u8]) -> CpuInfo<'_> {
    CpuInfo { input }
}

impl<'a> CpuInfo<'a> {
    /// Numbers of the logical CPUs that have an entry; none where single CPUs have none.
    pub fn processors(&self) -> impl Iterator<Item = u32> {
        self.pairs().flatten().filter_map(|(key, value)| match key.strip_prefix(b"processor")? {
            // 32-bit ARM also has a line `Processor : ARMv7 ...`, which is no CPU.
            b"" => cursor::number(value, "processor").ok(),
            // s390x: `processor 0: version = FF, ...`.
            [b' ', number @ ..] => cursor::number(number, "processor").ok(),
            _ => None,
        })
    }

    /// MHz of the CPUs that tell, in their order.
    pub fn mhz(&self) -> impl Iterator<Item = f64> {
        self.pairs().flatten().filter_map(|(key, value)| {
            let number = match key {
                // LoongArch writes `CPU MHz`. s390x also has `cpu MHz static`, which would be a
                // second answer for the same CPU.
                b"cpu MHz" | b"CPU MHz" | b"cpu MHz dynamic" => value,
                // PowerPC.
                b"clock" => value.strip_suffix(b"MHz")?,
                _ => return None,
            };
            // x86 says `Unknown` where it does not know.
            cursor::decimal(number, "MHz").ok()
        })
    }

    /// Physical cores of all packages, where the kernel tells (`physical id` and `cpu cores`).
    #[must_use]
    pub fn cores(&self) -> Option<u32> {
        let mut packages = BTreeMap::new();
        let (mut package, mut cores) = (None, None);
        // The last section need not end with an empty line.
        for pair in self.pairs().chain([None]) {
            match pair {
                Some((b"physical id", value)) => {
                    package = cursor::number::<i32>(value, "physical id").ok();
                }
                Some((b"cpu cores", value)) => {
                    cores = cursor::number::<u32>(value, "cpu cores").ok();
                }
                Some(_) => {}
                None => {
                    if let (Some(package), Some(cores)) = (package.take(), cores.take()) {
                        packages.insert(package, cores);
                    }
                }
            }
        }
        let cores = packages.into_values().fold(0, u32::saturating_add);
        (cores > 0).then_some(cores)
    }

    /// Keys and values; `None` for an empty line, which ends a section.
    fn pairs(&self) -> impl Iterator<Item = Option<(&'a [u8], &'a [u8])>> {
        cursor::lines(self.input).filter_map(|line| {
            if line.trim_ascii().is_empty() {
                return Some(None);
            }
            // The colon is set off by tabs, by blanks, or by nothing on one side.
            let (key, value) = cursor::split_once(line, b':', "key").ok()?;
            Some(Some((key.trim_ascii(), value.trim_ascii())))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X86: &str = "processor\t: 0\ncpu MHz\t\t: 799.989\nphysical id\t: 0\ncpu cores\t: 4\n\n\
        processor\t: 1\ncpu MHz\t\t: Unknown\nphysical id\t: 0\ncpu cores\t: 4\n\n\
        processor\t: 2\ncpu MHz\t\t: 800.010\nphysical id\t: 1\ncpu cores\t: 2\n\n";

    #[track_caller]
    fn check(input: &str, processors: usize, mhz: &[f64], cores: Option<u32>) {
        let info = parse(input.as_bytes());
        assert_eq!(info.processors().count(), processors);
        assert_eq!(info.mhz().collect::<Vec<_>>(), mhz);
        assert_eq!(info.cores(), cores);
    }

    #[test]
    fn cores_are_counted_once_a_package() {
        check(X86, 3, &[799.989, 800.01], Some(6));
        check(X86.trim_end(), 3, &[799.989, 800.01], Some(6));
        check("physical id\t: 0\n\ncpu cores\t: 4\n", 0, &[], None);
        check("physical id : -1\ncpu cores   : 4", 0, &[], Some(4));
        check("", 0, &[], None);
    }

    #[test]
    fn architectures_differ() {
        // ia64
        check("processor  : 0\ncpu MHz    : 1403.000000\nphysical id: 0\n\n", 1, &[1403.0], None);
        // 32-bit ARM
        check(
            "Processor\t: ARMv7 Processor rev 1 (v7l)\nprocessor\t: 0\n\nprocessor\t: 1\n\n\
             CPU architecture: 7\n",
            2,
            &[],
            None,
        );
        // s390x
        check(
            "# processors    : 2\nprocessor 0: version = FF,  identification = 14C047\n\
             processor 1: version = FF\ncpu number      : 0\ncpu MHz dynamic : 5504\n\
             cpu MHz static  : 5208\ncpu number      : 1\ncpu MHz dynamic : 5504\n\
             cpu MHz static  : 5208\n\n",
            2,
            &[5504.0, 5504.0],
            None,
        );
        // PowerPC
        check(
            "processor\t: 0\ncpu\t\t: POWER8E (raw)\nclock\t\t: 3425.000000MHz\n\nplatform\t: PS3\n",
            1,
            &[3425.0],
            None,
        );
        // LoongArch
        check("processor\t\t: 0\nCPU Family\t\t: L\nCPU MHz\t\t\t: 2500.00\n", 1, &[2500.0], None);
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..X86.len() {
            let info = parse(&X86.as_bytes()[..end]);
            let _ = (info.processors().count(), info.cores(), info.mhz().count());
        }
    }
}
