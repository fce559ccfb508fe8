//! Children below their parents.

use std::collections::HashMap;

use sysvitals::Pid;

use super::Entry;

/// The same entries, each followed by its children, which keep their order.
///
/// Roots are those whose parent is not among them. In a recording that was put together from several
/// machines parents may even go round in a circle; nobody is lost then, or shown twice.
pub(super) fn order(entries: Vec<Entry<'_>>) -> Vec<Entry<'_>> {
    let places: HashMap<Pid, usize> =
        entries.iter().enumerate().map(|(at, entry)| (entry.facts.row.pid(), at)).collect();
    let parents: Vec<_> = entries
        .iter()
        .map(|entry| entry.facts.row.ppid().ok().and_then(|ppid| places.get(&ppid).copied()))
        .collect();
    let mut entries: Vec<_> = entries.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(entries.len());
    for (at, branch) in walk(&parents) {
        if let Some(mut entry) = entries.get_mut(at).and_then(Option::take) {
            entry.branch = branch;
            ordered.push(entry);
        }
    }
    ordered
}

/// The places in the order of the tree, each with the branches that lead to it.
fn walk(parents: &[Option<usize>]) -> Vec<(usize, String)> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); parents.len()];
    for (at, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            children[*parent].push(at);
        }
    }
    let mut seen = vec![false; parents.len()];
    let mut order = Vec::with_capacity(parents.len());
    let roots = (0..parents.len()).filter(|&at| parents[at].is_none());
    // Those that a circle keeps from every root come last.
    for root in roots.chain(0..parents.len()) {
        // What leads to the place, and what leads to those below it.
        let mut open = vec![(root, String::new(), String::new())];
        while let Some((at, branch, below)) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            order.push((at, branch));
            for (left, &child) in children[at].iter().rev().enumerate() {
                let (branch, next) =
                    if left == 0 { ("└─ ", "   ") } else { ("├─ ", "│  ") };
                open.push((child, format!("{below}{branch}"), format!("{below}{next}")));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(parents: &[Option<usize>], want: &[&str]) {
        let lines: Vec<_> =
            walk(parents).into_iter().map(|(at, branch)| format!("{branch}{at}")).collect();
        assert_eq!(lines, want);
    }

    #[test]
    fn children_follow_their_parents() {
        let parents = [None, Some(0), Some(0), Some(1), None, Some(1)];
        check(&parents, &["0", "├─ 1", "│  ├─ 3", "│  └─ 5", "└─ 2", "4"]);
        check(&[Some(1), None], &["1", "└─ 0"]);
        check(&[], &[]);
    }

    #[test]
    fn a_circle_is_cut_open() {
        check(&[Some(0)], &["0"]);
        check(&[Some(1), Some(0), None], &["2", "0", "└─ 1"]);
    }

    #[test]
    fn a_long_line_of_ancestors_is_no_recursion() {
        let parents: Vec<_> = (0..2000_usize).map(|at| at.checked_sub(1)).collect();
        assert_eq!(walk(&parents).len(), 2000);
    }
}
