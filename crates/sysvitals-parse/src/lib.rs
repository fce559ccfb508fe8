//! Bytes to facts: parsers for the files and structures in which kernels describe
//! processes and the system.
//!
//! Nothing here opens a file, knows a path, a page size, a tick rate or a clock: those belong to
//! the caller. Every parser is *total*: any input gives a value or a [`ParseError`], never a panic.
//! Text stays bytes, since names and paths need not be UTF-8.
//!
//! This crate is the lower half of `sysvitals`, published for captured trees and fuzzers, with
//! its own version and no promise of stability.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

pub mod cstruct;
pub mod cursor;
mod error;
pub mod linux;
pub mod windows;

pub use error::ParseError;
