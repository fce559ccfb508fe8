//! Files below `/proc/PID`.

pub mod cmdline;
pub mod environ;
pub mod fdinfo;
pub mod io;
pub mod limits;
pub mod maps;
pub mod smaps;
pub mod stat;
pub mod statm;
pub mod status;
