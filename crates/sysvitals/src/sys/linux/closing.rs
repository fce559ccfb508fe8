//! Descriptors that are closed together.
//!
//! Those that were opened one after the other have numbers that follow each other, unless another thread
//! opened something meanwhile, and one close_range(2) (Linux 5.9) closes all such at once. Else a quarter
//! of what a table asks of the kernel would be closing.

use std::cell::RefCell;
use std::mem;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};

use super::ffi;

/// How many are waited for: more gain nothing, and with hundreds the kernel has more to do. Who has a
/// limit to heed misses few.
const TOGETHER: usize = 16;

/// What nobody needs any more, until there is more of it; at the latest it is closed when this is dropped.
#[derive(Default)]
pub(super) struct Closing(RefCell<Waiting>);

#[derive(Default)]
struct Waiting {
    fds: [Option<OwnedFd>; TOGETHER],
    count: usize,
}

impl Closing {
    pub(super) fn later(&self, fd: OwnedFd) {
        let mut waiting = self.0.borrow_mut();
        let count = waiting.count;
        if let Some(place) = waiting.fds.get_mut(count) {
            *place = Some(fd);
            waiting.count += 1;
        }
        if waiting.count == TOGETHER {
            waiting.close();
        }
    }

    /// Asks it the last thing that anybody does.
    pub(super) fn after<T>(&self, fd: OwnedFd, ask: impl FnOnce(&OwnedFd) -> T) -> T {
        let told = ask(&fd);
        self.later(fd);
        told
    }

    /// Asks something of what came last, if that has this number and is open still.
    pub(super) fn of_last<T>(&self, number: RawFd, ask: impl FnOnce(&OwnedFd) -> T) -> Option<T> {
        let waiting = self.0.borrow();
        let last = waiting.fds.get(waiting.count.checked_sub(1)?)?.as_ref()?;
        (last.as_raw_fd() == number).then(|| ask(last))
    }

    /// Closes what there is; whether there was something.
    pub(super) fn now(&self) -> bool {
        let mut waiting = self.0.borrow_mut();
        let any = waiting.count > 0;
        waiting.close();
        any
    }

    /// What is opened; if there are too many, after these were closed. `number` tells the error's.
    pub(super) fn opened<T, E>(
        &self,
        open: impl Fn() -> Result<T, E>,
        number: impl FnOnce(&E) -> Option<i32>,
    ) -> Result<T, E> {
        let are_too_many = |err| matches!(number(err), Some(libc::EMFILE | libc::ENFILE));
        match open() {
            Err(err) if are_too_many(&err) && self.now() => open(),
            opened => opened,
        }
    }
}

impl Waiting {
    fn close(&mut self) {
        let fds = self.fds.get_mut(..mem::take(&mut self.count)).unwrap_or_default();
        fds.sort_unstable_by_key(number);
        for run in fds.chunk_by_mut(|one, next| number(one) + 1 == number(next)) {
            if run.len() == 1 || ffi::descriptors::close_range(run).is_err() {
                run.fill_with(|| None);
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.close();
    }
}

fn number(fd: &Option<OwnedFd>) -> RawFd {
    fd.as_ref().map_or(-1, |fd| fd.as_raw_fd())
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;

    use super::*;

    fn open() -> OwnedFd {
        super::super::read::open(rustix::fs::CWD, "/dev/null").expect("a device")
    }

    /// Whether each of these is open; by its number alone, as others may get that.
    fn are_open(numbers: &[RawFd]) -> Vec<bool> {
        let path = |number: &RawFd| format!("/proc/self/fd/{number}");
        let is_open =
            |number| std::fs::read_link(path(number)).is_ok_and(|to| to.ends_with("null"));
        numbers.iter().map(is_open).collect()
    }

    /// Copies of a descriptor at numbers that nobody else gets.
    fn at(numbers: &[RawFd]) -> Vec<OwnedFd> {
        let null = open();
        let copy = |&number: &RawFd| {
            let copied = rustix::io::fcntl_dupfd_cloexec(null.as_fd(), number).expect("a copy");
            assert_eq!(copied.as_raw_fd(), number, "somebody else's");
            copied
        };
        numbers.iter().map(copy).collect()
    }

    #[test]
    fn they_are_closed_when_there_are_enough_and_at_last() {
        let numbers: Vec<_> = (700..700 + 20).collect();
        let closing = Closing::default();
        let mut fds = at(&numbers).into_iter();
        fds.by_ref().take(TOGETHER - 1).for_each(|fd| closing.later(fd));
        assert_eq!(are_open(&numbers), [true; 20]);
        closing.later(fds.next().expect("there are more"));
        assert_eq!(are_open(&numbers[..TOGETHER]), [false; TOGETHER]);
        fds.for_each(|fd| closing.later(fd));
        assert_eq!(are_open(&numbers[TOGETHER..]), [true; 4]);
        drop(closing);
        assert_eq!(are_open(&numbers), [false; 20]);
    }

    #[test]
    fn what_lies_between_is_not_theirs() {
        let mut numbers: Vec<_> = (740..752).collect();
        let fds = at(&numbers);
        let closing = Closing::default();
        let mut others = Vec::new();
        // In no order, and with others' among them.
        for (place, fd) in fds.into_iter().enumerate().rev() {
            if [3, 4, 9].contains(&place) { others.push(fd) } else { closing.later(fd) }
        }
        assert!(closing.now());
        assert!(!closing.now(), "nothing is left");
        others.reverse();
        assert_eq!(others.iter().map(|fd| fd.as_raw_fd()).collect::<Vec<_>>(), [743, 744, 749]);
        numbers.retain(|number| ![743, 744, 749].contains(number));
        assert_eq!(are_open(&[743, 744, 749]), [true; 3]);
        assert_eq!(are_open(&numbers), [false; 9]);
    }

    #[test]
    fn only_what_is_owned_whole_is_closed_as_a_range() {
        let mut fds: Vec<_> = at(&[760, 762]).into_iter().map(Some).collect();
        assert!(ffi::descriptors::close_range(&mut fds).is_err(), "761 is not theirs");
        fds.reverse();
        assert!(ffi::descriptors::close_range(&mut fds).is_err());
        assert!(ffi::descriptors::close_range(&mut [None, None]).is_err());
        assert!(ffi::descriptors::close_range(&mut []).is_err());
        assert_eq!(are_open(&[760, 762]), [true; 2]);
    }
}
