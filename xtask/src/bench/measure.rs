//! One row: contenders are started, compared, and timed in turns.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::agree::Answer;
use super::contender::{Contender, Program, Programs, Sample};
use super::judged::Judgement;
use super::measured::{Measured, Part};
use super::methods;
use super::profile::{self, Spent};
use super::question::{Argument, Kind, Question};
use super::setting::Surroundings;
use crate::command;

/// How much is done for a number.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    pub(super) quick: bool,
    /// How often all are started anew. Where its memory lies makes a program up to a third faster or
    /// slower, as long as it runs.
    pub(super) starts: usize,
    /// After so many that is enough, after `row`.
    pub(super) fewest: usize,
    /// Rounds of each start; in a round each has two samples.
    pub(super) rounds: usize,
    /// CPU time of one sample, where it takes less.
    pub(super) sample: Duration,
    pub(super) row: Duration,
}

impl Effort {
    pub(super) const QUICK: Self = Self {
        quick: true,
        starts: 3,
        fewest: 3,
        rounds: 1,
        sample: Duration::from_millis(15),
        row: Duration::from_secs(5),
    };
    pub(super) const WHOLE: Self = Self {
        quick: false,
        starts: 5,
        fewest: 3,
        rounds: 2,
        sample: Duration::from_millis(50),
        row: Duration::from_secs(15),
    };

    /// For what is near to its goal, as it is on one side of it by chance, and for what is short.
    pub(super) fn longer(self) -> Self {
        let (starts, fewest) = (self.starts * LONGER, self.fewest * LONGER);
        Self { starts, fewest, row: self.row * LONGER as u32, ..self }
    }
}

/// In how many times as many rounds that is measured again which was in doubt.
pub(super) const LONGER: usize = 3;

/// Who takes longer than that for one answer gives one each time that it was started.
pub(super) const LONG: Duration = Duration::from_secs(1);

/// Who takes less than that for one answer gives a sample's answers before those that are timed, so that
/// what these look at in the kernel is in the caches: it is not after a Python.
const BRIEF: Duration = Duration::from_millis(200);

/// Who takes part in a row.
pub(super) struct Entrant {
    pub(super) part: Part,
    program: Program,
    pub(super) operation: String,
    argument: String,
    contender: Contender,
    repetitions: u64,
    is_brief: bool,
    /// What it spent until it was ready.
    getting_ready: Spent,
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
            let (repetitions, is_brief) = (1, false);
            let getting_ready = Spent::default();
            Self {
                part,
                program,
                operation,
                argument,
                contender,
                repetitions,
                is_brief,
                getting_ready,
            }
        }))
    }

    /// Its answer; `None` if it has no such operation.
    pub(super) fn rows(&mut self) -> Result<Option<Vec<String>>> {
        self.contender.rows(&self.operation, &self.argument)
    }

    fn sample(&mut self) -> Result<Sample> {
        if self.is_brief {
            self.contender.time(&self.operation, &self.argument, self.repetitions)?;
        }
        self.contender.time(&self.operation, &self.argument, self.repetitions)
    }

    /// Answers once, and finds out how often it is to do so for a sample; that was the sample where it
    /// takes long.
    fn prepare(&mut self, effort: Effort) -> Result<Option<Sample>> {
        /// The first answer takes longer than those that follow, and to look at the clock as long as some.
        const LOOKS: usize = 3;
        (self.repetitions, self.is_brief) = (1, false);
        self.getting_ready = Spent::until_now(self.contender.pid())?;
        let once = self.sample()?;
        if once.cost > LONG.as_nanos() as f64 {
            return Ok(Some(once));
        }
        // It was starting still, and what it keeps was not there yet.
        self.getting_ready = Spent::until_now(self.contender.pid())?;
        let once = self.sample()?;
        self.is_brief = once.cost < BRIEF.as_nanos() as f64;
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
        Ok(None)
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
    let mut entrants = entrants(question, there, programs, |_| true)?;
    if let Some(difference) = compare(question, there, &mut entrants)? {
        return Ok(Measured::failed(format!("THEY DISAGREE: {difference}")));
    }
    // Those who know the answer.
    let parts: Vec<Part> = entrants.iter().map(|entrant| entrant.part).collect();
    // What they keep need not be there beside those who are timed.
    drop(entrants);
    let measured = timed(question, there, programs, &parts, effort)?;
    if !Judgement::of(question, &measured).is_in_doubt() {
        return Ok(measured);
    }
    timed(question, there, programs, &parts, effort.longer())
}

/// Times these in turns, and looks where the time of some of them goes.
fn timed(
    question: &Question,
    there: &Surroundings,
    programs: &Programs,
    parts: &[Part],
    effort: Effort,
) -> Result<Measured> {
    let mut measured = Measured::default();
    let start = Instant::now();
    for started in 0..effort.starts {
        if started >= effort.fewest && start.elapsed() > effort.row {
            break;
        }
        let mut entrants = entrants(question, there, programs, |part| parts.contains(&part))?;
        time(&mut entrants.iter_mut().collect::<Vec<_>>(), effort, &mut measured)?;
        for entrant in &entrants {
            let until_now = Spent::until_now(entrant.contender.pid())?;
            measured.spend(entrant.part, until_now.since(entrant.getting_ready));
            // Of a program, who starts it would tell his own.
            if entrant.part == Part::Ours && question.kind != Kind::Program {
                measured.peak = measured.peak.max(entrant.contender.peak());
            }
        }
        if started == 0 {
            measured.calls = calls(&entrants, programs)?;
        }
    }
    Ok(measured)
}

/// The system calls of one answer, of whom that is told.
fn calls(entrants: &[Entrant], programs: &Programs) -> Result<BTreeMap<Part, u64>> {
    let mut calls = BTreeMap::new();
    for Entrant { part, program, operation, argument, .. } in entrants {
        let is_told = profile::PROFILED.iter().any(|(_, each)| each == part);
        // What a Python does that is started is not what its modules do.
        if is_told && !operation.starts_with("import") {
            calls.insert(*part, profile::calls(programs, *program, operation, argument)?);
        }
    }
    Ok(calls)
}

/// Starts those who may know the operation and are wanted.
fn entrants(
    question: &Question,
    there: &Surroundings,
    programs: &Programs,
    is_wanted: impl Fn(Part) -> bool,
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
            parts.insert(2, (Part::OtherFloor, Program::Floor, named("other")));
        }
    }
    for (at, other) in question.others.iter().enumerate() {
        parts.push((Part::Other(at), other.program, other.operation.to_owned()));
    }
    parts.retain(|(part, ..)| is_wanted(*part));
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

/// Times all in turns, in the rounds of one start.
pub(super) fn time(
    entrants: &mut [&mut Entrant],
    effort: Effort,
    measured: &mut Measured,
) -> Result<()> {
    let first = measured.next_round();
    let mut brief = Vec::new();
    for entrant in entrants {
        match entrant.prepare(effort)? {
            Some(sample) => measured.add(entrant.part, first, sample),
            None => brief.push(entrant),
        }
    }
    for round in first..first + effort.rounds {
        let mut samples = vec![Sample { cost: 0.0, items: 0 }; brief.len()];
        for at in there_and_back(brief.len()) {
            let (Some(entrant), Some(both)) = (brief.get_mut(at), samples.get_mut(at)) else {
                continue;
            };
            let Sample { cost, items } = entrant.sample()?;
            *both = Sample { cost: both.cost + cost / 2.0, items };
        }
        for (entrant, sample) in brief.iter().zip(samples) {
            measured.add(entrant.part, round, sample);
        }
    }
    Ok(())
}

/// The order in which so many take turns: each twice, once after the one before it and once after the one
/// behind it. Who comes after somebody who looked at the same things in the kernel finds them in the
/// caches for a dozen answers, and a quarter cheaper.
fn there_and_back(count: usize) -> impl Iterator<Item = usize> {
    let last = count.checked_sub(1);
    (0..count).chain((0..last.unwrap_or(0)).rev()).chain(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_after_both_its_neighbours() {
        let order = |count| there_and_back(count).collect::<Vec<_>>();
        assert_eq!(order(0), []);
        assert_eq!(order(1), [0, 0]);
        assert_eq!(order(2), [0, 1, 0, 1]);
        assert_eq!(order(4), [0, 1, 2, 3, 2, 1, 0, 3]);
        // And so on: the first comes after the last.
    }
}
