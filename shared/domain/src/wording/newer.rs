//! What somebody reads about what a newer version of ours wrote.

/// Headline, where a page would show it.
pub const NEWER: &str = "A newer version of Makegood wrote this";

/// What it means, and what to do.
pub const NEWER_ADVICE: &str = "This version does not understand it, so it leaves it as it is: nothing was changed, and nothing is lost. While a new version is being put in place, look again in a few minutes. If the new version was taken back, this waits until it is in place again: tell operations.";

/// Over what was found of a buyer, where it may not be all; empty: it is.
pub fn found_unread(unread: usize) -> String {
    match unread {
        0 => String::new(),
        1 => "1 more cannot be read just now: it may be the one that you look for. Look again in a few minutes, or tell operations.".to_owned(),
        many => format!("{many} more cannot be read just now: the one that you look for may be among them. Look again in a few minutes, or tell operations."),
    }
}

/// Over how cases ended; empty: none is missing.
pub fn endings_unread(unread: usize) -> String {
    match unread {
        0 => String::new(),
        1 => "1 more cannot be read, and is not shown. Tell operations: which it is is in the log, at item_unreadable."
            .to_owned(),
        many => format!(
            "{many} more cannot be read, and are not shown. Tell operations: which they are is in the log, at item_unreadable."
        ),
    }
}

/// Over a list in which some are missing; empty: none is.
pub fn orders_unread(unread: usize) -> String {
    match unread {
        0 => String::new(),
        1 => "One order cannot be read, and is not shown. Tell operations: which it is is in the log, at item_unreadable.".to_owned(),
        many => format!("{many} orders cannot be read, and are not shown. Tell operations: which they are is in the log, at item_unreadable."),
    }
}
