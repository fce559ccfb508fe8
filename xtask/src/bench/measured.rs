//! What came of a row: costs by round, and their ratios.

use super::contender::Sample;
use super::methods::Method;
use super::profile::Profile;

/// The part that a contender has in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Ours,
    /// Bare system calls.
    Floor,
    /// The same on files that were opened before, each seen to be still that.
    HeldFloor,
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
pub(super) struct Measured {
    /// What each took part and cost, a sample a round.
    costs: Vec<(Part, Vec<Sample>)>,
    /// Where the time of those went of whom that is asked.
    pub(super) profiles: Vec<(Part, Profile)>,
    /// The most memory that ours had, in KiB.
    pub(super) peak: Option<u64>,
    /// Why there is nothing, or less.
    pub(super) trouble: Option<String>,
    /// Of a row of many questions, each of them.
    pub(super) methods: Vec<Method>,
}

impl Measured {
    pub(super) fn failed(trouble: String) -> Self {
        Self {
            costs: Vec::new(),
            profiles: Vec::new(),
            peak: None,
            trouble: Some(trouble),
            methods: Vec::new(),
        }
    }

    /// What was timed, and nothing else.
    pub(super) fn timed(costs: Vec<(Part, Vec<Sample>)>) -> Self {
        Self { costs, profiles: Vec::new(), peak: None, trouble: None, methods: Vec::new() }
    }

    fn of(&self, part: Part) -> Option<&[Sample]> {
        self.costs.iter().find(|(each, _)| *each == part).map(|(_, samples)| samples.as_slice())
    }

    pub(super) fn has(&self, part: Part) -> bool {
        self.of(part).is_some()
    }

    pub(super) fn profile(&self, part: Part) -> Option<Profile> {
        self.profiles.iter().find(|(each, _)| *each == part).map(|(_, profile)| *profile)
    }

    /// What one repetition cost, and how many items it had.
    pub(super) fn cost(&self, part: Part) -> Option<(f64, u64)> {
        let samples = self.of(part)?;
        Some((median(samples.iter().map(|sample| sample.cost))?, samples.last()?.items))
    }

    /// The median of the rounds' ratios.
    pub(super) fn ratio(&self, part: Part, to: Part) -> Option<f64> {
        let pairs = self.of(part)?.iter().zip(self.of(to)?);
        median(pairs.map(|(one, other)| one.cost / other.cost.max(1.0)))
    }

    /// What `peer` has to the cheapest floor: nobody can have more to it.
    ///
    /// In Python the objects have to be made, too.
    pub(super) fn reach(&self, peer: Part, in_python: bool) -> Option<f64> {
        let peers = self.of(peer)?;
        let objects = if in_python { self.of(Part::Objects) } else { None };
        let ratio = |floor: Part| {
            let rounds = peers.iter().zip(self.of(floor)?).enumerate();
            median(rounds.map(|(round, (peer, floor))| {
                let made = objects.and_then(|objects| objects.get(round));
                peer.cost / (floor.cost + made.map_or(0.0, |made| made.cost)).max(1.0)
            }))
        };
        let floor =
            [Part::Floor, Part::HeldFloor].into_iter().filter_map(ratio).max_by(f64::total_cmp)?;
        let call = if in_python { self.ratio(peer, Part::Call) } else { None };
        Some(call.map_or(floor, |call| call.min(floor)))
    }

    /// The fewest rounds and the most that somebody took part in.
    pub(super) fn rounds(&self) -> Option<(usize, usize)> {
        let rounds = || self.costs.iter().map(|(_, samples)| samples.len());
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

    fn samples(costs: &[f64]) -> Vec<Sample> {
        costs.iter().map(|&cost| Sample { cost, items: 1 }).collect()
    }

    #[test]
    fn a_ratio_is_taken_within_a_round() {
        // The machine was twice as slow in the second round, and for all.
        let costs = vec![
            (Part::Ours, samples(&[100.0, 200.0, 100.0])),
            (Part::Floor, samples(&[80.0, 160.0, 90.0])),
        ];
        let measured = Measured::timed(costs);
        assert_eq!(measured.ratio(Part::Ours, Part::Floor), Some(1.25));
        assert_eq!(measured.ratio(Part::Ours, Part::Psutil), None);
        assert_eq!(measured.cost(Part::Ours), Some((100.0, 1)));
    }

    #[test]
    fn the_cheapest_floor_says_what_can_be_reached() {
        let mut costs = vec![
            (Part::Psutil, samples(&[900.0, 1800.0, 900.0])),
            (Part::Floor, samples(&[300.0, 600.0, 300.0])),
        ];
        let reach = |costs: &[(Part, Vec<Sample>)], in_python| {
            Measured::timed(costs.to_vec()).reach(Part::Psutil, in_python)
        };
        assert_eq!((reach(&costs, false), reach(&costs, true)), (Some(3.0), Some(3.0)));
        costs.push((Part::Objects, samples(&[60.0, 120.0, 60.0])));
        assert_eq!((reach(&costs, false), reach(&costs, true)), (Some(3.0), Some(2.5)));
        costs.push((Part::HeldFloor, samples(&[120.0, 240.0, 120.0])));
        assert_eq!((reach(&costs, false), reach(&costs, true)), (Some(7.5), Some(5.0)));
        // Who makes that call from Python is a floor as well.
        costs.push((Part::Call, samples(&[400.0, 800.0, 400.0])));
        assert_eq!((reach(&costs, false), reach(&costs, true)), (Some(7.5), Some(2.25)));
        // Nothing is known without a floor, whatever objects cost.
        costs.retain(|(part, _)| !matches!(part, Part::Floor | Part::HeldFloor));
        assert_eq!((reach(&costs, false), reach(&costs, true)), (None, None));
    }

    #[test]
    fn who_took_part_in_fewer_rounds_is_compared_in_these() {
        let costs = vec![
            (Part::Psutil, samples(&[300.0, 310.0, 300.0])),
            (Part::Floor, samples(&[100.0, 100.0, 100.0, 1.0, 1.0])),
        ];
        let measured = Measured::timed(costs);
        assert_eq!(measured.reach(Part::Psutil, false), Some(3.0));
        assert_eq!(measured.rounds(), Some((3, 5)));
    }

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median([].into_iter()), None);
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), Some(2.5));
    }
}
