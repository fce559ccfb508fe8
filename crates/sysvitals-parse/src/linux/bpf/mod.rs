//! BPF: objects as compilers write them, types as the kernel describes its own, and what programs of
//! this project report.

pub mod btf;
pub mod object;
pub mod process;
pub mod relocation;
pub mod socket;
