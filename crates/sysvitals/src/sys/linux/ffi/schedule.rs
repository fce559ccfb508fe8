//! Scheduling and limits of processes.
