//! System calls that rustix lacks, made safe one by one. Nothing here decides anything.

#[cfg(feature = "bpf")]
pub(super) mod bpf;
pub(super) mod clock;
pub(super) mod descriptors;
pub(super) mod heap;
pub(super) mod interfaces;
pub(super) mod process;
pub(super) mod schedule;
pub(super) mod sockets;
pub(super) mod unforked;
pub(super) mod users;
