//! HTTP dates (RFC 9110 §5.6.7) and the two other spellings of an instant that a server writes.
//!
//! ```text
//! Date::from_unix   Mon, 23 Nov 2026 11:33:25 GMT    Date, Last-Modified, Expires
//! clf               23/Nov/2026:11:33:25 +0000       access logs in the common format
//! rfc3339           2026-11-23T11:33:25Z             JSON
//! ```
//! Instants are seconds since 1970-01-01T00:00:00Z without leap seconds. They reach to the end of year 9999, the
//! last that four digits can write; a later one counts as that end.

use core::fmt;

/// An instant together with its text as IMF-fixdate (RFC 9110 §5.6.7).
///
/// ```
/// use bantam_core::message::date::Date;
/// assert_eq!(Date::from_unix(784_111_777).as_str(), "Sun, 06 Nov 1994 08:49:37 GMT");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Date {
    unix_seconds: u64,
    text: [u8; 29],
}

impl Date {
    /// The date of an instant in seconds since 1970.
    pub const fn from_unix(seconds: u64) -> Self {
        let civil = civil(seconds);
        let [w0, w1, w2] = weekday_name(civil.weekday);
        let [d0, d1] = two_digits(civil.day);
        let [m0, m1, m2] = month_name(civil.month);
        let [y0, y1, y2, y3] = four_digits(civil.year);
        let [h0, h1] = two_digits(civil.hour);
        let [i0, i1] = two_digits(civil.minute);
        let [s0, s1] = two_digits(civil.second);
        let text = [
            w0, w1, w2, b',', b' ', d0, d1, b' ', m0, m1, m2, b' ', y0, y1, y2, y3, b' ', h0, h1, b':', i0,
            i1, b':', s0, s1, b' ', b'G', b'M', b'T',
        ];
        Self { unix_seconds: capped(seconds), text }
    }

    /// The instant in seconds since 1970.
    pub const fn unix_seconds(&self) -> u64 {
        self.unix_seconds
    }

    /// The text, always 29 bytes.
    pub const fn as_bytes(&self) -> &[u8; 29] {
        &self.text
    }

    /// The text, always 29 bytes.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// Reads a date in any of the three formats that a recipient must accept (RFC 9110 §5.6.7): IMF-fixdate,
    /// RFC 850 and asctime.
    ///
    /// Names are case-sensitive and digits complete, the day must exist, and the weekday need not be that day's.
    /// Second 60 is the first of the next minute; an instant before 1970 counts as 1970. `now`, in seconds since
    /// 1970, decides the century of RFC 850's two-digit year: the latest that is at most 50 years ahead.
    pub fn parse(text: &[u8], now: u64) -> Option<u64> {
        let mut reader = Reader(text);
        let date = match text.get(3) {
            Some(b',') => reader.imf_fixdate(),
            Some(b' ') => reader.asctime(),
            _ => reader.rfc850(now),
        }?;
        if !reader.0.is_empty() { None } else { date.to_unix() }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An instant of the Gregorian calendar in UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Civil {
    /// 1970 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// 0 for Sunday to 6 for Saturday.
    pub weekday: u8,
}

/// The calendar's view of an instant in seconds since 1970.
#[expect(clippy::arithmetic_side_effects, reason = "the cap bounds every term far below its type's edge")]
pub const fn civil(seconds: u64) -> Civil {
    let seconds = capped(seconds);
    // A day has 86,400 = 675 × 128 seconds. Counting in units of 128 fits 32 bits, and so needs no 64-bit division.
    let units = (seconds >> 7) as u32;
    let days = units / 675;
    let second_of_day = (units % 675) * 128 + (seconds & 127) as u32;

    // Years are counted from March, so that the leap day is a year's last and months follow one formula; eras are
    // the calendar's period of 400 years. See "chrono-Compatible Low-Level Date Algorithms" by Howard Hinnant.
    let since_march_0000 = days + DAYS_TO_1970;
    let era = since_march_0000 / DAYS_PER_ERA;
    let day_of_era = since_march_0000 % DAYS_PER_ERA;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = 400 * era + year_of_era + (month <= 2) as u32;

    Civil {
        year: year as u16,
        month: month as u8,
        day: day as u8,
        hour: (second_of_day / 3_600) as u8,
        minute: (second_of_day / 60 % 60) as u8,
        second: (second_of_day % 60) as u8,
        weekday: ((days + 4) % 7) as u8, // 1970 began on a Thursday
    }
}

/// An instant in seconds since 1970 as access logs in the common log format write it, between their brackets.
pub const fn clf(seconds: u64) -> [u8; 26] {
    let civil = civil(seconds);
    let [d0, d1] = two_digits(civil.day);
    let [m0, m1, m2] = month_name(civil.month);
    let [y0, y1, y2, y3] = four_digits(civil.year);
    let [h0, h1] = two_digits(civil.hour);
    let [i0, i1] = two_digits(civil.minute);
    let [s0, s1] = two_digits(civil.second);
    [
        d0, d1, b'/', m0, m1, m2, b'/', y0, y1, y2, y3, b':', h0, h1, b':', i0, i1, b':', s0, s1, b' ', b'+',
        b'0', b'0', b'0', b'0',
    ]
}

/// An instant in seconds since 1970 as RFC 3339 §5.6 writes it, in UTC and whole seconds.
pub const fn rfc3339(seconds: u64) -> [u8; 20] {
    let civil = civil(seconds);
    let [y0, y1, y2, y3] = four_digits(civil.year);
    let [m0, m1] = two_digits(civil.month);
    let [d0, d1] = two_digits(civil.day);
    let [h0, h1] = two_digits(civil.hour);
    let [i0, i1] = two_digits(civil.minute);
    let [s0, s1] = two_digits(civil.second);
    [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', i0, i1, b':', s0, s1, b'Z']
}

/// What a date's text says, before the day is known to exist.
#[derive(Clone, Copy)]
struct Stated {
    year: u16,
    month: u8,
    day: u8,
    time: Time,
}

/// Hour 0 to 23, minute 0 to 59, second 0 to 60; ordered as time passes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Time {
    hour: u8,
    minute: u8,
    second: u8,
}

impl Stated {
    #[expect(clippy::arithmetic_side_effects, reason = "a year below 10,100 bounds every term")]
    fn to_unix(self) -> Option<u64> {
        if self.day == 0 || self.day > days_in_month(self.year, self.month) {
            return None;
        }
        if self.year < 1970 {
            return Some(0);
        }
        let (month, day) = (u32::from(self.month), u32::from(self.day));
        let year = u32::from(self.year) - u32::from(month <= 2);
        let month_from_march = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
        let since_march_0000 = 365 * year + year / 4 - year / 100 + year / 400 + day_of_year;
        let Time { hour, minute, second } = self.time;
        let second_of_day = (u32::from(hour) * 60 + u32::from(minute)) * 60 + u32::from(second);
        Some(u64::from(since_march_0000 - DAYS_TO_1970) * 86_400 + u64::from(second_of_day))
    }
}

/// What is still unread of a date's text. Each function takes its piece or gives `None`.
struct Reader<'t>(&'t [u8]);

impl Reader<'_> {
    /// `day-name "," SP day SP month SP year SP time-of-day SP "GMT"`
    fn imf_fixdate(&mut self) -> Option<Stated> {
        self.short_weekday()?;
        self.literal(b", ")?;
        let day = self.two_digits()?;
        self.literal(b" ")?;
        let month = self.month()?;
        self.literal(b" ")?;
        let year = self.four_digits()?;
        self.literal(b" ")?;
        let time = self.time()?;
        self.literal(b" GMT")?;
        Some(Stated { year, month, day, time })
    }

    /// `day-name-l "," SP day "-" month "-" 2DIGIT SP time-of-day SP "GMT"`
    fn rfc850(&mut self, now: u64) -> Option<Stated> {
        WEEKDAYS.iter().find_map(|name| self.literal(name))?;
        self.literal(b", ")?;
        let day = self.two_digits()?;
        self.literal(b"-")?;
        let month = self.month()?;
        self.literal(b"-")?;
        let two_digits = self.two_digits()?;
        self.literal(b" ")?;
        let time = self.time()?;
        self.literal(b" GMT")?;

        let now = civil(now);
        let latest = now.year.saturating_add(50);
        let back = (latest % 100).saturating_add(100).saturating_sub(u16::from(two_digits)) % 100;
        let mut year = latest.saturating_sub(back);
        let time_now = Time { hour: now.hour, minute: now.minute, second: now.second };
        if year == latest && (month, day, time) > (now.month, now.day, time_now) {
            year = year.saturating_sub(100);
        }
        Some(Stated { year, month, day, time })
    }

    /// `day-name SP month SP ( 2DIGIT / ( SP 1DIGIT ) ) SP time-of-day SP year`
    fn asctime(&mut self) -> Option<Stated> {
        self.short_weekday()?;
        self.literal(b" ")?;
        let month = self.month()?;
        self.literal(b" ")?;
        let day = match self.literal(b" ") {
            Some(()) => self.digit()?,
            None => self.two_digits()?,
        };
        self.literal(b" ")?;
        let time = self.time()?;
        self.literal(b" ")?;
        let year = self.four_digits()?;
        Some(Stated { year, month, day, time })
    }

    /// `hour ":" minute ":" second`
    fn time(&mut self) -> Option<Time> {
        let hour = self.two_digits()?;
        self.literal(b":")?;
        let minute = self.two_digits()?;
        self.literal(b":")?;
        let second = self.two_digits()?;
        (hour <= 23 && minute <= 59 && second <= 60).then_some(Time { hour, minute, second })
    }

    fn short_weekday(&mut self) -> Option<()> {
        (0..7).find_map(|weekday| self.literal(&weekday_name(weekday)))
    }

    fn month(&mut self) -> Option<u8> {
        (1..=12).find(|month| self.literal(&month_name(*month)).is_some())
    }

    fn four_digits(&mut self) -> Option<u16> {
        let century = self.two_digits()?;
        let year = self.two_digits()?;
        Some(u16::from(century).saturating_mul(100).saturating_add(u16::from(year)))
    }

    fn two_digits(&mut self) -> Option<u8> {
        let tens = self.digit()?;
        let ones = self.digit()?;
        Some(tens.saturating_mul(10).saturating_add(ones))
    }

    fn digit(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        let digit = first.wrapping_sub(b'0');
        self.0 = rest;
        (digit <= 9).then_some(digit)
    }

    /// Takes `text`, or nothing.
    fn literal(&mut self, text: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }
}

/// 9999-12-31T23:59:59Z.
const LAST_SECOND: u64 = 253_402_300_799;
/// From 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: u32 = 719_468;
const DAYS_PER_ERA: u32 = 146_097;
const WEEKDAYS: [&[u8]; 7] =
    [b"Sunday", b"Monday", b"Tuesday", b"Wednesday", b"Thursday", b"Friday", b"Saturday"];

const fn capped(seconds: u64) -> u64 {
    if seconds < LAST_SECOND { seconds } else { LAST_SECOND }
}

fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const fn weekday_name(weekday: u8) -> [u8; 3] {
    *match weekday {
        0 => b"Sun",
        1 => b"Mon",
        2 => b"Tue",
        3 => b"Wed",
        4 => b"Thu",
        5 => b"Fri",
        _ => b"Sat",
    }
}

const fn month_name(month: u8) -> [u8; 3] {
    *match month {
        1 => b"Jan",
        2 => b"Feb",
        3 => b"Mar",
        4 => b"Apr",
        5 => b"May",
        6 => b"Jun",
        7 => b"Jul",
        8 => b"Aug",
        9 => b"Sep",
        10 => b"Oct",
        11 => b"Nov",
        _ => b"Dec",
    }
}

const fn two_digits(value: u8) -> [u8; 2] {
    [b'0'.wrapping_add(value / 10 % 10), b'0'.wrapping_add(value % 10)]
}

const fn four_digits(value: u16) -> [u8; 4] {
    let [thousands, hundreds] = two_digits((value / 100) as u8);
    let [tens, ones] = two_digits((value % 100) as u8);
    [thousands, hundreds, tens, ones]
}

#[cfg(test)]
mod tests;
