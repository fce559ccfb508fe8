//! Files of Linux: `/proc`, `/sys`, and what the C library and logind keep.
//!
//! A module bears the name of the file it reads; [`pid`] holds those of one process.

pub mod attribute;
pub mod block_stat;
pub mod bpf;
pub mod cpuinfo;
pub mod cpulist;
pub mod diskstats;
pub mod filesystems;
pub mod if_stats_msg;
pub mod ifinfomsg;
pub mod inet_diag;
pub mod loadavg;
pub mod logind_session;
pub mod meminfo;
pub mod mounts;
pub mod net_dev;
pub mod net_tcp;
pub mod net_unix;
pub mod netlink;
pub mod partitions;
pub mod passwd;
pub mod pid;
pub mod sockaddr;
pub mod stat;
pub mod tty_drivers;
pub mod uevent;
pub mod unix_diag;
pub mod uptime;
pub mod utmp;
pub mod vmstat;
pub mod zoneinfo;
