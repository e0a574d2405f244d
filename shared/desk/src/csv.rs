//! Files that a spreadsheet opens: RFC 4180, UTF-8, always with a header; no cell of ours is ever taken for a formula.

/// Rows as text, each ended with CR and LF.
pub fn csv(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell_of(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn cell_of(cell: &str) -> String {
    let harmless = defused(cell);
    if harmless.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", harmless.replace('"', "\"\""))
    } else {
        harmless
    }
}

/// A spreadsheet reckons what begins so: an apostrophe before it makes it text. A plain number may be negative.
fn defused(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_number(cell);
    let mark = if formula { "'" } else { "" };
    format!("{mark}{cell}")
}

/// As we write them: `-480.00`.
fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    plain && digits.starts_with(|first: char| first.is_ascii_digit()) && digits.matches('.').count() <= 1
}
