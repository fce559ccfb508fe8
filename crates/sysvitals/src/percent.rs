//! Differences of two samples; no clock inside.

/// CPU use from sample to sample.
#[derive(Debug, Clone)]
pub struct CpuPercent {}
