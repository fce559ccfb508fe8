//! The user database of the C library.
