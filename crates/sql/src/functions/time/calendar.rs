//! Dates of the Gregorian calendar and RFC 3339. It does not know patterns or zones by name.

use num_bigint::BigInt;
use sluice_value::Value;

use crate::functions::FunctionError;
use crate::functions::time::zone;

/// What a timestamp counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

impl Unit {
    pub(super) fn parse(name: &str) -> Result<Self, FunctionError> {
        match name {
            "second" => Ok(Self::Second),
            "millisecond" => Ok(Self::Millisecond),
            "microsecond" => Ok(Self::Microsecond),
            "nanosecond" => Ok(Self::Nanosecond),
            other => Err(FunctionError::new(format!("there is no unit `{other}`"))),
        }
    }

    pub(super) const fn per_second(self) -> i128 {
        match self {
            Self::Second => 1,
            Self::Millisecond => 1_000,
            Self::Microsecond => 1_000_000,
            Self::Nanosecond => NANOS_PER_SECOND,
        }
    }

    const fn decimals(self) -> usize {
        match self {
            Self::Second => 0,
            Self::Millisecond => 3,
            Self::Microsecond => 6,
            Self::Nanosecond => 9,
        }
    }

    /// The whole units in that many nanoseconds, rounded down.
    pub(super) fn count(self, nanos: i128) -> Value {
        let nanos_per_unit = NANOS_PER_SECOND / self.per_second();
        Value::from(BigInt::from(nanos.div_euclid(nanos_per_unit)))
    }
}

/// A date and a time of day, without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DateTime {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) nanos: i64,
}

impl DateTime {
    /// The date that a clock shows `offset` seconds east of Greenwich; years 0 to 9999.
    pub(super) fn at(unix_nanos: i128, offset: i64) -> Result<Self, FunctionError> {
        let out_of_range = || FunctionError::new("the timestamp is out of range");
        let nanos = unix_nanos.rem_euclid(NANOS_PER_SECOND);
        let seconds = i64::try_from(unix_nanos.div_euclid(NANOS_PER_SECOND)).ok();
        let seconds = seconds.and_then(|seconds| seconds.checked_add(offset));
        let seconds =
            seconds.filter(|seconds| SECONDS.contains(seconds)).ok_or_else(out_of_range)?;
        let (days, second_of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = date_of_day(days);
        Ok(Self {
            year,
            month,
            day,
            hour: second_of_day / 3600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
            nanos: i64::try_from(nanos).map_err(|_| out_of_range())?,
        })
    }

    /// Nanoseconds since 1970, when the clock stands `offset` seconds east of Greenwich.
    pub(super) fn unix_nanos(&self, offset: i64) -> Result<i128, FunctionError> {
        let valid = (0..=9999).contains(&self.year)
            && (1..=12).contains(&self.month)
            && (1..=days_of_month(self.year, self.month)).contains(&self.day)
            && (0..24).contains(&self.hour)
            && (0..60).contains(&self.minute)
            && (0..60).contains(&self.second);
        if !valid {
            return Err(FunctionError::new("there is no such date or time"));
        }
        let days = day_of_date(self.year, self.month, self.day);
        let seconds = days * 86_400 + self.hour * 3600 + self.minute * 60 + self.second - offset;
        Ok(i128::from(seconds) * NANOS_PER_SECOND + i128::from(self.nanos))
    }
}

pub(super) fn to_rfc3339(unix_nanos: i128, unit: Unit) -> Result<Value, FunctionError> {
    let DateTime { year, month, day, hour, minute, second, nanos } = DateTime::at(unix_nanos, 0)?;
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if unit.decimals() > 0 {
        text.push('.');
        text.extend(format!("{nanos:09}").chars().take(unit.decimals()));
    }
    text.push_str("+00:00");
    Ok(Value::from(text))
}

pub(super) fn from_rfc3339(text: &str) -> Result<i128, FunctionError> {
    read_rfc3339(text)
        .ok_or_else(|| FunctionError::new("the text is not RFC 3339"))
        .and_then(|(date_time, offset)| date_time.unix_nanos(offset))
}

fn read_rfc3339(text: &str) -> Option<(DateTime, i64)> {
    let (year, rest) = number(text, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 2)?;
    let (hour, rest) = number(rest.strip_prefix(['T', 't', ' '])?, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (nanos, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let end = rest.find(|digit: char| !digit.is_ascii_digit())?;
            let (digits, rest) =
                rest.split_at_checked(end).filter(|(digits, _)| !digits.is_empty())?;
            let digits: String = digits.chars().chain("000000000".chars()).take(9).collect();
            (digits.parse().ok()?, rest)
        }
        None => (0, rest),
    };
    let offset = match rest {
        "Z" | "z" => 0,
        // With a colon, as RFC 3339 wants it.
        _ if rest.len() == 6 => zone::read(rest)?,
        _ => return None,
    };
    Some((DateTime { year, month, day, hour, minute, second, nanos }, offset))
}

/// The number in the next `width` digits, and what follows.
pub(super) fn number(text: &str, width: usize) -> Option<(i64, &str)> {
    let (digits, rest) = text.split_at_checked(width)?;
    let digits = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some((digits.parse().ok()?, rest))
}

/// Days since 1970-01-01. Years begin in March here, so that the leap day comes last.
fn day_of_date(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970
}

/// The reverse of [`day_of_date`].
fn date_of_day(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_1970;
    let (era, day_of_era) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / (DAYS_PER_ERA - 1);
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

pub(super) const NANOS_PER_SECOND: i128 = 1_000_000_000;
const DAYS_PER_ERA: i64 = 146_097;
// From 0000-03-01.
const DAYS_TO_1970: i64 = 719_468;
// From the first second of year 0 to the last of year 9999.
const SECONDS: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_ten_thousand_years_is_found_again() {
        let mut expected = (0, 1, 1);
        for day in day_of_date(0, 1, 1)..=day_of_date(9999, 12, 31) {
            assert_eq!(date_of_day(day), expected);
            assert_eq!(day_of_date(expected.0, expected.1, expected.2), day);
            let (year, month, day) = expected;
            expected = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                _ if day == days_of_month(year, month) => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
        assert_eq!(expected, (10_000, 1, 1));
        assert_eq!(day_of_date(1970, 1, 1), 0);
    }
}
