//! A row beside its goals.

use super::goal::{Goal, Verdict};
use super::measured::{Measured, Part};
use super::methods;
use super::question::{Kind, Question};

/// A value beside what it is to reach.
#[derive(Clone, Copy)]
pub(super) struct Judged {
    value: Option<f64>,
    goal: Goal,
    /// What can be had at most.
    reach: Option<f64>,
    verdict: Verdict,
}

impl Judged {
    fn new(value: Option<f64>, goal: Goal, reach: Option<f64>) -> Self {
        Self { value, goal, reach, verdict: goal.judge(value, reach) }
    }

    /// The verdict, if there is a goal.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        (!matches!(self.goal, Goal::None)).then_some(self.verdict)
    }

    fn is_in_doubt(&self) -> bool {
        self.goal.is_in_doubt(self.value, self.reach)
    }

    pub(super) fn told(&self) -> String {
        self.goal.tell(self.value, self.verdict, self.reach)
    }
}

/// All goals of a row.
pub(super) struct Judgement {
    pub(super) floor: Judged,
    /// psutil, from Rust and from Python, and sysinfo.
    pub(super) peers: [Judged; 3],
    /// `None` of a program that is not installed.
    pub(super) others: Vec<Option<Judged>>,
}

impl Judgement {
    pub(super) fn of(question: &Question, measured: &Measured) -> Self {
        let (goals, ours) = (question.goals, question.ours());
        let against = |peer: Part, ours: Part, goal: Option<f64>| {
            let reach = measured.reach(peer, ours == Part::OursInPython);
            Judged::new(measured.ratio(peer, ours), Goal::least(goal), reach)
        };
        let in_python = match question.kind {
            Kind::Methods => Judged {
                value: measured.ratio(Part::Psutil, Part::OursInPython),
                goal: Goal::least(goals.python),
                reach: None,
                verdict: methods::judge(&measured.methods, goals.python),
            },
            _ => against(Part::Psutil, Part::OursInPython, goals.python),
        };
        // Somebody else's program need not be there; a crate whose answer is asked for has to.
        let other = |(at, other): (usize, &super::question::Other)| {
            let part = Part::Other(at);
            let is_there = measured.has(part) || other.goal.is_none();
            is_there.then(|| against(part, ours, other.goal))
        };
        Self {
            floor: Judged::new(
                measured.ratio(ours, Part::Floor),
                goals.floor.map_or(Goal::None, Goal::AtMost),
                None,
            ),
            peers: [
                against(Part::Psutil, Part::Ours, goals.rust),
                in_python,
                against(Part::Sysinfo, Part::Ours, goals.sysinfo),
            ],
            others: question.others.iter().enumerate().map(other).collect(),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Judged> {
        [&self.floor].into_iter().chain(&self.peers).chain(self.others.iter().flatten())
    }

    /// Of each goal that there is.
    pub(super) fn verdicts(&self) -> impl Iterator<Item = Verdict> {
        self.all().filter_map(Judged::verdict)
    }

    /// Whether one of them may be another when it is measured again.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.all().any(Judged::is_in_doubt)
    }
}

#[cfg(test)]
mod tests {
    use super::super::contender::Sample;
    use super::super::question::QUESTIONS;
    use super::*;

    fn table(ours: f64, floor: f64, psutil: f64) -> Judgement {
        let question = QUESTIONS.iter().find(|question| question.name == "table").expect("a row");
        let mut measured = Measured::default();
        for (part, cost) in [(Part::Ours, ours), (Part::Floor, floor), (Part::Psutil, psutil)] {
            measured.add(part, 0, Sample { cost, items: 1 });
        }
        Judgement::of(question, &measured)
    }

    #[test]
    fn a_row_is_in_doubt_if_any_goal_is() {
        assert!(!table(100.0, 100.0, 1000.0).is_in_doubt());
        assert!(table(113.0, 100.0, 1000.0).is_in_doubt(), "1.13 times the floor");
        assert!(table(107.0, 100.0, 1000.0).is_in_doubt(), "1.07, as 1.12 is met by chance then");
        assert!(table(101.0, 100.0, 755.0).is_in_doubt(), "7.48 of 7.5, and the floor has 7.55");
        assert!(table(101.0, 100.0, 745.0).is_in_doubt(), "the floor misses it, but by little");
        assert!(!table(101.0, 100.0, 700.0).is_in_doubt(), "the floor misses it, too");
    }

    #[test]
    fn what_has_no_goal_has_no_verdict() {
        let judgement = table(100.0, 100.0, 750.0);
        let verdicts: Vec<_> = judgement.verdicts().collect();
        // The floor and psutil; Python and sysinfo took no part.
        assert_eq!(verdicts, [Verdict::Met, Verdict::Met, Verdict::Absent, Verdict::Absent]);
        assert_eq!(judgement.others[0].expect("a crate").verdict(), None);
    }
}
