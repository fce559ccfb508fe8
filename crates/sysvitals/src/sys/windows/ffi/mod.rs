//! Foreign calls, made safe one by one. Nothing here decides anything.

mod aligned_buffer;
pub(super) mod iphlpapi;
pub(super) mod kernel32;
pub(super) mod ntdll;
pub(super) mod winsvc;

pub(super) use aligned_buffer::AlignedBuffer;
