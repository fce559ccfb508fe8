//! The row of single methods of a process: each of them in both Pythons, and what can be had of it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::contender::{Program, Programs};
use super::goal::{Goal, Verdict};
use super::measure::{Effort, Entrant, time};
use super::measured::{Measured, Part};
use super::question::Question;
use super::setting::Surroundings;

/// One method.
pub(super) struct Method {
    pub(super) name: String,
    /// psutil by ours.
    pub(super) ratio: f64,
    /// psutil by what nobody can be cheaper than; `None` of what both remember, and ask nobody.
    pub(super) reach: Option<f64>,
}

impl Method {
    fn new(name: &str, measured: &Measured) -> Result<Self> {
        let ratio = measured.ratio(Part::Psutil, Part::OursInPython);
        let ratio = ratio.with_context(|| format!("{name} is not answered by both"))?;
        let reach = measured.reach(Part::Psutil, true);
        Ok(Self { name: name.to_owned(), ratio, reach })
    }

    /// To be slower than psutil is short of any goal; what both remember has no other.
    pub(super) fn judge(&self, goal: Option<f64>) -> Verdict {
        let (goal, reach) = self.goal(goal);
        goal.judge(Some(self.ratio), reach)
    }

    fn is_in_doubt(&self, goal: Option<f64>) -> bool {
        let (goal, reach) = self.goal(goal);
        goal.is_in_doubt(Some(self.ratio), reach)
    }

    /// The goal that decides, and what can be had of it.
    fn goal(&self, goal: Option<f64>) -> (Goal, Option<f64>) {
        match goal {
            Some(goal) if self.reach.is_some() && self.ratio >= 1.0 => {
                (Goal::AtLeast(goal), self.reach)
            }
            _ => (Goal::AtLeast(1.0), None),
        }
    }

    /// What is said of one that both remember, and that is as fast.
    fn kept(&self) -> Option<String> {
        let is_kept = self.reach.is_none() && self.judge(None) == Verdict::Met;
        is_kept.then(|| format!("{} {:.2}", self.short_name(), self.ratio))
    }

    fn short_name(&self) -> &str {
        self.name.trim_start_matches("Process.")
    }

    fn told(&self, goal: Option<f64>) -> Option<String> {
        let (name, ratio) = (self.short_name(), self.ratio);
        match self.judge(goal) {
            Verdict::Met | Verdict::Absent => None,
            Verdict::Beyond(floor) => Some(format!("{name} {ratio:.2} (the floor: {floor:.2})")),
            Verdict::Short => Some(match self.reach {
                Some(floor) => format!("**{name} {ratio:.2} SHORT** (the floor: {floor:.2})"),
                None => format!("**{name} {ratio:.2} SHORT**"),
            }),
        }
    }
}

/// What all of them together are: as short as the shortest.
pub(super) fn judge(methods: &[Method], goal: Option<f64>) -> Verdict {
    let mut all = Verdict::Met;
    for method in methods {
        match (method.judge(goal), all) {
            (Verdict::Short, _) => all = Verdict::Short,
            (Verdict::Beyond(one), Verdict::Met) => all = Verdict::Beyond(one),
            (Verdict::Beyond(one), Verdict::Beyond(other)) => all = Verdict::Beyond(one.min(other)),
            _ => {}
        }
    }
    all
}

/// The worst, all that miss the goal, worst first, and those that have another.
pub(super) fn note(methods: &[Method], goal: Option<f64>) -> String {
    let mut sorted: Vec<&Method> = methods.iter().collect();
    sorted.sort_by(|one, other| one.ratio.total_cmp(&other.ratio));
    let worst = sorted.first().map_or(0.0, |method| method.ratio);
    let missed: Vec<String> = sorted.iter().filter_map(|method| method.told(goal)).collect();
    let (below, count) = (missed.len(), methods.len());
    let mut note = format!("{below} of {count} below the goal, the worst is {worst:.2}");
    for (what, names) in [
        (": ", missed),
        (
            "; to be as fast, as both remember it: ",
            sorted.iter().filter_map(|m| m.kept()).collect(),
        ),
    ] {
        if !names.is_empty() {
            note.push_str(what);
            note.push_str(&names.join(", "));
        }
    }
    note
}

/// Each method in turn; what is shown beside is what the worst costs.
pub(super) fn measure(
    question: &Question,
    there: &Surroundings,
    programs: &Programs,
    effort: Effort,
) -> Result<Measured> {
    let argument = there.argument(question.argument);
    let start = || start(programs, question.operation, &argument);
    let Some(mut entrants) = start()? else { return Ok(Measured::failed("no Python".to_owned())) };
    let first = entrants.first_mut().context("nobody was started")?;
    let names = first.rows()?.context("it knows no methods")?;
    // Who only tells their names need not live on beside those who are timed.
    drop(entrants);
    let brief = Effort { sample: effort.sample / 3, ..effort };
    let mut all = BTreeMap::new();
    timed(&names, start, brief, &mut all)?;
    // Of so many some are on one side of the goal by chance: those are measured again, and that counts.
    let mut doubted = Vec::new();
    for (name, measured) in &all {
        if Method::new(name, measured)?.is_in_doubt(question.goals.python) {
            doubted.push(name.clone());
        }
    }
    all.retain(|name, _| !doubted.contains(name));
    timed(&doubted, start, effort.longer(), &mut all)?;
    let mut methods = Vec::new();
    for (name, measured) in &all {
        methods.push(Method::new(name, measured)?);
    }
    let worst = methods.iter().min_by(|one, other| one.ratio.total_cmp(&other.ratio));
    let worst = worst.and_then(|worst| all.remove(&worst.name));
    let mut measured = worst.context("there are no methods")?;
    measured.methods = methods;
    Ok(measured)
}

/// Starts all who know methods; `None` if one of them cannot be had here.
fn start(programs: &Programs, operation: &str, argument: &str) -> Result<Option<Vec<Entrant>>> {
    let mut entrants = Vec::new();
    for (part, program) in [
        (Part::OursInPython, Program::OurPython),
        (Part::Psutil, Program::TheirPython),
        (Part::Floor, Program::Floor),
        (Part::Objects, Program::OurPython),
        (Part::Call, Program::OurPython),
    ] {
        let (operation, argument) = (operation.to_owned(), argument.to_owned());
        match Entrant::start(programs, part, program, operation, argument)? {
            Some(entrant) => entrants.push(entrant),
            None => return Ok(None),
        }
    }
    Ok(Some(entrants))
}

/// Times these methods, by all who know them.
fn timed(
    names: &[String],
    start: impl Fn() -> Result<Option<Vec<Entrant>>>,
    effort: Effort,
    all: &mut BTreeMap<String, Measured>,
) -> Result<()> {
    for _ in 0..if names.is_empty() { 0 } else { effort.starts } {
        let mut entrants = start()?.context("a Python that was there is gone")?;
        for name in names {
            let mut here = Vec::new();
            for entrant in &mut entrants {
                entrant.operation = match entrant.part {
                    Part::Objects => format!("objects.{name}"),
                    Part::Call => format!("call.{name}"),
                    _ => name.clone(),
                };
                if entrant.rows()?.is_some() {
                    here.push(entrant);
                }
            }
            time(&mut here, effort, all.entry(name.clone()).or_default())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method(name: &str, ratio: f64, reach: Option<f64>) -> Method {
        Method { name: format!("Process.{name}"), ratio, reach }
    }

    #[track_caller]
    fn check(ratio: f64, reach: Option<f64>, want: Verdict) {
        assert_eq!(method("cwd", ratio, reach).judge(Some(1.5)), want);
    }

    #[test]
    fn a_method_is_short_of_what_can_be_reached() {
        check(1.5, Some(2.0), Verdict::Met);
        check(1.2, Some(2.0), Verdict::Short);
        check(1.2, Some(1.35), Verdict::Beyond(1.35));
    }

    #[test]
    fn slower_than_psutil_is_short_whatever_the_floor_says() {
        check(0.99, Some(1.2), Verdict::Short);
        check(0.99, None, Verdict::Short);
        // Nobody is asked for what both remember.
        check(1.1, None, Verdict::Met);
    }

    #[test]
    fn what_is_near_to_its_goal_is_measured_again() {
        let is_in_doubt = |ratio, reach| method("cwd", ratio, reach).is_in_doubt(Some(1.5));
        assert!(is_in_doubt(1.55, Some(2.0)));
        assert!(!is_in_doubt(1.6, Some(2.0)));
        assert!(!is_in_doubt(1.25, Some(1.35)));
        assert!(is_in_doubt(0.9, Some(1.35)));
        assert!(is_in_doubt(1.04, None));
    }

    #[test]
    fn a_row_is_as_short_as_its_shortest() {
        let mut methods = vec![method("name", 1.6, Some(3.0))];
        assert_eq!(judge(&methods, Some(1.5)), Verdict::Met);
        let none = "0 of 1 below the goal, the worst is 1.60";
        assert_eq!(note(&methods, Some(1.5)), none);
        methods.push(method("cwd", 1.22, Some(1.35)));
        assert_eq!(judge(&methods, Some(1.5)), Verdict::Beyond(1.35));
        methods.push(method("nice", 1.1, Some(4.0)));
        methods.push(method("exe", 0.5, None));
        methods.push(method("create_time", 1.3, None));
        assert_eq!(judge(&methods, Some(1.5)), Verdict::Short);
        let told = "3 of 5 below the goal, the worst is 0.50: **exe 0.50 SHORT**, \
            **nice 1.10 SHORT** (the floor: 4.00), cwd 1.22 (the floor: 1.35); to be as fast, as \
            both remember it: create_time 1.30";
        assert_eq!(note(&methods, Some(1.5)), told);
    }
}
