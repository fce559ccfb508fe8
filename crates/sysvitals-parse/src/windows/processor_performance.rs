//! `SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION`: what each processor has done since the system was
//! started (Microsoft, "NtQuerySystemInformation function").

use super::structure;
use crate::ParseError;
use crate::cstruct::Word;

/// Bytes of one structure; the same for 32 and 64 bits.
pub const SIZE: usize = 48;

/// Times of one processor, in steps of 100 nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Processor {
    /// Doing nothing.
    pub idle: u64,
    /// Running the kernel, `idle`, `dpc` and `interrupt` included.
    pub kernel: u64,
    /// Running programs.
    pub user: u64,
    /// Serving deferred procedure calls.
    pub dpc: u64,
    /// Serving interrupts.
    pub interrupt: u64,
    /// Interrupts served; wraps.
    pub interrupts: u32,
}

/// Parses one structure after another; an incomplete one at the end is an error.
pub fn parse(input: &[u8]) -> impl Iterator<Item = Result<Processor, ParseError>> + '_ {
    input.chunks(SIZE).map(processor)
}

fn processor(bytes: &[u8]) -> Result<Processor, ParseError> {
    if bytes.len() < SIZE {
        return Err(ParseError::new("processor", bytes));
    }
    let fields = structure(bytes, Word::Bits64);
    Ok(Processor {
        idle: fields.u64(0, "IdleTime")?,
        kernel: fields.u64(8, "KernelTime")?,
        user: fields.u64(16, "UserTime")?,
        dpc: fields.u64(24, "DpcTime")?,
        interrupt: fields.u64(32, "InterruptTime")?,
        interrupts: fields.u32(40, "InterruptCount")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(processor: &Processor) -> Vec<u8> {
        let Processor { idle, kernel, user, dpc, interrupt, interrupts } = *processor;
        let mut out: Vec<u8> = [idle, kernel, user, dpc, interrupt]
            .iter()
            .flat_map(|time| time.to_le_bytes())
            .collect();
        out.extend(interrupts.to_le_bytes());
        out.resize(out.len().next_multiple_of(8), 0xEE);
        out
    }

    const BUSY: Processor = Processor {
        idle: 1,
        kernel: 2,
        user: u64::MAX,
        dpc: 4,
        interrupt: 5,
        interrupts: u32::MAX,
    };
    const IDLE: Processor =
        Processor { idle: 10, kernel: 10, user: 0, dpc: 0, interrupt: 0, interrupts: 0 };

    #[test]
    fn one_follows_the_other() {
        let bytes = [write(&BUSY), write(&IDLE)].concat();
        let processors: Vec<_> = parse(&bytes).collect();
        assert_eq!(processors, [Ok(BUSY), Ok(IDLE)]);
        assert_eq!(parse(b"").count(), 0);
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let bytes = write(&BUSY);
        for end in 1..bytes.len() {
            let processors: Vec<_> = parse(&bytes[..end]).collect();
            assert!(matches!(processors[..], [Err(_)]), "prefix of {end} bytes");
        }
    }
}
