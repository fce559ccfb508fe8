//! Runs one parser on its input again and again: `instructions NAME TIMES`. Without arguments it
//! tells the names, each behind the length of its input.
//!
//! `cargo xtask instructions` runs it in valgrind, which counts instructions.
#![expect(clippy::print_stdout, reason = "what it is for")]

mod parsers;

use std::env;
use std::hint::black_box;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let parsers = parsers::all();
    // cargo calls it with options of its own.
    let [name, times] = &words[..] else {
        parsers.iter().for_each(|parser| println!("{} {}", parser.input.len(), parser.name));
        return ExitCode::SUCCESS;
    };
    let (Some(parser), Ok(times)) =
        (parsers.iter().find(|parser| parser.name == name), times.parse::<u32>())
    else {
        return ExitCode::FAILURE;
    };
    let found = (0..times).map(|_| (parser.parse)(black_box(&parser.input))).min();
    ExitCode::from(u8::from(found == Some(0)))
}
