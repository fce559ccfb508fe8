//! What a row is to reach, and whether it does.

/// A bound on a ratio.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal {
    AtMost(f64),
    AtLeast(f64),
    None,
}

/// How a value stands to its goal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    Met,
    /// Out of reach: the floor itself has only so much.
    Beyond(f64),
    Short,
    /// There is no value.
    Absent,
}

/// What is nearer to a goal than this is on one side of it by chance.
pub(super) const NEAR: f64 = 1.05;

impl Goal {
    pub(super) fn least(goal: Option<f64>) -> Self {
        goal.map_or(Self::None, Self::AtLeast)
    }

    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
            Self::None => true,
        }
    }

    /// Judges a value by what the floor has in its place, where there is one.
    pub(super) fn judge(self, value: Option<f64>, floor: Option<f64>) -> Verdict {
        match (value, floor) {
            (None, _) => Verdict::Absent,
            (Some(value), _) if self.is_met(value) => Verdict::Met,
            (Some(_), Some(floor)) if !self.is_met(floor) => Verdict::Beyond(floor),
            _ => Verdict::Short,
        }
    }

    /// Whether what was judged by may say otherwise when it is measured again. What is short is always
    /// worth another look.
    pub(super) fn is_in_doubt(self, value: Option<f64>, floor: Option<f64>) -> bool {
        match (self.judge(value, floor), value) {
            (Verdict::Met, Some(value)) => self.is_near(value),
            (Verdict::Beyond(floor), _) => self.is_near(floor),
            (verdict, _) => verdict == Verdict::Short,
        }
    }

    fn is_near(self, value: f64) -> bool {
        match self {
            Self::AtMost(goal) | Self::AtLeast(goal) => {
                value <= NEAR * goal && goal <= NEAR * value
            }
            Self::None => false,
        }
    }

    /// A value beside its goal and, if it is missed, beside what the floor has.
    pub(super) fn tell(self, value: Option<f64>, verdict: Verdict, floor: Option<f64>) -> String {
        let told = value.map_or("–".to_owned(), |value| format!("{value:.2}"));
        let goal = match self {
            Self::AtMost(most) => format!("≤ {most}"),
            Self::AtLeast(least) => format!("≥ {least}"),
            Self::None => return told,
        };
        match (verdict, floor) {
            (Verdict::Absent, _) => format!("not there yet ({goal})"),
            (Verdict::Met, _) => format!("{told} ({goal})"),
            (Verdict::Beyond(floor), _) => format!("{told} ({goal}; the floor: {floor:.2})"),
            (Verdict::Short, Some(floor)) => {
                format!("**{told} SHORT** ({goal}; the floor: {floor:.2})")
            }
            (Verdict::Short, None) => format!("**{told} SHORT** ({goal})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(goal: Goal, value: f64, floor: Option<f64>, want: Verdict) {
        assert_eq!(goal.judge(Some(value), floor), want);
    }

    #[test]
    fn what_the_floor_misses_is_out_of_reach() {
        let goal = Goal::AtLeast(5.0);
        check(goal, 5.0, None, Verdict::Met);
        check(goal, 4.9, Some(5.0), Verdict::Short);
        check(goal, 4.9, Some(4.99), Verdict::Beyond(4.99));
        check(goal, 4.9, None, Verdict::Short);
        // Ours may keep what the floor asks for anew.
        check(goal, 5.1, Some(4.0), Verdict::Met);
        check(Goal::AtMost(1.2), 1.3, None, Verdict::Short);
        check(Goal::AtMost(1.2), 1.2, None, Verdict::Met);
    }

    #[track_caller]
    fn check_doubt(goal: Goal, value: f64, floor: Option<f64>, want: bool) {
        assert_eq!(goal.is_in_doubt(Some(value), floor), want);
    }

    #[test]
    fn what_is_near_to_its_goal_is_in_doubt_on_either_side() {
        let goal = Goal::AtLeast(5.0);
        check_doubt(goal, 5.0, None, true);
        check_doubt(goal, 5.24, None, true);
        check_doubt(goal, 5.26, Some(5.1), false);
        check_doubt(goal, 4.0, None, true);
        // What the floor has decides then.
        check_doubt(goal, 3.0, Some(4.77), true);
        check_doubt(goal, 4.5, Some(4.75), false);
        check_doubt(Goal::AtMost(1.2), 1.15, None, true);
        check_doubt(Goal::AtMost(1.2), 1.14, None, false);
        check_doubt(Goal::None, 1.0, None, false);
        assert!(!goal.is_in_doubt(None, Some(5.0)), "there is nothing to measure");
    }

    #[track_caller]
    fn check_told(goal: Goal, value: Option<f64>, floor: Option<f64>, want: &str) {
        assert_eq!(goal.tell(value, goal.judge(value, floor), floor), want);
    }

    #[test]
    fn what_is_missed_is_told_beside_the_floor() {
        let goal = Goal::AtLeast(5.0);
        check_told(goal, Some(5.1), Some(4.0), "5.10 (≥ 5)");
        check_told(goal, Some(4.9), Some(6.0), "**4.90 SHORT** (≥ 5; the floor: 6.00)");
        check_told(goal, Some(4.9), None, "**4.90 SHORT** (≥ 5)");
        check_told(goal, Some(4.1), Some(4.2), "4.10 (≥ 5; the floor: 4.20)");
        check_told(goal, None, Some(4.2), "not there yet (≥ 5)");
        check_told(Goal::AtMost(1.2), Some(1.3), None, "**1.30 SHORT** (≤ 1.2)");
        check_told(Goal::None, Some(1.3), Some(1.0), "1.30");
        check_told(Goal::None, None, None, "–");
    }

    #[test]
    fn what_is_not_there_is_not_met() {
        assert_eq!(Goal::AtLeast(1.0).judge(None, Some(0.5)), Verdict::Absent);
        assert_eq!(Goal::least(None).judge(Some(0.1), None), Verdict::Met);
    }
}
