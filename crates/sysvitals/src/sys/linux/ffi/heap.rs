//! The C library's allocator.
