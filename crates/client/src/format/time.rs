//! Dates and times as text, in UTC: this program carries no time zones. It does not read the clock.

use std::time::{Duration, SystemTime};

/// The parts of a time that `@x` can show, a choice of strftime's and `@N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    /// `@F`: year-month-day.
    Date,
    /// `@T`: hour:minute:second.
    TimeOfDay,
    /// `@s`: seconds since 1970.
    UnixSeconds,
    /// `@N`: nanoseconds within the second.
    Nanoseconds,
    /// `@z`: always UTC.
    Offset,
}

impl Part {
    pub(crate) fn of_letter(letter: char) -> Option<Self> {
        Some(match letter {
            'Y' => Self::Year,
            'm' => Self::Month,
            'd' => Self::Day,
            'H' => Self::Hour,
            'M' => Self::Minute,
            'S' => Self::Second,
            'F' => Self::Date,
            'T' => Self::TimeOfDay,
            's' => Self::UnixSeconds,
            'N' => Self::Nanoseconds,
            'z' => Self::Offset,
            _ => return None,
        })
    }

    pub(crate) fn of(self, time: SystemTime) -> String {
        let Civil { year, month, day, hour, minute, second, nanos } = Civil::of(time);
        match self {
            Self::Year => format!("{year:04}"),
            Self::Month => format!("{month:02}"),
            Self::Day => format!("{day:02}"),
            Self::Hour => format!("{hour:02}"),
            Self::Minute => format!("{minute:02}"),
            Self::Second => format!("{second:02}"),
            Self::Date => format!("{year:04}-{month:02}-{day:02}"),
            Self::TimeOfDay => format!("{hour:02}:{minute:02}:{second:02}"),
            Self::UnixSeconds => since_epoch(time).as_secs().to_string(),
            Self::Nanoseconds => format!("{nanos:09}"),
            Self::Offset => "+0000".to_owned(),
        }
    }
}

/// `2016-08-10T09:47:38+0000`
pub(crate) fn iso8601(time: SystemTime) -> String {
    format!("{}T{}+0000", Part::Date.of(time), Part::TimeOfDay.of(time))
}

/// `2016-08-10T09:47:38.123456Z`
pub(crate) fn rfc3339_micros(time: SystemTime) -> String {
    let micros = Civil::of(time).nanos / 1000;
    format!("{}T{}.{micros:06}Z", Part::Date.of(time), Part::TimeOfDay.of(time))
}

/// `1470818943.786368637`
pub(crate) fn unix(time: SystemTime) -> String {
    let since = since_epoch(time);
    format!("{}.{:09}", since.as_secs(), since.subsec_nanos())
}

fn since_epoch(time: SystemTime) -> Duration {
    // A clock before 1970 shows as 1970.
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

struct Civil {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    nanos: u32,
}

impl Civil {
    /// The Gregorian calendar counted from 1 March of the year 0, so that leap days come last in a
    /// year.
    fn of(time: SystemTime) -> Self {
        let since = since_epoch(time);
        let seconds = since.as_secs();
        let days = seconds / 86_400 + DAYS_TO_1970;
        let (era, day_of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
        let leap_days = day_of_era / 1460 + day_of_era / 146_096 - day_of_era / 36_524;
        let year_of_era = (day_of_era - leap_days) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        Self {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day,
            hour: seconds / 3600 % 24,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            nanos: since.subsec_nanos(),
        }
    }
}

/// 400 years.
const DAYS_PER_ERA: u64 = 146_097;
/// From 1 March of the year 0 to 1 January 1970.
const DAYS_TO_1970: u64 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::new(seconds, 786_368_637)
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00+0000"),
            (951_782_400, "2000-02-29T00:00:00+0000"),
            (951_868_800, "2000-03-01T00:00:00+0000"),
            (1_470_818_858, "2016-08-10T08:47:38+0000"),
            (1_735_689_599, "2024-12-31T23:59:59+0000"),
            (4_107_542_400, "2100-03-01T00:00:00+0000"),
        ] {
            assert_eq!(iso8601(at(seconds)), expected);
        }
    }

    #[test]
    fn fractions_keep_their_zeros() {
        assert_eq!(unix(at(7)), "7.786368637");
        assert_eq!(rfc3339_micros(at(0)), "1970-01-01T00:00:00.786368Z");
        assert_eq!(Part::Nanoseconds.of(SystemTime::UNIX_EPOCH), "000000000");
    }
}
