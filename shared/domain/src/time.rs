//! Time as a value: never read here, always handed in.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    fn civil(self) -> time::OffsetDateTime {
        time::OffsetDateTime::from_unix_timestamp(self.seconds()).unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
    }

    /// A moment as forms and commands write it, in UTC: `2026-11-23T19:05`, with or without seconds and `Z`.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, clock) = text.trim().trim_end_matches('Z').split_once(['T', ' '])?;
        let mut date = date.splitn(3, '-');
        let (year, month, day) = (date.next()?, date.next()?, date.next()?);
        let mut clock = clock.splitn(3, ':');
        let (hour, minute, second) = (clock.next()?, clock.next()?, clock.next().unwrap_or("0"));
        let month = time::Month::try_from(month.parse::<u8>().ok()?).ok()?;
        let date = time::Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
        let clock = time::Time::from_hms(hour.parse().ok()?, minute.parse().ok()?, second.parse().ok()?).ok()?;
        let seconds = time::PrimitiveDateTime::new(date, clock).assume_utc().unix_timestamp();
        Some(Self(seconds.checked_mul(1_000)?))
    }

    /// `2026-11-23T19:05:00Z`, for programs and spreadsheets.
    pub fn iso(self) -> String {
        let at = self.civil();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        )
    }

    /// Reads what [`Self::iso`] writes, with or without a fraction of the second.
    pub fn from_iso(text: &str) -> Option<Self> {
        let (date, rest) = text.strip_suffix('Z')?.split_once('T')?;
        let (clock, fraction) = rest.split_once('.').unwrap_or((rest, "0"));
        let [year, month, day] = numbers(date, '-')?;
        let [hour, minute, second] = numbers(clock, ':')?;
        let small = |number: i32| u8::try_from(number).ok();
        let month = time::Month::try_from(small(month)?).ok()?;
        let date = time::Date::from_calendar_date(year, month, small(day)?).ok()?;
        let at = date.with_hms(small(hour)?, small(minute)?, small(second)?).ok()?;
        let digits = fraction.len() <= 9 && fraction.bytes().all(|digit| digit.is_ascii_digit());
        let thousandths: i64 = digits.then(|| format!("{fraction:0<3}"))?.get(..3)?.parse().ok()?;
        Some(Self(at.assume_utc().unix_timestamp() * 1_000 + thousandths))
    }

    /// A moment of the month before: on the day before this month's first.
    #[must_use]
    pub fn in_month_before(self) -> Self {
        let days = i64::from(self.civil().day());
        Self(self.0.saturating_sub(days * 86_400_000))
    }

    /// The last midnight (UTC).
    #[must_use]
    pub fn midnight(self) -> Self {
        Self(self.0 - self.0.rem_euclid(86_400_000))
    }

    /// When its month began (UTC).
    #[must_use]
    pub fn first_of_month(self) -> Self {
        let days = i64::from(self.civil().day()) - 1;
        Self(self.midnight().0.saturating_sub(days * 86_400_000))
    }

    /// When the next month begins (UTC).
    #[must_use]
    pub fn first_of_next_month(self) -> Self {
        // No month has more than 31 days.
        self.first_of_month().plus(DAY * 32).first_of_month()
    }

    /// `26 November 2026`.
    pub fn date(self) -> String {
        let at = self.civil();
        format!("{} {} {}", at.day(), at.month(), at.year())
    }

    /// The month before.
    #[must_use]
    pub fn month_before(self) -> String {
        self.in_month_before().month()
    }

    /// `2026-11`: the page of the order list on which this moment falls.
    pub fn month(self) -> String {
        let at = self.civil();
        format!("{:04}-{:02}", at.year(), u8::from(at.month()))
    }
}

/// `23 November 2026, 19:05 UTC`: absolute, because a relative time on a receipt is wrong the next day.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.civil();
        write!(
            f,
            "{} {} {}, {:02}:{:02} UTC",
            at.day(),
            at.month(),
            at.year(),
            at.hour(),
            at.minute()
        )
    }
}

/// What a decision may know of the world besides the order and the event.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub now: Timestamp,
    /// A number of thousandths, 0 to 999, by which waits are spread so that a thousand orders do not knock together.
    pub jitter: u16,
}

/// Three numbers of digits alone.
fn numbers(text: &str, between: char) -> Option<[i32; 3]> {
    let digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    let number = |part: &str| digits(part).then(|| part.parse().ok()).flatten();
    let all: Option<Vec<i32>> = text.split(between).map(number).collect();
    all?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_for_people() {
        assert_eq!(Timestamp(1_795_460_700_000).to_string(), "23 November 2026, 19:05 UTC");
        assert_eq!(Timestamp(1_795_460_700_000).month(), "2026-11");
        assert_eq!(Timestamp(1_795_460_700_000).month_before(), "2026-10");
        assert_eq!(Timestamp(1_767_225_600_000).month_before(), "2025-12");
    }

    #[test]
    fn days_and_months_have_their_bounds() {
        let at = Timestamp(1_795_460_700_000);
        assert_eq!(at.iso(), "2026-11-23T19:05:00Z");
        assert_eq!(
            (at.midnight().iso(), at.date()),
            ("2026-11-23T00:00:00Z".into(), "23 November 2026".into())
        );
        assert_eq!(at.first_of_month().iso(), "2026-11-01T00:00:00Z");
        assert_eq!(at.first_of_next_month().iso(), "2026-12-01T00:00:00Z");
        let december = at.first_of_next_month().plus(DAY * 30);
        assert_eq!(december.first_of_next_month().iso(), "2027-01-01T00:00:00Z");
        let february = december.plus(DAY * 50);
        assert_eq!(february.first_of_next_month().iso(), "2027-03-01T00:00:00Z");
    }

    #[test]
    fn a_moment_is_read_as_people_write_it_and_nothing_is_guessed() {
        let at = Timestamp(1_795_460_700_000);
        for text in [
            "2026-11-23T19:05",
            "2026-11-23T19:05:00",
            "2026-11-23T19:05Z",
            " 2026-11-23 19:05 ",
            at.iso().as_str(),
        ] {
            assert_eq!(Timestamp::parse(text), Some(at), "{text}");
        }
        for text in [
            "",
            "tomorrow",
            "2026-02-30T10:00",
            "2026-11-23",
            "2026-11-23T24:00",
            "23.11.2026 19:05",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_for_programs_can_be_read() {
        let at = Timestamp(1_795_460_700_000);
        assert_eq!(Timestamp::from_iso(&at.iso()), Some(at));
        let thousandths = |text| Timestamp::from_iso(text).map(|at| at.0 % 1_000);
        assert_eq!(thousandths("2026-11-23T19:05:00.012Z"), Some(12));
        assert_eq!(thousandths("2026-11-23T19:05:00.5Z"), Some(500));
        for no in [
            "",
            "2026-11-23",
            "2026-11-23T19:05:00",
            "2026-13-23T19:05:00Z",
            "2026-11-23T19:61:00Z",
            "2026-11-23T19:05:00.é12Z",
            "+2026-11-23T19:05:00Z",
        ] {
            assert_eq!(Timestamp::from_iso(no), None, "{no}");
        }
    }

    #[test]
    fn time_does_not_overflow() {
        assert_eq!(Timestamp(i64::MAX).plus(Duration::from_secs(1)), Timestamp(i64::MAX));
        assert_eq!(Timestamp(0).since(Timestamp(5)), Duration::ZERO);
    }
}
