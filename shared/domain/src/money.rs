//! Money: integer minor units with a currency, and nothing else.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Three lower-case letters, as Stripe writes them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// # Errors
    /// When `code` is not three ASCII letters.
    pub fn parse(code: &str) -> Result<Self, NotACurrency> {
        match code.as_bytes() {
            [a, b, c] if code.bytes().all(|letter| letter.is_ascii_alphabetic()) => Ok(Self([
                a.to_ascii_lowercase(),
                b.to_ascii_lowercase(),
                c.to_ascii_lowercase(),
            ])),
            _ => Err(NotACurrency(code.to_owned())),
        }
    }

    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Digits after the decimal point, by Stripe's lists of zero- and three-decimal currencies.
    pub fn decimals(self) -> u32 {
        const NONE: &str = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf";
        const THREE: &str = "bhd jod kwd omr tnd";
        if NONE.contains(self.code()) {
            0
        } else if THREE.contains(self.code()) {
            3
        } else {
            2
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl TryFrom<String> for Currency {
    type Error = NotACurrency;

    fn try_from(code: String) -> Result<Self, NotACurrency> {
        Self::parse(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct NotACurrency(String);

impl fmt::Display for NotACurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\"{}\" is no currency: write its three letters, like \"gbp\"",
            self.0
        )
    }
}

impl std::error::Error for NotACurrency {}

/// An amount in the currency's smallest unit: 48000 gbp is £480.00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Digits only, as a form or a report wants them: `480.00`.
    pub fn decimal(&self) -> String {
        let decimals = self.currency.decimals();
        let unit = 10_i64.pow(decimals);
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, rest) = ((self.minor / unit).abs(), (self.minor % unit).abs());
        if decimals == 0 {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{rest:0width$}", width = decimals as usize)
        }
    }
}

/// `£480.00`, `1.500 KWD`: a symbol only where it is unmistakable.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.currency.code() {
            "gbp" => write!(f, "£{}", self.decimal()),
            "eur" => write!(f, "€{}", self.decimal()),
            "usd" => write!(f, "${}", self.decimal()),
            code => write!(f, "{} {}", self.decimal(), code.to_ascii_uppercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64, code: &str) -> String {
        Money::new(minor, Currency::parse(code).unwrap()).to_string()
    }

    #[test]
    fn amounts_are_written_with_the_decimals_of_their_currency() {
        assert_eq!(money(48_000, "gbp"), "£480.00");
        assert_eq!(money(5, "eur"), "€0.05");
        assert_eq!(money(480, "jpy"), "480 JPY");
        assert_eq!(money(1_500, "kwd"), "1.500 KWD");
        assert_eq!(money(-250, "usd"), "$-2.50");
    }

    #[test]
    fn a_currency_is_three_letters() {
        assert_eq!(Currency::parse("GBP").unwrap().code(), "gbp");
        for wrong in ["", "gb", "gbpp", "g1p", "£££"] {
            assert!(Currency::parse(wrong).is_err(), "{wrong}");
        }
    }
}
