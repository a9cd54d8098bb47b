//! Points in time as RFC 3339 text, which is how they travel over REST. It does not know a clock.

use std::time::{Duration, SystemTime};

/// `2026-01-02T03:04:05.678Z`; a time before 1970 shows as 1970.
pub(crate) fn to_rfc3339(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / DAY, since.as_secs() % DAY);
    let (year, month, day) = date_of_day(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let millis = since.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Reads `2026-01-02T03:04:05[.678](Z|±hh:mm)`, from 1970 to 9999; fractions are cut off.
pub(crate) fn from_rfc3339(text: &str) -> Option<SystemTime> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let [year, month, day] = numbers(date, '-')?;
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 {
        return None;
    }
    let zone_at = time.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = time.split_at_checked(zone_at)?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(time, ':')?;
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|it| it.is_ascii_digit());
    let days = day_of_date(year, month, day);
    // A day that the month does not have would come back as one of the next month.
    let is_date = u64::try_from(days).is_ok_and(|days| date_of_day(days) == (year, month, day));
    if !is_date || !is_fraction || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days * DAY.cast_signed() + hour * 3600 + minute * 60 + second - offset(zone)?;
    let since = Duration::from_secs(u64::try_from(seconds).ok()?);
    SystemTime::UNIX_EPOCH.checked_add(since)
}

/// Whole seconds since 1970.
pub(crate) fn to_unix(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The time of that many seconds since 1970; the end of time where there is none.
pub(crate) fn from_unix(seconds: u64) -> SystemTime {
    let since = Duration::from_secs(seconds.min(LAST_SECOND));
    SystemTime::UNIX_EPOCH + since
}

/// Three numbers, two digits at least, with nothing around them.
fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut next = || {
        let part = parts.next()?;
        let digits = (2..=4).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_digit());
        if digits { part.parse::<i64>().ok() } else { None }
    };
    let numbers = [next()?, next()?, next()?];
    parts.next().is_none().then_some(numbers)
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = if let Some(rest) = zone.strip_prefix('+') {
        (1, rest)
    } else {
        (-1, zone.strip_prefix('-')?)
    };
    let [hours, minutes, _] = numbers(&format!("{rest}:00"), ':')?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Year, month and day of a day counted from 1970-01-01. The year is taken to begin in March, so
/// that leap days come last.
fn date_of_day(days: u64) -> (i64, i64, i64) {
    let days = i64::try_from(days).unwrap_or(0) + DAYS_TO_1970;
    let (era, day_of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
    let leap_days = day_of_era / 1460 + day_of_era / 146_096 - day_of_era / 36_524;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// The reverse of [`date_of_day`].
fn day_of_date(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970
}

const DAY: u64 = 86_400;
const DAYS_PER_ERA: i64 = 146_097;
/// From 1 March of the year 0 to 1 January 1970.
const DAYS_TO_1970: i64 = 719_468;
/// 9999-12-31T23:59:59Z.
const LAST_SECOND: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read_back() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_767_225_599, "2025-12-31T23:59:59.000Z"),
            (4_107_542_399, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
            (LAST_SECOND, "9999-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(to_rfc3339(from_unix(seconds)), text);
            assert_eq!(from_rfc3339(text).map(to_unix), Some(seconds), "{text}");
        }
        let millis = SystemTime::UNIX_EPOCH + Duration::from_millis(1_678);
        assert_eq!(to_rfc3339(millis), "1970-01-01T00:00:01.678Z");
    }

    #[test]
    fn offsets_are_honoured() {
        for text in [
            "2023-11-14T22:13:20Z",
            "2023-11-15T06:13:20+08:00",
            "2023-11-14T17:43:20.999-04:30",
            "2023-11-14 22:13:20z",
        ] {
            assert_eq!(from_rfc3339(text).map(to_unix), Some(1_700_000_000), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2023-11-14",
            "2023-11-14T22:13:20",
            "2023-02-29T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-00-01T00:00:00Z",
            "2023-11-14T24:00:00Z",
            "2023-11-14T22:13Z",
            "2023-11-14T22:13:20.Z",
            "2023-11-14T22:13:20.xZ",
            "2023-11-14T22:13:20+08",
            "2023-11-14T22:13:20Zx",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "99999-11-14T22:13:20Z",
            "2023-11-14T22:13:20+99:00",
            "２０２３-11-14T22:13:20Z",
        ] {
            assert_eq!(from_rfc3339(text), None, "{text}");
        }
    }
}
