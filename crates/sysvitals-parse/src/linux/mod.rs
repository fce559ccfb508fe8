//! Files of Linux: `/proc`, `/sys`, and what the C library and logind keep.
//!
//! A module bears the name of the file it reads; [`pid`] holds those of one process.

pub mod cpulist;
pub mod pid;
