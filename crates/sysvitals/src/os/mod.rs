//! What exists on one operating system only, in that system's types.

#[cfg(any(target_os = "linux", target_os = "android"))]
pub mod linux;
pub mod windows;
