//! Memory that the kernel takes for any structure.

/// Zeroed bytes that start where any structure may: the kernel refuses others
/// (`STATUS_DATATYPE_MISALIGNMENT`).
pub(crate) struct AlignedBuffer {
    words: Vec<u64>,
}

impl AlignedBuffer {
    /// At least `length` bytes.
    pub(crate) fn new(length: usize) -> Self {
        Self { words: vec![0; length.div_ceil(size_of::<u64>())] }
    }

    /// Where the bytes are: what pointers in a structure that is filled here count from.
    pub(crate) fn address(&self) -> u64 {
        // An address has 64 bits at most.
        self.words.as_ptr().addr() as u64
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let length = size_of_val(self.words.as_slice());
        // SAFETY: as many bytes as the words have; any bits are bytes, and bytes stand anywhere.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr().cast(), length) }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        let length = size_of_val(self.words.as_slice());
        // SAFETY: as above; any bytes are words again, and nobody else has them.
        unsafe { std::slice::from_raw_parts_mut(self.words.as_mut_ptr().cast(), length) }
    }
}
