//! Lists of CPUs: `/sys/devices/system/cpu/online` and its like, `Cpus_allowed_list` of
//! [`status`](crate::linux::pid::status) (cpuset(7), "List format").

use crate::ParseError;
use crate::cursor;
use std::ops::RangeInclusive;

/// Ranges of CPU numbers, in the order of the list, of which none is empty.
///
/// Nothing is expanded or kept, so `0-4294967295` costs no more than `0`; who collects the
/// [`cpus`] of a list that is not a kernel's should bound them. The first error is the last item.
#[derive(Debug, Clone)]
pub struct Ranges<'a> {
    rest: Option<&'a [u8]>,
    stride: Option<Stride>,
}

/// What is left of `first-last:used/group`: the first `used` numbers of every `group`.
#[derive(Debug, Clone)]
struct Stride {
    first: u64,
    last: u32,
    used: u64,
    group: u64,
}

/// Starts at the first range of a list such as `0-3,8,10-11`, or `0-31:2/4`, which Linux takes
/// since 4.9 (the first 2 of every 4) but does not write itself.
#[must_use]
pub fn parse(input: &[u8]) -> Ranges<'_> {
    let input = input.trim_ascii();
    Ranges { rest: (!input.is_empty()).then_some(input), stride: None }
}

/// The CPU numbers of a list, one by one.
pub fn cpus(input: &[u8]) -> impl Iterator<Item = Result<u32, ParseError>> {
    parse(input).flat_map(|range| {
        let (cpus, error) = match range {
            Ok(range) => (Some(range), None),
            Err(error) => (None, Some(error)),
        };
        cpus.into_iter().flatten().map(Ok).chain(error.map(Err))
    })
}

impl Iterator for Ranges<'_> {
    type Item = Result<RangeInclusive<u32>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(stride) = &mut self.stride {
                let range = stride.next();
                if range.is_some() {
                    return range.map(Ok);
                }
                self.stride = None;
            }
            let rest = self.rest?;
            let end = memchr::memchr(b',', rest).unwrap_or(rest.len());
            let (item, tail) = rest.split_at_checked(end)?;
            self.rest = tail.get(1..);
            match stride(item.trim_ascii()) {
                Ok(stride) => self.stride = Some(stride),
                Err(error) => {
                    self.rest = None;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl Iterator for Stride {
    type Item = RangeInclusive<u32>;

    fn next(&mut self) -> Option<RangeInclusive<u32>> {
        let first = u32::try_from(self.first).ok().filter(|&first| first <= self.last)?;
        let last = self.first.saturating_add(self.used.checked_sub(1)?);
        let last = u32::try_from(last).map_or(self.last, |last| last.min(self.last));
        self.first = self.first.saturating_add(self.group);
        Some(first..=last)
    }
}

/// Parses `3`, `0-3` or `0-31:2/4`; what the kernel would not take (bitmap_parselist()) is wrong.
fn stride(item: &[u8]) -> Result<Stride, ParseError> {
    let (range, groups) = match memchr::memchr(b':', item) {
        Some(_) => cursor::split_once(item, b':', "stride").map(|(r, g)| (r, Some(g)))?,
        None => (item, None),
    };
    let (first, last) = match memchr::memchr(b'-', range) {
        Some(_) => cursor::split_once(range, b'-', "range")?,
        None => (range, range),
    };
    let first: u32 = cursor::number(first, "first CPU")?;
    let last = cursor::number(last, "last CPU")?;
    if first > last {
        return Err(ParseError::new("range", range));
    }
    let first = u64::from(first);
    let Some(groups) = groups else {
        // One group that reaches over the whole range.
        return Ok(Stride { first, last, used: u64::MAX, group: u64::MAX });
    };
    let (used, group) = cursor::split_once(groups, b'/', "stride")?;
    let (used, group) = (cursor::number(used, "stride")?, cursor::number(group, "stride")?);
    if group == 0 || used > group {
        return Err(ParseError::new("stride", groups));
    }
    Ok(Stride { first, last, used, group })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[track_caller]
    fn check(input: &str, want: &[RangeInclusive<u32>]) {
        let got: Result<Vec<_>, _> = parse(input.as_bytes()).collect();
        assert_eq!(got.as_deref(), Ok(want), "{input:?}");
    }

    #[test]
    fn lists_are_ranges() {
        check("", &[]);
        check("\n", &[]);
        check("0\n", &[0..=0]);
        check("0-3,8,10-11\n", &[0..=3, 8..=8, 10..=11]);
        check("0,2", &[0..=0, 2..=2]);
        check("0-0, 7", &[0..=0, 7..=7]);
    }

    #[test]
    fn strides_are_ranges_too() {
        check("0-9:2/4", &[0..=1, 4..=5, 8..=9]);
        check("0-8:2/4,20", &[0..=1, 4..=5, 8..=8, 20..=20]);
        check("5-7:1/1", &[5..=5, 6..=6, 7..=7]);
        check("0-7:0/4,9", &[9..=9]);
        check(
            "4294967290-4294967295:1/4",
            &[4_294_967_290..=4_294_967_290, 4_294_967_294..=4_294_967_294],
        );
    }

    #[test]
    fn cpus_are_single_numbers() {
        let all: Result<Vec<_>, _> = cpus(b"0-2,8").collect();
        assert_eq!(all, Ok(vec![0, 1, 2, 8]));
        let odd: Vec<_> = cpus(b"0-1,x,4").map(|cpu| cpu.is_ok()).collect();
        assert_eq!(odd, [true, true, false]);
    }

    #[test]
    fn huge_ranges_cost_nothing() {
        check("0-4294967295", &[0..=u32::MAX]);
        check("1-4294967295:4294967295/4294967295", &[1..=u32::MAX]);
        assert_eq!(cpus(b"0-4294967295").nth(99), Some(Ok(99)));
        assert_eq!(parse(b"0-4294967295:1/2").nth(99), Some(Ok(198..=198)));
    }

    #[test]
    fn what_is_no_range_ends_the_list() {
        for wrong in ["x", "1,,2", "1,", ",", "-", "1-", "-1", "3-1", "4294967296", "1-2-3"] {
            let items: Vec<_> = parse(wrong.as_bytes()).collect();
            let (last, before) = items.split_last().expect("an item");
            assert!(last.is_err() && before.iter().all(Result::is_ok), "{wrong:?}: {items:?}");
        }
        for wrong in ["0-3:", "0-3:1", "0-3:1/0", "0-3:3/2", "0-3:/2", "0-3:1/2/3", ":1/2"] {
            assert!(parse(wrong.as_bytes()).all(|range| range.is_err()), "{wrong:?}");
        }
    }

    #[test]
    fn no_prefix_panics() {
        let input = b"0-3,8,10-11,16-31:2/4\n";
        for end in 0..=input.len() {
            assert!(cpus(&input[..end]).count() <= 23);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(ranges in vec((any::<u32>(), any::<u32>()), 0..10)) {
            let ranges: Vec<_> = ranges.iter().map(|&(a, b)| a.min(b)..=a.max(b)).collect();
            let text = |range: &RangeInclusive<u32>| match (range.start(), range.end()) {
                (first, last) if first == last => format!("{first}"),
                (first, last) => format!("{first}-{last}"),
            };
            let list = ranges.iter().map(text).collect::<Vec<_>>().join(",");
            prop_assert_eq!(parse(list.as_bytes()).collect::<Result<Vec<_>, _>>(), Ok(ranges));
        }

        #[test]
        fn strides_are_those_of_the_definition(
            first in 0..50_u32, length in 0..50_u32, group in 1..9_u32, used in 0..9_u32
        ) {
            let (last, used) = (first + length, used.min(group));
            let list = format!("{first}-{last}:{used}/{group}");
            let want: Vec<_> = (first..=last).filter(|cpu| (cpu - first) % group < used).collect();
            prop_assert_eq!(cpus(list.as_bytes()).collect::<Result<Vec<_>, _>>(), Ok(want));
        }
    }
}
