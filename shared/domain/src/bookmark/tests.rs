//! Which page is asked for next.

use super::*;

const MINUTE: i64 = 60_000;

fn at(minute: i64) -> Timestamp {
    Timestamp(minute * MINUTE)
}

fn begun(minute: i64) -> Bookmark {
    Bookmark::default().begun(at(minute)).expect("a new one begins")
}

fn last() -> Turned {
    Turned::default()
}

fn of(newest: &str, oldest: &str, more: bool) -> Turned {
    Turned {
        newest: Some(newest.to_owned()),
        oldest: Some(oldest.to_owned()),
        more,
    }
}

/// All that is asked for in a run that finds one page of each.
fn run(bookmark: &mut Bookmark, now: i64) -> Vec<(List, i64, i64)> {
    let mut asked = Vec::new();
    while let Some(window) = bookmark.ask(at(now)) {
        asked.push((window.list, window.from.0 / MINUTE, window.until.0 / MINUTE));
        *bookmark = bookmark.turned(&window, &last(), 0);
    }
    asked
}

/// Reads a window of whose first list something is missed.
fn run_in_vain(bookmark: &mut Bookmark, now: i64) {
    let before = bookmark.clone();
    let mut missed = 1;
    while !bookmark.in_vain_since(&before) {
        let window = bookmark.ask(at(now)).expect("a window");
        *bookmark = bookmark.turned(&window, &last(), missed);
        missed = 0;
    }
}

fn lists(asked: &[(List, i64, i64)]) -> Vec<List> {
    asked.iter().map(|(list, _, _)| *list).collect()
}

#[test]
fn a_new_table_begins_now_and_goes_on_where_it_ended() {
    use List::{Disputes, Events, Payments, Refunds, Sessions, Undelivered};
    assert_eq!(Bookmark::default().ask(at(10_000)), None);
    let mut bookmark = begun(10_000);
    assert_eq!(bookmark.begun(at(10_001)), None, "once");
    let asked = run(&mut bookmark, 10_000);
    assert_eq!(asked[0], (Payments, 9_970, 10_000));
    assert_eq!(
        lists(&asked),
        [Payments, Sessions, Refunds, Disputes, Events, Undelivered]
    );
    assert_eq!(asked[5], (Undelivered, 10_000 - 24 * 60, 10_000));
    assert_eq!(bookmark.ask(at(10_000)), None);
    let asked = run(&mut bookmark, 10_010);
    assert_eq!(asked[0], (Payments, 9_985, 10_010), "with an overlap");
    assert_eq!(lists(&asked), [Payments, Sessions, Refunds, Disputes, Events]);
    assert_eq!(
        lists(&run(&mut bookmark, 10_060)).last(),
        Some(&Undelivered),
        "once an hour"
    );
}

#[test]
fn a_table_that_never_could_be_read_is_behind() {
    let bookmark = begun(10_000);
    assert!(!bookmark.too_far_behind(at(10_045)) && bookmark.too_far_behind(at(10_046)));
}

#[test]
fn a_long_time_away_is_read_from_its_oldest_part_on() {
    let mut bookmark = begun(10_000);
    run(&mut bookmark, 10_000);
    assert!(!bookmark.too_far_behind(at(10_060)) && bookmark.too_far_behind(at(10_061)));
    let asked = run(&mut bookmark, 10_000 + 3_600);
    let payments = asked.iter().filter(|(list, _, _)| *list == List::Payments);
    let windows: Vec<(i64, i64)> = payments.map(|(_, from, until)| (*from, *until)).collect();
    assert_eq!(
        windows,
        [(9_985, 11_440), (11_425, 12_880), (12_865, 13_600)],
        "each with its overlap"
    );
    assert_eq!(bookmark.behind(at(13_600)), Duration::ZERO);
}

#[test]
fn a_list_of_many_pages_is_read_from_its_oldest_on_also_in_the_next_run() {
    use Cursor::{NewerThan, Newest, OlderThan};
    let mut bookmark = begun(10_000);
    let mut read = Vec::new();
    // Entries 9 to 1, three on a page.
    for (minute, cursor, page) in [
        (10_000, Newest, of("9", "7", true)),
        (10_000, OlderThan("7".to_owned()), of("6", "4", true)),
        (10_010, OlderThan("4".to_owned()), of("3", "1", false)),
        (10_010, NewerThan("3".to_owned()), of("6", "4", true)),
        (10_020, NewerThan("6".to_owned()), of("9", "7", false)),
    ] {
        let window = bookmark.ask(at(minute)).expect("a page");
        assert_eq!((window.list, &window.cursor), (List::Payments, &cursor));
        assert_eq!(window.until, at(10_000));
        if window.reads(&page) {
            read.extend(page.newest.clone());
        }
        bookmark = bookmark.turned(&window, &page, 0);
    }
    assert_eq!(read, ["3", "6", "9"]);
    assert_eq!(bookmark.ask(at(10_020)).expect("more").list, List::Sessions);
}

#[test]
fn a_page_that_takes_too_long_gets_smaller_and_a_lost_entry_is_no_end() {
    let mut bookmark = begun(10_000);
    for limit in [100, 20, 4, 1, 1] {
        let window = bookmark.ask(at(10_000)).expect("a page");
        assert_eq!(window.limit, limit);
        bookmark = bookmark.smaller(&window);
    }
    let window = bookmark.ask(at(10_000)).expect("a page");
    bookmark = bookmark.turned(&window, &of("9", "9", true), 0);
    let window = bookmark.ask(at(10_000)).expect("a page");
    assert_eq!((window.limit, &window.cursor), (1, &Cursor::OlderThan("9".to_owned())));
    bookmark = bookmark.from_the_newest(&window);
    assert_eq!(bookmark.ask(at(10_000)).expect("a page").cursor, Cursor::Newest);
    bookmark = bookmark.turned(&bookmark.ask(at(10_000)).expect("a page"), &last(), 0);
    assert_eq!(bookmark.ask(at(10_000)).expect("the next list").limit, LIMIT_MAX);
}

#[test]
fn what_did_not_arrive_keeps_nothing_waiting() {
    let mut bookmark = begun(10_000);
    let beside = loop {
        let window = bookmark.ask(at(10_000)).expect("a page");
        if window.list == List::Undelivered {
            break window;
        }
        bookmark = bookmark.turned(&window, &last(), 0);
    };
    assert_eq!(bookmark.behind(at(10_000)), Duration::ZERO);
    bookmark = bookmark.turned(&beside, &of("9", "5", true), 0);
    // The next run reads what is new before it goes on there.
    let asked = run(&mut bookmark, 10_010);
    assert_eq!(
        (asked[0].0, asked[5]),
        (List::Payments, (List::Undelivered, 10_000 - 24 * 60, 10_000))
    );
    assert_eq!(bookmark.ask(at(10_010)), None);
}

#[test]
fn a_window_with_a_miss_is_read_again_as_a_whole() {
    let mut bookmark = begun(10_000);
    run(&mut bookmark, 10_000);
    run_in_vain(&mut bookmark, 10_010);
    assert_eq!(
        bookmark.behind(at(10_010)),
        Duration::from_secs(600),
        "nothing moved on"
    );
    let again = bookmark.ask(at(10_020)).expect("a page");
    assert_eq!((again.list, again.from, again.missed), (List::Payments, at(9_985), 0));
    run(&mut bookmark, 10_020);
    assert_eq!(bookmark.behind(at(10_020)), Duration::ZERO);
    for minute in 10_030..10_035 {
        assert!(!bookmark.hands_over());
        run_in_vain(&mut bookmark, minute);
    }
    assert!(bookmark.hands_over(), "five in a row");
    run(&mut bookmark, 10_040);
    assert!(!bookmark.hands_over());
}
