//! Numbers as people read them.

use std::time::{Duration, SystemTime};

use jiff::{Timestamp, Zoned, tz::TimeZone};

/// A size in units of 1024: `512 B`, `1.5 KiB`, `120 GiB`.
pub(crate) fn size(bytes: u128) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let (mut number, mut unit) = (bytes as f64 / 1024.0, 0);
    // 1023.95 would be shown as 1024.
    while number >= 1023.95 && unit + 1 < UNITS.len() {
        (number, unit) = (number / 1024.0, unit + 1);
    }
    let digits = usize::from(number < 99.95);
    format!("{number:.digits$} {}", UNITS[unit])
}

/// Bytes a second.
pub(crate) fn rate(bytes: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, and is not negative"
    )]
    let whole = bytes.max(0.0).round() as u128;
    format!("{}/s", size(whole))
}

/// CPU time as ps(1) shows it: `0:05`, `12:34`, `3:05:07`, `2-03:05:07`.
pub(crate) fn cpu_time(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60);
    let seconds = seconds % 60;
    match (days, hours) {
        (0, 0) => format!("{minutes}:{seconds:02}"),
        (0, _) => format!("{hours}:{minutes:02}:{seconds:02}"),
        _ => format!("{days}-{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

/// How long something has been up, as uptime(1) shows it: `3 days, 2:03`, `4:05`, `7 min`.
pub(crate) fn uptime(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let clock = if hours > 0 { format!("{hours}:{minutes:02}") } else { format!("{minutes} min") };
    match days {
        0 => clock,
        1 => format!("1 day, {clock}"),
        _ => format!("{days} days, {clock}"),
    }
}

/// A moment in local time; `None` outside the years 1 to 9999.
pub(crate) fn local(moment: SystemTime) -> Option<Zoned> {
    Some(Timestamp::try_from(moment).ok()?.to_zoned(TimeZone::system()))
}

/// When something started, as ps(1) shows it: the time of today, the day of this year, or the year.
pub(crate) fn started(moment: SystemTime, now: SystemTime) -> String {
    match (local(moment), local(now)) {
        (Some(then), Some(now)) => started_at(&then, &now),
        _ => "-".to_owned(),
    }
}

fn started_at(then: &Zoned, now: &Zoned) -> String {
    let format = match () {
        () if then.date() == now.date() => "%H:%M",
        () if then.year() == now.year() => "%b%d",
        () => "%Y",
    };
    then.strftime(format).to_string()
}

/// A bar that is `percent` full.
pub(crate) fn bar(percent: f64, columns: usize) -> (String, String) {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the width of a screen"
    )]
    let full = (percent.clamp(0.0, 100.0) / 100.0 * columns as f64).round() as usize;
    ("█".repeat(full), "░".repeat(columns - full.min(columns)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits() {
        let check = |bytes, want: &str| assert_eq!(size(bytes), want);
        check(0, "0 B");
        check(1023, "1023 B");
        check(1024, "1.0 KiB");
        check(102_348, "99.9 KiB");
        check(102_400, "100 KiB");
        check(1_048_575, "1.0 MiB");
        check(16 << 30, "16.0 GiB");
        check(u64::MAX.into(), "16.0 EiB");
        check(u128::MAX, "295147905179352825856 EiB");
    }

    #[test]
    fn times_read_like_ps_and_uptime() {
        let seconds = Duration::from_secs;
        assert_eq!(cpu_time(seconds(5)), "0:05");
        assert_eq!(cpu_time(seconds(3600 * 3 + 307)), "3:05:07");
        assert_eq!(cpu_time(seconds(86400 * 2 + 3600 * 3 + 307)), "2-03:05:07");
        assert_eq!(uptime(seconds(59)), "0 min");
        assert_eq!(uptime(seconds(86400 + 61)), "1 day, 1 min");
        assert_eq!(uptime(seconds(86400 * 30 + 3600 * 2 + 180)), "30 days, 2:03");
        assert_eq!(uptime(Duration::MAX).split(' ').nth(1), Some("days,"));
    }

    #[test]
    fn the_nearer_the_start_the_finer() {
        let now: Zoned = "2024-06-15T12:00[UTC]".parse().expect("a moment");
        let check = |then: &str, want: &str| {
            assert_eq!(started_at(&then.parse().expect("a moment"), &now), want);
        };
        check("2024-06-15T07:05[UTC]", "07:05");
        check("2024-06-14T23:59[UTC]", "Jun14");
        check("2023-12-31T23:59[UTC]", "2023");
    }

    #[test]
    fn moments_out_of_the_calendar_are_not_shown() {
        let far = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 60));
        if let Some(far) = far {
            assert_eq!(started(far, SystemTime::UNIX_EPOCH), "-");
        }
    }

    #[test]
    fn bars_stay_inside() {
        let check = |percent, want: &str| {
            let (full, empty) = bar(percent, 4);
            assert_eq!(full + &empty, want);
        };
        check(0.0, "░░░░");
        check(50.0, "██░░");
        check(250.0, "████");
        check(-1.0, "░░░░");
        check(f64::NAN, "░░░░");
    }
}
