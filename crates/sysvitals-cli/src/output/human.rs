//! Numbers as people read them.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use jiff::{Timestamp, Zoned, tz::TimeZone};

/// A size in units of 1024: `512 B`, `1.5 KiB`, `120 GiB`.
pub(crate) fn size(bytes: u128) -> String {
    let mut shown = String::new();
    push_size(bytes, &mut shown);
    shown
}

/// [`size`], behind what is there already.
pub(crate) fn push_size(bytes: u128, shown: &mut String) {
    const UNITS: [&str; 6] = [" KiB", " MiB", " GiB", " TiB", " PiB", " EiB"];
    if bytes < 1024 {
        push(bytes, shown);
        return shown.push_str(" B");
    }
    let mut shift = 10;
    // 1023.95 would be shown as 1024.
    let too_many = |shift: u32| bytes.saturating_mul(20) >= 20_479 << shift;
    let last = UNITS.last().unwrap_or(&"");
    let unit = UNITS.iter().take(UNITS.len() - 1).find(|_| {
        let fits = !too_many(shift);
        shift += if fits { 0 } else { 10 };
        fits
    });
    // Three digits.
    if bytes.saturating_mul(20) < 1999 << shift {
        push_tenths(rounded(bytes.saturating_mul(10), shift), shown);
    } else {
        push(rounded(bytes, shift), shown);
    }
    shown.push_str(unit.unwrap_or(last));
}

/// `number` by two to the power of `shift`; a half goes to the even neighbour, as where fractions
/// are printed.
fn rounded(number: u128, shift: u32) -> u128 {
    let (whole, half) = (number >> shift, 1 << (shift - 1));
    let rest = number & ((1 << shift) - 1);
    whole + u128::from(rest > half || (rest == half && whole & 1 == 1))
}

/// Appends a percentage, as `12.3`.
pub(crate) fn push_percent(percent: f64, shown: &mut String) {
    if (0.0..1e6).contains(&percent) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it was just looked at"
        )]
        return push_tenths((percent * 10.0).round() as u128, shown);
    }
    let _ = write!(shown, "{percent:.1}");
}

/// Appends a number of tenths, as `12.3`.
pub(crate) fn push_tenths(tenths: u128, shown: &mut String) {
    push(tenths / 10, shown);
    shown.push('.');
    push(tenths % 10, shown);
}

/// Appends a number.
pub(crate) fn push(number: u128, shown: &mut String) {
    // Those that have a machine's size are printed faster.
    let _ = match u64::try_from(number) {
        Ok(number) => write!(shown, "{number}"),
        Err(_) => write!(shown, "{number}"),
    };
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
pub(crate) fn started(moment: SystemTime, now: &Zoned) -> String {
    local(moment).map_or_else(|| "-".to_owned(), |then| started_at(&then, now))
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
        check(1280, "1.2 KiB");
        check(1408, "1.4 KiB");
        check(102_912, "100 KiB");
        check(103_936, "102 KiB");
        check(16 << 30, "16.0 GiB");
        check(u64::MAX.into(), "16.0 EiB");
        check(u128::MAX, "295147905179352825856 EiB");
    }

    #[test]
    fn sizes_are_rounded_as_fractions_are() {
        // Around each power of two and its tenths, where rounding changes.
        let near = |number: u64| number.saturating_sub(60)..number + 60;
        let tenths = (10..53).flat_map(|power| (1..20).map(move |part| (part << power) / 20));
        for bytes in tenths.flat_map(near).filter(|&bytes| bytes >= 1024) {
            #[expect(clippy::cast_precision_loss, reason = "it has 53 bits at most")]
            let (mut number, mut unit) = (bytes as f64 / 1024.0, 0);
            while number >= 1023.95 {
                (number, unit) = (number / 1024.0, unit + 1);
            }
            let digits = usize::from(number < 99.95);
            let unit = ["KiB", "MiB", "GiB", "TiB", "PiB"][unit];
            assert_eq!(size(bytes.into()), format!("{number:.digits$} {unit}"), "{bytes}");
        }
    }

    #[test]
    fn percentages_have_a_tenth() {
        let check = |percent, want: &str| {
            let mut shown = String::new();
            push_percent(percent, &mut shown);
            assert_eq!(shown, want);
        };
        check(0.0, "0.0");
        check(99.9, "99.9");
        check(1234.5, "1234.5");
        check(1e9, "1000000000.0");
        check(-0.5, "-0.5");
        check(f64::NAN, "NaN");
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
        let now: Zoned = "2024-06-15T12:00[UTC]".parse().expect("a moment");
        let far = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 60));
        if let Some(far) = far {
            assert_eq!(started(far, &now), "-");
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
