//! Everything about running processes and the system.
