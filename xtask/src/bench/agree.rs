//! Whether two programs gave the same answer.

use std::collections::{BTreeMap, HashSet};

/// The key of what is not there to be compared.
const UNKNOWN: &str = "?";

/// An answer: columns by key.
pub(super) struct Answer<'a>(BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>);

impl<'a> Answer<'a> {
    /// Reads rows; if `only` is given, those of these pids: as the key, or in a column `pid`.
    pub(super) fn read(rows: &'a [String], only: Option<&HashSet<&str>>) -> Self {
        let mut answer = BTreeMap::new();
        for row in rows {
            let mut words = row.split('\t');
            let key = words.next().unwrap_or_default();
            let columns: BTreeMap<_, _> = words.filter_map(|word| word.split_once('=')).collect();
            let pid = columns.get("pid").copied().unwrap_or(key);
            if key == UNKNOWN || only.is_none_or(|only| only.contains(pid)) {
                answer.insert(key, columns);
            }
        }
        Self(answer)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// In what `other` differs: keys that one of them lacks, and values in columns that both have.
    ///
    /// Nothing where one has read its sources and not understood them.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        if self.0.contains_key(UNKNOWN) || other.0.contains_key(UNKNOWN) {
            return None;
        }
        let mut found = Vec::new();
        for (key, columns) in &self.0 {
            let Some(others) = other.0.get(key) else {
                found.push(format!("{key} is missing"));
                continue;
            };
            for (name, value) in columns {
                if let Some(theirs) = others.get(name).filter(|theirs| *theirs != value) {
                    found.push(format!("{key}: {name} is {theirs}, not {value}"));
                }
            }
        }
        let more = other.0.keys().filter(|key| !self.0.contains_key(*key));
        found.extend(more.map(|key| format!("{key} is one too many")));
        let first = found.first()?;
        Some(format!("{} differences; {first}", found.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ours: &[&str], theirs: &[&str], only: Option<&[&str]>, want: Option<&str>) {
        let owned = |rows: &[&str]| rows.iter().map(|row| (*row).to_owned()).collect::<Vec<_>>();
        let only: Option<HashSet<&str>> = only.map(|only| only.iter().copied().collect());
        let (ours, theirs) = (owned(ours), owned(theirs));
        let ours = Answer::read(&ours, only.as_ref());
        let theirs = Answer::read(&theirs, only.as_ref());
        assert_eq!(ours.difference(&theirs).as_deref(), want);
    }

    #[test]
    fn rows_are_compared_by_key_in_common_columns() {
        check(&["1\ta=2\tb=3", "2\ta=4"], &["2\ta=4\tc=1", "1\tb=3"], None, None);
        let want = Some("1 differences; 1: a is 3, not 2");
        check(&["1\ta=2"], &["1\ta=3"], None, want);
        check(&["1\ta=2"], &["2\ta=2"], None, Some("2 differences; 1 is missing"));
        check(&["1"], &["1", "2"], None, Some("1 differences; 2 is one too many"));
    }

    #[test]
    fn what_is_not_of_the_workload_is_left_out() {
        check(&["1\ta=2", "9\ta=1"], &["1\ta=2"], Some(&["1"]), None);
        check(&["x\tpid=1\ta=2"], &["x\tpid=1\ta=3"], Some(&["2"]), None);
    }

    #[test]
    fn what_was_not_understood_is_not_compared() {
        check(&["1"], &["?\tread=3"], Some(&["1"]), None);
        check(&["1"], &[], None, Some("1 differences; 1 is missing"));
    }
}
