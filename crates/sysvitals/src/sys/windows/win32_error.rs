//! Failures by their numbers (winerror.h).

use std::io;

/// Whether a call failed with one of these.
pub(super) fn is_one_of(err: &io::Error, codes: &[u32]) -> bool {
    err.raw_os_error().is_some_and(|code| codes.contains(&(code as u32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_that_of_the_system() {
        let denied = io::Error::from_raw_os_error(5);
        assert!(is_one_of(&denied, &[1, 5]) && !is_one_of(&denied, &[1, 50]));
        assert!(!is_one_of(&io::ErrorKind::PermissionDenied.into(), &[5]), "of no system");
    }
}
