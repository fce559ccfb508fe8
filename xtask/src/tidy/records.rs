//! Every record's fields are tested for every platform.

use super::lexer::Kind;
use super::tree::{Rust, Tree};
use super::{Exception, Finding, excepted};

const RULE: &str = "a record has a row in crates/sysvitals/tests/fields.rs";

const SOURCES: &str = "crates/sysvitals/src/";
/// The test, and the folder it may grow into.
const TESTS: &[&str] = &["crates/sysvitals/tests/fields.rs", "crates/sysvitals/tests/fields/"];

const EXCEPTIONS: &[Exception] = &[];

/// A record: its tuple's name, its type, and where it stands.
struct Record<'a> {
    tuple: &'a str,
    of: &'a str,
    at: usize,
}

/// All `tuple: Type {` right inside `record! { … }`.
fn records<'a>(file: &Rust<'a>) -> Vec<Record<'a>> {
    let mut records = Vec::new();
    for start in (0..file.code.len()).filter(|&at| file.goes(at, &["record", "!", "{"])) {
        let end = file.after_group(start + 2);
        let mut at = start + 3;
        while at < end {
            if file.goes(at, &["{"]) {
                at = file.after_group(at);
                continue;
            }
            let row = file.goes(at + 1, &[":"]) && file.goes(at + 3, &["{"]);
            if let (true, Some(tuple), Some(of)) = (row, file.name(at), file.name(at + 2)) {
                records.push(Record { tuple, of, at });
            }
            at += 1;
        }
    }
    records
}

/// Whether a test names the record: `check::<Type>`, a function of the tuple's name, or that
/// name as a string.
fn is_tested(record: &Record<'_>, tests: &[Rust<'_>]) -> bool {
    tests.iter().any(|file| {
        file.code.iter().enumerate().any(|(at, token)| match token.kind {
            Kind::Text(text) => text == record.tuple,
            Kind::Name("fn") => file.goes(at + 1, &[record.tuple]),
            Kind::Name(name) => {
                name == record.of && at >= 4 && file.goes(at - 4, &["check", ":", ":", "<"])
            }
            _ => false,
        })
    })
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let is_tests = |path: &str| TESTS.iter().any(|place| path.starts_with(place));
    let tests: Vec<Rust<'_>> = tree.rust().filter(|file| is_tests(file.path)).collect();
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| file.path.starts_with(SOURCES)) {
        for record in records(&file) {
            let tested = file.is_test(record.at) || is_tested(&record, &tests);
            if !tested && !excepted(EXCEPTIONS, file.path) {
                let what = format!("no test of `{}: {}`", record.tuple, record.of);
                findings.push(Finding::new(file.path, file.line(record.at), what, RULE));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::planted;

    const SOURCE: &str = "crates/sysvitals/src/memory.rs";
    const TEST: &str = "crates/sysvitals/tests/fields.rs";
    const RECORD: &str =
        "\nrecord! { svmem: VirtualMemory {\n total: _, slab: Linux | MacOs,\n} }\n";

    #[track_caller]
    fn places(files: &[(&str, &str)], want: &[&str]) {
        assert_eq!(planted::places(&[check], files), want);
    }

    #[test]
    fn a_record_without_a_row_is_caught() {
        let line = "crates/sysvitals/src/memory.rs:2";
        places(&[(SOURCE, RECORD)], &[line]);
        let mentioned = "use sysvitals::VirtualMemory; // check::<VirtualMemory> svmem\n";
        places(&[(SOURCE, RECORD), (TEST, mentioned)], &[line]);
        let other = "fn a() { check::<SwapMemory>(); }\n";
        places(&[(SOURCE, RECORD), (TEST, other)], &[line]);
        let two = "record! { a: A { x: _ } }\nrecord! {\n #[doc = \"b\"]\n b: B { y: _ }\n}\n";
        places(
            &[(SOURCE, two)],
            &["crates/sysvitals/src/memory.rs:1", "crates/sysvitals/src/memory.rs:4"],
        );
    }

    #[test]
    fn a_row_in_any_of_three_forms_will_do() {
        places(&[(SOURCE, RECORD), (TEST, "fn a() { check::<VirtualMemory>(); }\n")], &[]);
        places(&[(SOURCE, RECORD), (TEST, "#[test]\nfn svmem() {}\n")], &[]);
        places(&[(SOURCE, RECORD), (TEST, "const A: &[&str] = &[\"svmem\"];\n")], &[]);
    }

    #[test]
    fn the_macro_itself_is_no_record() {
        let source = "/// record! { a: B { } }\nmacro_rules! record {\n ($name:ident: $of:ident {}) => {};\n}\n\
            #[cfg(test)]\nmod tests {\n record! { a: A { x: _ } }\n}\n";
        places(&[("crates/sysvitals/src/record.rs", source)], &[]);
    }
}
