//! Counters that never run backwards.

/// Counters.
#[derive(Debug, Clone)]
pub struct Counters {}
/// Disks.
#[derive(Debug, Clone)]
pub struct DiskIo {}
/// Interfaces.
#[derive(Debug, Clone)]
pub struct NetIo {}
