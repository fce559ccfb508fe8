//! What came of a row: costs by round, and their ratios.

use std::collections::BTreeMap;

use super::contender::Sample;
use super::methods::Method;
use super::profile::{Profile, Spent};

/// The part that a contender has in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Ours,
    /// Bare system calls.
    Floor,
    /// The same in another way: on files that were opened before, each seen to be still that, or in reads
    /// of less than a page.
    OtherFloor,
    /// The objects of an answer, made in Python without asking anybody.
    Objects,
    /// The one system call that tells the answer, by Python's own function for it.
    Call,
    Psutil,
    OursInPython,
    Sysinfo,
    /// One of the row's others, by its place.
    Other(usize),
}

/// What came of a row.
#[derive(Default)]
pub(super) struct Measured {
    /// What each took part and cost, by round.
    costs: BTreeMap<Part, BTreeMap<usize, Sample>>,
    /// CPU time of each, in what was timed and in getting ready for it.
    spent: BTreeMap<Part, Spent>,
    /// The system calls of one answer, of whom that is told.
    pub(super) calls: BTreeMap<Part, u64>,
    /// The most memory that ours had, in KiB.
    pub(super) peak: Option<u64>,
    /// Why there is nothing, or less.
    pub(super) trouble: Option<String>,
    /// Of a row of many questions, each of them.
    pub(super) methods: Vec<Method>,
}

impl Measured {
    pub(super) fn failed(trouble: String) -> Self {
        Self { trouble: Some(trouble), ..Self::default() }
    }

    /// Adds what somebody cost in a round.
    pub(super) fn add(&mut self, part: Part, round: usize, sample: Sample) {
        self.costs.entry(part).or_default().insert(round, sample);
    }

    /// The number of the round that comes next.
    pub(super) fn next_round(&self) -> usize {
        let lasts = self.costs.values().filter_map(|samples| samples.keys().last());
        lasts.max().map_or(0, |last| last + 1)
    }

    /// Adds CPU time that somebody spent.
    pub(super) fn spend(&mut self, part: Part, spent: Spent) {
        let before = self.spent.entry(part).or_default();
        *before = before.and(spent);
    }

    fn of(&self, part: Part) -> Option<&BTreeMap<usize, Sample>> {
        self.costs.get(&part)
    }

    pub(super) fn has(&self, part: Part) -> bool {
        self.of(part).is_some()
    }

    /// Where the time of somebody goes, if that is told.
    pub(super) fn profile(&self, part: Part) -> Option<Profile> {
        let (calls, spent) = self.calls.get(&part).zip(self.spent.get(&part))?;
        Some(Profile { calls: *calls, kernel: spent.kernel()? })
    }

    /// What one repetition cost, and how many items it had.
    pub(super) fn cost(&self, part: Part) -> Option<(f64, u64)> {
        let samples = self.of(part)?;
        let cost = median(samples.values().map(|sample| sample.cost))?;
        Some((cost, samples.values().last()?.items))
    }

    /// The median of the ratios of the rounds that both took part in.
    pub(super) fn ratio(&self, part: Part, to: Part) -> Option<f64> {
        let to = self.of(to)?;
        let pairs = self.of(part)?.iter().filter_map(|(round, one)| Some((one, to.get(round)?)));
        median(pairs.map(|(one, other)| one.cost / other.cost.max(1.0)))
    }

    /// What `peer` has to the cheapest floor: nobody can have more to it.
    ///
    /// In Python the objects have to be made, too.
    pub(super) fn reach(&self, peer: Part, in_python: bool) -> Option<f64> {
        let peers = self.of(peer)?;
        let objects = if in_python { self.of(Part::Objects) } else { None };
        let ratio = |floor: Part| {
            let floors = self.of(floor)?;
            median(peers.iter().filter_map(|(round, peer)| {
                let made = objects.and_then(|objects| objects.get(round));
                let floor = floors.get(round)?.cost + made.map_or(0.0, |made| made.cost);
                Some(peer.cost / floor.max(1.0))
            }))
        };
        let floor =
            [Part::Floor, Part::OtherFloor].into_iter().filter_map(ratio).max_by(f64::total_cmp)?;
        let call = if in_python { self.ratio(peer, Part::Call) } else { None };
        Some(call.map_or(floor, |call| call.min(floor)))
    }

    /// The fewest rounds and the most that somebody took part in.
    pub(super) fn rounds(&self) -> Option<(usize, usize)> {
        let rounds = || self.costs.values().map(BTreeMap::len);
        rounds().min().zip(rounds().max())
    }
}

fn median(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        return numbers.get(middle).copied();
    }
    Some((numbers.get(middle.checked_sub(1)?)? + numbers.get(middle)?) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounds from the first on.
    fn measured(costs: &[(Part, &[f64])]) -> Measured {
        let mut measured = Measured::default();
        for (part, costs) in costs {
            for (round, &cost) in costs.iter().enumerate() {
                measured.add(*part, round, Sample { cost, items: 1 });
            }
        }
        measured
    }

    #[test]
    fn a_ratio_is_taken_within_a_round() {
        // The machine was twice as slow in the second round, and for all.
        let measured =
            measured(&[(Part::Ours, &[100.0, 200.0, 100.0]), (Part::Floor, &[80.0, 160.0, 90.0])]);
        assert_eq!(measured.ratio(Part::Ours, Part::Floor), Some(1.25));
        assert_eq!(measured.ratio(Part::Ours, Part::Psutil), None);
        assert_eq!(measured.cost(Part::Ours), Some((100.0, 1)));
    }

    #[test]
    fn the_cheapest_floor_says_what_can_be_reached() {
        let mut costs: Vec<(Part, &[f64])> =
            vec![(Part::Psutil, &[900.0, 1800.0, 900.0]), (Part::Floor, &[300.0, 600.0, 300.0])];
        let reach = |costs: &[(Part, &[f64])]| {
            let measured = measured(costs);
            (measured.reach(Part::Psutil, false), measured.reach(Part::Psutil, true))
        };
        assert_eq!(reach(&costs), (Some(3.0), Some(3.0)));
        costs.push((Part::Objects, &[60.0, 120.0, 60.0]));
        assert_eq!(reach(&costs), (Some(3.0), Some(2.5)));
        costs.push((Part::OtherFloor, &[120.0, 240.0, 120.0]));
        assert_eq!(reach(&costs), (Some(7.5), Some(5.0)));
        // Who makes that call from Python is a floor as well.
        costs.push((Part::Call, &[400.0, 800.0, 400.0]));
        assert_eq!(reach(&costs), (Some(7.5), Some(2.25)));
        // Nothing is known without a floor, whatever objects cost.
        costs.retain(|(part, _)| !matches!(part, Part::Floor | Part::OtherFloor));
        assert_eq!(reach(&costs), (None, None));
    }

    #[test]
    fn who_took_part_in_fewer_rounds_is_compared_in_these() {
        let mut measured = measured(&[(Part::Floor, &[100.0, 1.0, 100.0, 1.0, 100.0, 1.0])]);
        for (round, cost) in [(0, 300.0), (2, 310.0), (4, 300.0)] {
            measured.add(Part::Psutil, round, Sample { cost, items: 1 });
        }
        assert_eq!(measured.reach(Part::Psutil, false), Some(3.0));
        assert_eq!(measured.ratio(Part::Floor, Part::Psutil), Some(1.0 / 3.0));
        assert_eq!((measured.rounds(), measured.next_round()), (Some((3, 6)), 6));
    }

    #[test]
    fn the_kernels_share_is_that_of_all_that_was_spent() {
        let mut measured = Measured::default();
        measured.spend(Part::Ours, Spent { user: 1, system: 1 });
        measured.spend(Part::Ours, Spent { user: 0, system: 2 });
        assert!(measured.profile(Part::Ours).is_none(), "nobody counted calls");
        measured.calls.insert(Part::Ours, 5);
        let Profile { calls, kernel } = measured.profile(Part::Ours).expect("it is told");
        assert_eq!((calls, kernel), (5, 0.75));
    }

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median([].into_iter()), None);
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), Some(2.5));
    }
}
