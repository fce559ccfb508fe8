//! Files below `/proc/PID`.

pub mod stat;
