//! Lines that fit a terminal.

/// Columns.
pub(crate) const WIDTH: usize = 100;

/// Each line of the text, indented, and broken at words where it is too long; what follows a break stands two further in.
pub(crate) fn wrapped(text: &str, indent: usize) -> String {
    text.lines().map(|line| one(line, indent)).collect()
}

fn one(line: &str, indent: usize) -> String {
    let own = line.chars().take_while(|letter| *letter == ' ').count();
    let first = indent + own;
    // Below the words of a list's entry, not below its mark.
    let hang = if line.trim_start().starts_with("- ") || line.trim_start().starts_with("| ") {
        first + 2
    } else {
        first
    };
    broken(line.trim(), WIDTH - first, WIDTH - hang)
        .iter()
        .enumerate()
        .map(|(at, part)| {
            let indent = if at == 0 { first } else { hang };
            if part.is_empty() {
                "\n".to_owned()
            } else {
                format!("{:indent$}{part}\n", "")
            }
        })
        .collect()
}

/// Parts of at most so many characters, the first and the others; a longer word stays whole.
fn broken(text: &str, first: usize, rest: usize) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    for word in text.split(' ') {
        let room = if parts.is_empty() { first } else { rest };
        if !part.is_empty() && part.chars().count() + 1 + word.chars().count() > room {
            parts.push(std::mem::take(&mut part));
        }
        if !part.is_empty() {
            part.push(' ');
        }
        part.push_str(word);
    }
    parts.push(part);
    parts
}

/// Cells side by side, each as wide as told, broken at words.
pub(crate) fn row(cells: &[(String, usize)]) -> String {
    let columns: Vec<(Vec<String>, usize)> = cells
        .iter()
        .map(|(text, width)| (broken(text, *width, *width), *width))
        .collect();
    let height = columns.iter().map(|(parts, _)| parts.len()).max().unwrap_or_default();
    (0..height)
        .map(|at| {
            let cell = |(parts, width): &(Vec<String>, usize)| {
                let part = parts.get(at).map(String::as_str).unwrap_or_default();
                format!("{part:<width$} ")
            };
            let line: String = columns.iter().map(cell).collect();
            format!("{}\n", line.trim_end())
        })
        .collect()
}

/// As a shell takes it: in quotes where it must be.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@=+,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if word.contains(['"', '$', '`', '\\', '!']) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        format!("\"{word}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_broken_at_words_and_keeps_its_indent() {
        let long = format!("  - {}", "word ".repeat(40));
        let text = wrapped(&long, 2);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.starts_with("    - word"), "{text}");
        assert!(
            text.lines().skip(1).all(|line| line.starts_with("      word")),
            "{text}"
        );
        assert_eq!(wrapped("a\n\nb", 1), " a\n\n b\n");
    }

    #[test]
    fn a_word_of_the_shell_is_quoted_where_it_must_be() {
        for (word, quoted_word) in [
            ("case_1", "case_1"),
            ("480.00 GBP", "\"480.00 GBP\""),
            ("it's $5", r"'it'\''s $5'"),
            ("", "\"\""),
        ] {
            assert_eq!(quoted(word), quoted_word);
        }
    }
}
