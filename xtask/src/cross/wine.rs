//! Wine, which runs programs of Windows: one that says it is Windows 10, with the library of it
//! that Rust's std wants and Wine 8 lacks.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::target::Variables;
use crate::command;

/// Debian's package puts it outside `PATH`.
pub(super) const WINE: &str = "/usr/lib/wine/wine64";

/// Compiles and links for Windows.
pub(super) const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// `ProcessPrng` is where std has its random numbers from. Without the library it stands in, no
/// Rust program starts.
const BCRYPTPRIMITIVES: &str = "\
#include <windows.h>
BOOLEAN WINAPI SystemFunction036(PVOID buffer, ULONG length); /* RtlGenRandom */
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
    return SystemFunction036(buffer, (ULONG)length);
}
";

/// Makes Wine's folder below `cache` unless it is there; gives the variables that name it.
pub(super) fn prepare(cache: &Path) -> Result<Variables> {
    let prefix = cache.join("wine");
    let variables = vec![
        ("WINEPREFIX", prefix.clone().into_os_string()),
        ("WINEDEBUG", "-all".into()),
        // .NET and a browser engine: Wine would offer to fetch them.
        ("WINEDLLOVERRIDES", "mscoree,mshtml=".into()),
        // No window is opened, whatever screen there is.
        ("DISPLAY", "".into()),
    ];
    let library = prefix.join("drive_c/windows/system32/bcryptprimitives.dll");
    // It is made last, so what is there is whole.
    if library.exists() {
        return Ok(variables);
    }
    fs::create_dir_all(&prefix).with_context(|| format!("making {}", prefix.display()))?;
    let wine = |arguments: &[&str]| {
        let mut wine = Command::new(WINE);
        wine.envs(variables.iter().cloned()).args(arguments);
        command::output(&mut wine).map(drop)
    };
    wine(&["wineboot", "--init"])?;
    // Wine 8 says that it is Windows 7, on which today's Rust does not run.
    wine(&["reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f"])?;
    let source = prefix.join("bcryptprimitives.c");
    fs::write(&source, BCRYPTPRIMITIVES)?;
    let mut compiler = Command::new(COMPILER);
    compiler.arg("-shared").arg("-o").arg(&library).arg(&source).arg("-ladvapi32");
    command::output(&mut compiler)?;
    Ok(variables)
}
