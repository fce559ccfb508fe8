//! One row: contenders are started, compared, and timed in turns.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::agree::Answer;
use super::contender::{Contender, Program, Programs, Sample};
use super::judged::Judgement;
use super::measured::{Measured, Part};
use super::methods;
use super::profile::{self, Profile, Spent};
use super::question::{Argument, Kind, Question};
use super::setting::Surroundings;
use crate::command;

/// How much is done for a number.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    pub(super) quick: bool,
    pub(super) rounds: usize,
    /// With so many a row has rounds enough, after `row`.
    pub(super) fewest: usize,
    /// CPU time of one sample, where it takes less.
    pub(super) sample: Duration,
    pub(super) row: Duration,
}

impl Effort {
    pub(super) const QUICK: Self = Self {
        quick: true,
        rounds: 5,
        fewest: 3,
        sample: Duration::from_millis(15),
        row: Duration::from_secs(5),
    };
    pub(super) const WHOLE: Self = Self {
        quick: false,
        rounds: 11,
        fewest: 5,
        sample: Duration::from_millis(50),
        row: Duration::from_secs(15),
    };

    /// For what was short, as some are by chance.
    pub(super) fn longer(self) -> Self {
        let row = self.row * LONGER as u32;
        Self { rounds: self.rounds * LONGER, fewest: self.fewest * LONGER, row, ..self }
    }
}

/// In how many times as many rounds that is measured again which was short.
pub(super) const LONGER: usize = 3;

/// Who takes longer than that for one answer takes part in the first rounds only: in as few as have a
/// median.
pub(super) const LONG: Duration = Duration::from_secs(1);
pub(super) const ROUNDS_OF_LONG: usize = 3;

/// Who takes part in a row.
pub(super) struct Entrant {
    pub(super) part: Part,
    program: Program,
    pub(super) operation: String,
    argument: String,
    contender: Contender,
    repetitions: u64,
    /// In how many rounds at most.
    rounds: usize,
    pub(super) samples: Vec<Sample>,
}

impl Entrant {
    /// `None` if its program cannot be had here.
    pub(super) fn start(
        programs: &Programs,
        part: Part,
        program: Program,
        operation: String,
        argument: String,
    ) -> Result<Option<Self>> {
        let started = Contender::start(programs, program)?;
        Ok(started.map(|contender| {
            let (repetitions, rounds, samples) = (1, 0, Vec::new());
            Self { part, program, operation, argument, contender, repetitions, rounds, samples }
        }))
    }

    /// Its answer; `None` if it has no such operation.
    pub(super) fn rows(&mut self) -> Result<Option<Vec<String>>> {
        self.contender.rows(&self.operation, &self.argument)
    }

    fn sample(&mut self) -> Result<Sample> {
        self.contender.time(&self.operation, &self.argument, self.repetitions)
    }

    /// Answers once, and finds out how often it is to do so for a sample.
    fn prepare(&mut self, effort: Effort) -> Result<()> {
        /// The first answer takes longer than those that follow, and to look at the clock as long as some.
        const LOOKS: usize = 3;
        self.repetitions = 1;
        let once = self.sample()?;
        if !self.operation.starts_with("import") {
            let mut cost = once.cost;
            for _ in 0..LOOKS {
                let wanted = effort.sample.as_nanos() as f64 / cost.max(10.0);
                self.repetitions = (wanted as u64).clamp(1, 1_000_000);
                if self.repetitions < 100 {
                    break;
                }
                cost = self.sample()?.cost;
            }
        }
        let is_long = once.cost > LONG.as_nanos() as f64;
        self.rounds = if is_long { ROUNDS_OF_LONG } else { effort.rounds };
        Ok(())
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
        return methods::measure(question, there, programs, effort);
    }
    let mut entrants = entrants(question, there, programs)?;
    if let Some(difference) = compare(question, there, &mut entrants)? {
        return Ok(Measured::failed(format!("THEY DISAGREE: {difference}")));
    }
    let (mut measured, mut shares) = timed(&mut entrants, effort)?;
    if Judgement::of(question, &measured).is_short() {
        (measured, shares) = timed(&mut entrants, effort.longer())?;
    }
    measured.profiles = profiles(&entrants, &shares, programs)?;
    // Of a program, who starts it would tell his own.
    let ours = entrants.iter().find(|entrant| entrant.part == Part::Ours);
    let ours = ours.filter(|_| question.kind != Kind::Program);
    measured.peak = ours.and_then(|entrant| entrant.contender.peak());
    Ok(measured)
}

/// Starts all who know the operation.
fn entrants(
    question: &Question,
    there: &Surroundings,
    programs: &Programs,
) -> Result<Vec<Entrant>> {
    let own = question.operation;
    let named = |kind: &str| format!("{kind}.{own}");
    let mut parts = Vec::new();
    match question.kind {
        Kind::Program => parts.push((Part::Ours, Program::Peers, own.to_owned())),
        Kind::Usual => {
            parts.push((Part::Ours, Program::Ours, own.to_owned()));
            parts.push((Part::Sysinfo, Program::Peers, named("sysinfo")));
        }
        _ => {}
    }
    if question.kind != Kind::Program {
        parts.push((Part::OursInPython, Program::OurPython, own.to_owned()));
        parts.push((Part::Objects, Program::OurPython, named("objects")));
        parts.push((Part::Psutil, Program::TheirPython, own.to_owned()));
    }
    // The first is what the others are compared with, and the floor understands little.
    match question.kind {
        // It lives for one answer as well.
        Kind::Program => parts.insert(1, (Part::Floor, Program::Peers, "program.floor".to_owned())),
        _ => {
            parts.insert(1, (Part::Floor, Program::Floor, own.to_owned()));
            parts.insert(2, (Part::HeldFloor, Program::Floor, named("held")));
        }
    }
    for (at, other) in question.others.iter().enumerate() {
        parts.push((Part::Other(at), other.program, other.operation.to_owned()));
    }
    let mut entrants = Vec::new();
    for (part, program, operation) in parts {
        let argument = match operation.as_str() {
            _ if program == Program::Floor => there.argument(question.argument),
            "program.vitals_ps" => programs.vitals.display().to_string(),
            "program.floor" => programs.built.join("floor").display().to_string(),
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
            match entrant.rows() {
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

/// Times all in turns anew, and tells how much of what each spent was the kernel's.
fn timed(entrants: &mut [Entrant], effort: Effort) -> Result<(Measured, Vec<Option<f64>>)> {
    let spent = |entrants: &[Entrant]| -> Result<Vec<Spent>> {
        entrants.iter().map(|entrant| Spent::until_now(entrant.contender.pid())).collect()
    };
    let before = spent(entrants)?;
    time(&mut entrants.iter_mut().collect::<Vec<_>>(), effort)?;
    let after = spent(entrants)?;
    let shares = after.iter().zip(before).map(|(after, before)| after.kernel_since(before));
    let costs = entrants.iter().map(|entrant| (entrant.part, entrant.samples.clone())).collect();
    Ok((Measured::timed(costs), shares.collect()))
}

/// Where the time of those goes of whom that is told; `shares` are the kernel's of all.
fn profiles(
    entrants: &[Entrant],
    shares: &[Option<f64>],
    programs: &Programs,
) -> Result<Vec<(Part, Profile)>> {
    let mut profiles = Vec::new();
    for (entrant, share) in entrants.iter().zip(shares) {
        let is_told = profile::PROFILED.iter().any(|(_, part)| *part == entrant.part);
        // What a Python does that is started is not what its modules do.
        let is_import = entrant.operation.starts_with("import");
        let Some(kernel) = share.filter(|_| is_told && !is_import) else { continue };
        let calls =
            profile::calls(programs, entrant.program, &entrant.operation, &entrant.argument)?;
        profiles.push((entrant.part, Profile { calls, kernel }));
    }
    Ok(profiles)
}

/// Times all in turns; what was timed before is forgotten.
pub(super) fn time(entrants: &mut [&mut Entrant], effort: Effort) -> Result<()> {
    for entrant in entrants.iter_mut() {
        entrant.samples.clear();
        entrant.prepare(effort)?;
    }
    let start = Instant::now();
    for round in 0..effort.rounds {
        if round >= effort.fewest && start.elapsed() > effort.row {
            break;
        }
        for entrant in entrants.iter_mut().filter(|entrant| round < entrant.rounds) {
            let sample = entrant.sample()?;
            entrant.samples.push(sample);
        }
    }
    Ok(())
}
