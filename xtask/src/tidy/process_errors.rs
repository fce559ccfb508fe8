//! One place judges that a process is gone, a zombie, or out of reach.

use super::{Finding, tree::Tree};

const RULE: &str = "only error.rs and process/ judge; faces match in one file each";

const NAMES: &[&str] = &["NoSuchProcess", "ZombieProcess", "AccessDenied"];

/// Where the names may stand: what they are, who judges, and one translator a face.
const PLACES: &[&str] = &[
    "crates/sysvitals/src/error.rs",
    "crates/sysvitals/src/lib.rs",
    "crates/sysvitals/src/process/mod.rs",
    "crates/sysvitals/src/process/explain.rs",
    "crates/sysvitals-cli/src/main.rs",
    "crates/sysvitals-cli/src/error.rs",
    "crates/sysvitals-exporter/src/error.rs",
    "crates/sysvitals-py/src/error.rs",
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        if !file.path.starts_with("crates/") || PLACES.contains(&file.path) {
            continue;
        }
        for (at, name) in file.names() {
            if NAMES.contains(&name) && !file.is_test(at) {
                let what = format!("the error `{name}`");
                findings.push(Finding::new(file.path, file.line(at), what, RULE));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::planted;

    #[test]
    fn backends_do_not_judge() {
        let source = "fn a() -> Error {\n Error::NoSuchProcess { pid }\n}\nuse E::{AccessDenied,\n\
            ZombieProcess};\n";
        planted::check(check, "crates/sysvitals/src/sys/linux/process.rs", source, &[2, 4, 5]);
        planted::check(check, "crates/sysvitals-cli/src/cmd/ps.rs", source, &[2, 4, 5]);
        planted::check(check, "crates/sysvitals/src/error.rs", source, &[]);
        planted::check(check, "crates/sysvitals/src/process/mod.rs", source, &[]);
        planted::check(check, "crates/sysvitals-cli/src/main.rs", source, &[]);
        planted::check(check, "crates/sysvitals/tests/contract.rs", source, &[]);
    }

    #[test]
    fn documentation_and_tests_may_name_them() {
        let source = "/// `NoSuchProcess` if it ended.\nfn a() -> &'static str { \"AccessDenied\" }\n\
            #[cfg(test)]\nmod tests {\n use Error::ZombieProcess;\n}\n";
        planted::check(check, "crates/sysvitals/src/process/memory.rs", source, &[]);
    }
}
