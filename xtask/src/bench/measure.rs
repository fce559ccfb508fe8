//! One row: contenders are started, compared, and timed in turns.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::agree::Answer;
use super::contender::{Contender, Program, Programs, Sample};
use super::profile::{self, Profile, Spent};
use super::question::{Argument, Kind, Question};
use super::setting::Surroundings;
use crate::command;

/// How much is done for a number.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    pub(super) quick: bool,
    pub(super) rounds: usize,
    /// CPU time of one sample, where it takes less.
    sample: Duration,
    /// After so long a row has rounds enough.
    row: Duration,
}

impl Effort {
    pub(super) const QUICK: Self = Self {
        quick: true,
        rounds: 5,
        sample: Duration::from_millis(15),
        row: Duration::from_secs(5),
    };
    pub(super) const WHOLE: Self = Self {
        quick: false,
        rounds: 11,
        sample: Duration::from_millis(60),
        row: Duration::from_secs(40),
    };
}

/// The fewest rounds that have a median.
const FEWEST: usize = 3;

/// The part that a contender has in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Ours,
    Floor,
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
    /// Something that is to be known of it.
    pub(super) note: Option<String>,
}

impl Measured {
    pub(super) fn failed(trouble: String) -> Self {
        Self {
            costs: Vec::new(),
            profiles: Vec::new(),
            peak: None,
            trouble: Some(trouble),
            note: None,
        }
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

/// Who takes part in a row.
struct Entrant {
    part: Part,
    program: Program,
    operation: String,
    argument: String,
    contender: Contender,
    repetitions: u64,
    samples: Vec<Sample>,
}

impl Entrant {
    /// `None` if its program cannot be had here.
    fn start(
        programs: &Programs,
        part: Part,
        program: Program,
        operation: String,
        argument: String,
    ) -> Result<Option<Self>> {
        let started = Contender::start(programs, program)?;
        Ok(started.map(|contender| {
            let (repetitions, samples) = (1, Vec::new());
            Self { part, program, operation, argument, contender, repetitions, samples }
        }))
    }
}

/// Measures a row.
pub(super) fn measure(
    question: &Question,
    there: &Surroundings,
    programs: &Programs,
    effort: Effort,
) -> Result<Measured> {
    if question.kind == Kind::Methods {
        return methods(question, there, programs, effort);
    }
    let mut entrants = entrants(question, there, programs)?;
    if let Some(difference) = compare(question, there, &mut entrants)? {
        return Ok(Measured::failed(format!("THEY DISAGREE: {difference}")));
    }
    let profiles = profiled(&mut entrants, programs, effort)?;
    let ours = entrants.iter().find(|entrant| entrant.part == Part::Ours);
    let peak = ours.and_then(|entrant| entrant.contender.peak());
    let costs = entrants.into_iter().map(|entrant| (entrant.part, entrant.samples)).collect();
    Ok(Measured { costs, profiles, peak, trouble: None, note: None })
}

/// Starts all who know the operation.
fn entrants(
    question: &Question,
    there: &Surroundings,
    programs: &Programs,
) -> Result<Vec<Entrant>> {
    let own = question.operation.to_owned();
    let mut parts = Vec::new();
    if question.kind == Kind::Program {
        parts.push((Part::Ours, Program::Peers, own));
    } else {
        if question.kind == Kind::Usual {
            parts.push((Part::Ours, Program::Ours, own.clone()));
            parts.push((Part::Sysinfo, Program::Peers, format!("sysinfo.{own}")));
        }
        parts.push((Part::OursInPython, Program::OurPython, own.clone()));
        parts.push((Part::Psutil, Program::TheirPython, own));
    }
    if matches!(question.kind, Kind::Usual | Kind::Program) {
        parts.insert(1, (Part::Floor, Program::Floor, question.operation.to_owned()));
    }
    for (at, other) in question.others.iter().enumerate() {
        parts.push((Part::Other(at), other.program, other.operation.to_owned()));
    }
    let mut entrants = Vec::new();
    for (part, program, operation) in parts {
        let argument = match operation.as_str() {
            _ if program == Program::Floor => there.argument(question.argument),
            "program.vitals_ps" => programs.vitals.display().to_string(),
            other => match other.strip_prefix("program.") {
                Some("procs") => {
                    let Some(path) = &programs.procs else { continue };
                    path.display().to_string()
                }
                // A program that need not be installed.
                Some(name) => {
                    let name = name.split('_').next().unwrap_or(name);
                    let Some(path) = command::which(name) else { continue };
                    path.display().to_string()
                }
                None => there.argument(question.argument),
            },
        };
        entrants.extend(Entrant::start(programs, part, program, operation, argument)?);
    }
    Ok(entrants)
}

/// Asks all for rows, and leaves out who has none; says what they do not agree on.
fn compare(
    question: &Question,
    there: &Surroundings,
    entrants: &mut Vec<Entrant>,
) -> Result<Option<String>> {
    let pids: HashSet<&str> = there.pids.iter().map(String::as_str).collect();
    // In a table of the whole machine others come and go.
    let whole = question.argument == Argument::Nothing && !pids.is_empty();
    let only = Some(&pids).filter(|_| whole);
    let mut difference = None;
    // What lives may change between two looks.
    for _ in 0..3 {
        let mut answers = Vec::new();
        let mut absent = Vec::new();
        for (at, entrant) in entrants.iter_mut().enumerate() {
            match entrant.contender.rows(&entrant.operation, &entrant.argument) {
                Ok(Some(rows)) => answers.push((entrant.part, rows)),
                Ok(None) => absent.push(at),
                Err(error) => bail!("{:?}: {error:#}", entrant.part),
            }
        }
        for at in absent.into_iter().rev() {
            entrants.remove(at);
        }
        let answers: Vec<_> =
            answers.iter().map(|(part, rows)| (*part, Answer::read(rows, only))).collect();
        let Some(((first, expected), others)) = answers.split_first() else {
            bail!("nobody answers it");
        };
        if expected.len() == 0 {
            bail!("{first:?} has no rows");
        }
        difference = others.iter().find_map(|(part, answer)| {
            let what = expected.difference(answer)?;
            Some(format!("{part:?} with {first:?}: {what}"))
        });
        if difference.is_none() {
            break;
        }
    }
    Ok(difference)
}

/// Times all in turns, and looks where the time of some of them goes.
fn profiled(
    entrants: &mut [Entrant],
    programs: &Programs,
    effort: Effort,
) -> Result<Vec<(Part, Profile)>> {
    let spent = |entrants: &[Entrant]| -> Result<Vec<Spent>> {
        entrants.iter().map(|entrant| Spent::until_now(entrant.contender.pid())).collect()
    };
    let before = spent(entrants)?;
    time(entrants, effort)?;
    let after = spent(entrants)?;
    let mut profiles = Vec::new();
    for ((entrant, before), after) in entrants.iter().zip(before).zip(after) {
        // What other programs do is not what the one did that started them.
        let is_own =
            !entrant.operation.starts_with("program.") && !entrant.operation.starts_with("import");
        if !is_own || matches!(entrant.part, Part::Sysinfo | Part::Other(_)) {
            continue;
        }
        let Some(kernel) = after.kernel_since(before) else { continue };
        let calls =
            profile::calls(programs, entrant.program, &entrant.operation, &entrant.argument)?;
        profiles.push((entrant.part, Profile { calls, kernel }));
    }
    Ok(profiles)
}

/// Times all in turns.
fn time(entrants: &mut [Entrant], effort: Effort) -> Result<()> {
    for entrant in entrants.iter_mut() {
        let once = entrant.contender.time(&entrant.operation, &entrant.argument, 1)?;
        let wanted = effort.sample.as_nanos() as f64 / once.cost.max(100.0);
        entrant.repetitions = if entrant.operation.starts_with("import") {
            1
        } else {
            (wanted as u64).clamp(1, 100_000)
        };
    }
    let start = Instant::now();
    for round in 0..effort.rounds {
        if round >= FEWEST && start.elapsed() > effort.row {
            break;
        }
        for entrant in entrants.iter_mut() {
            let (operation, argument) = (&entrant.operation, &entrant.argument);
            let sample = entrant.contender.time(operation, argument, entrant.repetitions)?;
            entrant.samples.push(sample);
        }
    }
    Ok(())
}

/// Each method in turn, in both Pythons: the row is that of the worst ratio.
fn methods(
    question: &Question,
    there: &Surroundings,
    programs: &Programs,
    effort: Effort,
) -> Result<Measured> {
    let mut entrants = Vec::new();
    for (part, program) in
        [(Part::OursInPython, Program::OurPython), (Part::Psutil, Program::TheirPython)]
    {
        let argument = there.argument(question.argument);
        match Entrant::start(programs, part, program, String::new(), argument)? {
            Some(entrant) => entrants.push(entrant),
            None => return Ok(Measured::failed("no Python".to_owned())),
        }
    }
    let Some(first) = entrants.first_mut() else { bail!("no Python") };
    let names = first.contender.rows("methods", "")?.unwrap_or_default();
    let effort = Effort { row: effort.row / 20, sample: effort.sample / 3, ..effort };
    let (mut worst, mut short): (Option<(f64, Measured)>, _) = (None, Vec::new());
    for name in &names {
        for entrant in &mut entrants {
            entrant.operation.clone_from(name);
            entrant.samples.clear();
        }
        time(&mut entrants, effort)?;
        let costs = entrants.iter().map(|entrant| (entrant.part, entrant.samples.clone()));
        let note = Some(format!("of {} methods, {name}", names.len()));
        let costs = costs.collect();
        let measured = Measured { costs, profiles: Vec::new(), peak: None, trouble: None, note };
        let ratio = measured.ratio(Part::Psutil, Part::OursInPython).unwrap_or_default();
        if question.goals.python.is_some_and(|goal| ratio < goal) {
            short.push(format!("{} {ratio:.2}", name.trim_start_matches("Process.")));
        }
        if worst.as_ref().is_none_or(|(least, _)| ratio < *least) {
            worst = Some((ratio, measured));
        }
    }
    let Some((_, mut measured)) = worst else { bail!("there are no methods") };
    if !short.is_empty() {
        measured.note =
            Some(format!("{} of {} short: {}", short.len(), names.len(), short.join(", ")));
    }
    Ok(measured)
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
        let measured =
            Measured { costs, profiles: Vec::new(), peak: None, trouble: None, note: None };
        assert_eq!(measured.ratio(Part::Ours, Part::Floor), Some(1.25));
        assert_eq!(measured.ratio(Part::Ours, Part::Psutil), None);
        assert_eq!(measured.cost(Part::Ours), Some((100.0, 1)));
    }

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median([].into_iter()), None);
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), Some(2.5));
    }
}
