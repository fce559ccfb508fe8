//! What the letters of drives stand for.

use sysvitals_parse::windows::nt_path::Drive;

use super::ffi::files;

/// Room for what a drive stands for, and for what others that are hidden by it do.
const ROOM: usize = 1 << 12;

/// The drives of this session.
///
/// Those that stand for a directory or for another machine are none: no path of the kernel starts
/// with them.
pub(super) fn drives() -> Vec<Drive> {
    let letters = files::logical_drives();
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
    drives
}
