//! The frame of every page of the world outside. No outside asset, no script.

use axum::response::Html;

const STYLE: &str = include_str!("page.css");

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// `body` is HTML.
pub fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,\
         initial-scale=1\"><title>{title}</title><style>{STYLE}</style></head><body><header><a href=\"/\">Makegood on this \
         machine</a></header><main><h1>{title}</h1>{body}</main></body></html>"
    ))
}

/// A time as people read it.
pub fn at(ms: i64) -> String {
    let (days, rest) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000) / 1000);
    // Civil date from days since 1970, by Howard Hinnant's algorithm.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!(
        "{year}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// A button that posts.
pub fn button(action: &str, name: &str, value: &str, label: &str) -> String {
    format!(
        "<form method=\"post\" action=\"{action}\"><button name=\"{name}\" value=\"{}\">{}</button></form>",
        escape(value),
        escape(label)
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_right() {
        assert_eq!(super::at(1_795_460_700_000), "2026-11-23 19:05:00 UTC");
        assert_eq!(super::at(951_782_400_000), "2000-02-29 00:00:00 UTC");
    }
}
