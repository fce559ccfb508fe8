//! Crates depend downwards only.

use super::{Finding, tree::Tree};

const PARSE_RULE: &str = "sysvitals-parse depends on memchr and nothing else";
const FACE_RULE: &str = "what is above sysvitals knows neither its parsers nor libc";
const PYTHON_RULE: &str = "sysvitals-py depends on sysvitals and pyo3, and nothing else";
const PYTHON_ONLY_RULE: &str = "only sysvitals-py knows Python";
const CORE_RULE: &str = "sysvitals depends on nothing above it";

/// What parsers may use.
const OF_PARSE: &[&str] = &["memchr"];
/// What the extension module may use: what Python needs beside is written in Python.
const OF_PYTHON: &[&str] = &["sysvitals", "pyo3"];
/// What only the library may use.
const OF_CORE: &[&str] = &["sysvitals-parse", "libc"];

/// A dependency of a manifest, tests' own left out.
#[derive(Debug, PartialEq)]
struct Dependency {
    line: usize,
    /// The package, also where it is renamed.
    package: String,
}

/// Reads the dependencies of a manifest, as far as Cargo's own style of writing them goes.
fn dependencies(manifest: &str) -> Vec<Dependency> {
    let mut found: Vec<Dependency> = Vec::new();
    let mut in_list = false; // [dependencies]
    let mut in_one = false; // [dependencies.name]
    for (number, line) in manifest.lines().enumerate().map(|(index, line)| (index + 1, line.trim()))
    {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            in_list = is_list(section);
            let (parent, name) = section.rsplit_once('.').unwrap_or(("", section));
            in_one = !in_list && is_list(parent);
            if in_one {
                let package = name.trim_matches(['"', '\'']).to_owned();
                found.push(Dependency { line: number, package });
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let key = key.trim();
        if in_list {
            let name = key.split('.').next().unwrap_or(key).trim_matches('"');
            let renamed = value.split_once("package").and_then(|(_, rest)| rest.split('"').nth(1));
            found.push(Dependency { line: number, package: renamed.unwrap_or(name).to_owned() });
        } else if in_one
            && key == "package"
            && let Some(last) = found.last_mut()
        {
            last.package = value.trim().trim_matches('"').to_owned();
        }
    }
    found
}

/// Whether a section is a list of dependencies of what is built, on any platform.
fn is_list(section: &str) -> bool {
    let name = match section.strip_prefix("target.") {
        Some(rest) => rest.rsplit_once('.').map_or("", |(_, name)| name),
        None => section,
    };
    matches!(name, "dependencies" | "build-dependencies")
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        let Some(krate) =
            file.path.strip_prefix("crates/").and_then(|path| path.strip_suffix("/Cargo.toml"))
        else {
            continue;
        };
        for Dependency { line, package } in dependencies(&file.text) {
            let name = package.as_str();
            let rule = match krate {
                "sysvitals-parse" if !OF_PARSE.contains(&name) => PARSE_RULE,
                "sysvitals" if name.starts_with("sysvitals-") && name != "sysvitals-parse" => {
                    CORE_RULE
                }
                "sysvitals" if name == "pyo3" => PYTHON_ONLY_RULE,
                "sysvitals-parse" | "sysvitals" => continue,
                _ if OF_CORE.contains(&name) => FACE_RULE,
                "sysvitals-py" if !OF_PYTHON.contains(&name) => PYTHON_RULE,
                _ if name == "pyo3" && krate != "sysvitals-py" => PYTHON_ONLY_RULE,
                _ => continue,
            };
            findings.push(Finding::new(&file.path, line, format!("depends on {name}"), rule));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::planted;

    #[test]
    fn parsers_depend_on_nothing() {
        let path = "crates/sysvitals-parse/Cargo.toml";
        let source = "[package]\nname = \"x\"\n[dependencies]\nmemchr = \"2\"\n# libc = \"1\"\n\n\
            [dev-dependencies]\nproptest = \"1\"\n";
        planted::check(check, path, source, &[]);
        planted::check(
            check,
            path,
            &(source.to_owned() + "[build-dependencies]\ncc = \"1\"\n"),
            &[10],
        );
        let more = "[dependencies]\nmemchr = \"2\"\nserde.workspace = true\n";
        planted::check(check, path, more, &[3]);
        planted::check(check, path, "[dependencies.serde]\nversion = \"1\"\n", &[1]);
    }

    #[test]
    fn faces_do_not_reach_below_the_library() {
        let path = "crates/sysvitals-cli/Cargo.toml";
        planted::check(
            check,
            path,
            "[dependencies]\nsysvitals.workspace = true\nclap = \"4\"\n",
            &[],
        );
        let source = "[dependencies]\nsysvitals-parse.workspace = true\nc = { package = \"libc\" }\n\
            [target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n\
            [target.'cfg(unix)'.dependencies.d]\npackage = \"libc\"\n";
        planted::check(check, path, source, &[2, 3, 5, 6]);
    }

    #[test]
    fn the_extension_module_is_a_border() {
        let source = "[dependencies]\nsysvitals.workspace = true\npyo3 = \"0.30\"\n";
        planted::check(check, "crates/sysvitals-py/Cargo.toml", source, &[]);
        planted::check(check, "crates/sysvitals-cli/Cargo.toml", source, &[3]);
        planted::check(
            check,
            "crates/sysvitals/Cargo.toml",
            "[dependencies]\npyo3 = \"1\"\n",
            &[2],
        );
        let more = "[dependencies]\nserde = \"1\"\nlibc = \"0.2\"\n";
        planted::check(check, "crates/sysvitals-py/Cargo.toml", more, &[2, 3]);
    }

    #[test]
    fn the_library_does_not_reach_up() {
        let path = "crates/sysvitals/Cargo.toml";
        let source = "[dependencies]\nsysvitals-parse.workspace = true\nlibc = \"0.2\"\n";
        planted::check(check, path, source, &[]);
        planted::check(check, path, "[dependencies]\nsysvitals-cli.workspace = true\n", &[2]);
    }
}
