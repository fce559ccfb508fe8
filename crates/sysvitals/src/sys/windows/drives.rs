//! What the letters of drives stand for.

use sysvitals_parse::windows::nt_path::Drive;

use super::ffi::{disk, files};
use crate::{Error, Result};

/// Room for what a drive stands for, and for what others that are hidden by it do.
const ROOM: usize = 1 << 12;

/// The drives of this session.
///
/// Those that stand for a directory or for another machine are none: no path of the kernel starts
/// with them.
pub(super) fn drives() -> Result<Vec<Drive>> {
    let letters = disk::logical_drives().map_err(|err| Error::io("GetLogicalDrives", err))?;
    let mut room = vec![0; ROOM];
    let mut drives = Vec::new();
    for (bit, letter) in (b'A'..=b'Z').enumerate() {
        if letters >> bit & 1 == 0 {
            continue;
        }
        // It may be taken away meanwhile.
        let Ok(length) = files::query_dos_device(letter, &mut room) else { continue };
        let devices = room.get(..length).unwrap_or_default();
        // The first is the one in force.
        let device = devices.split(|unit| *unit == 0).next().unwrap_or_default();
        drives.push(Drive { letter, device: device.to_vec() });
    }
    Ok(drives)
}
