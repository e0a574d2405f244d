//! Nobody who should know is forgotten: not where a message fails, not where it comes back, and not by a decision.

use super::story::*;
use crate::Decision;
use crate::case::{CaseRef, Choice, Class, Resolved};
use crate::effect::{Effect, Performer};
use crate::event::Event;
use crate::failure::Failure;
use crate::notice::{Audience, Mark, Notice, Template, Told};
use crate::receipt::Step;
use crate::time::Timestamp;

const HOUR: u64 = 3_600;

fn notice(story: &Story, to: Audience) -> Notice {
    let mut all = story.order.notices.iter().rev();
    let known = all.find(|notice| notice.to == to && !notice.is_idle());
    known.expect("a message to them").clone()
}

fn not_told(story: &Story) -> Option<&CaseRef> {
    story.order.cases.iter().rev().find(|case| case.class == Class::NotTold)
}

fn open(story: &Story) -> bool {
    not_told(story).is_some_and(|case| case.resolved.is_none())
}

/// Everything that is to be told now ends so.
fn tell(story: &mut Story, failure: Option<Failure>) {
    while !story.idle(Performer::Notification) {
        let intent = story.begin(Performer::Notification);
        let (Effect::Tell(notice), attempt) = (intent.effect.clone(), intent.attempt) else {
            panic!("{intent:?}")
        };
        story.event(match failure {
            None => Event::NoticeAccepted {
                attempt,
                notice,
                covered: false,
            },
            Some(failure) => Event::NoticeFailed {
                attempt,
                notice,
                failure,
            },
        });
    }
}

fn mark(story: &mut Story, notice: u32, mark: Mark) -> Decision {
    story.try_event(&Event::NoticeMarked { notice, mark })
}

fn bounces(story: &mut Story, to: Audience, sent_at: Timestamp) -> Decision {
    let id = notice(story, to).id;
    mark(story, id, Mark::Bounced { sent_at })
}

/// It read of an alert that stood then, froze, and comes back when nobody knows any more what was said.
#[test]
fn a_worker_that_comes_back_too_late_covers_nothing() {
    let mut story = Story::undone();
    let intent = story.begin(Performer::Notification);
    let Effect::Tell(notice) = intent.effect else {
        panic!("{intent:?}")
    };
    story.wait(HOUR);
    story.event(Event::AttemptLapsed {
        attempt: intent.attempt,
    });
    let told = |story: &Story| {
        story
            .order
            .notices
            .iter()
            .find(|known| known.id == notice)
            .map(|known| known.told.clone())
    };
    let before = told(&story);
    for (covered, changes) in [(true, false), (false, true)] {
        story.try_event(&Event::NoticeAccepted {
            attempt: intent.attempt,
            notice,
            covered,
        });
        assert_eq!(told(&story) != before, changes, "covered: {covered}");
    }
}

#[test]
fn what_fails_for_an_hour_is_one_case_that_says_who_does_not_know_and_heals_when_they_are_told() {
    let mut story = Story::undone();
    tell(&mut story, Some(DOWN));
    story.wait(HOUR - 60);
    tell(&mut story, Some(DOWN));
    assert!(not_told(&story).is_none(), "an hour is not over");
    story.wait(HOUR);
    tell(&mut story, Some(DOWN));
    assert!(open(&story));
    let cases = story.order.cases.iter().filter(|case| case.class == Class::NotTold);
    assert_eq!(cases.count(), 1, "one for all of them");
    let said = crate::wording::consequence(&story.order, Class::NotTold, None);
    assert!(
        said.starts_with("£480.00 of ")
            && said.contains("the customer, Finance and operations do not know that the money goes back"),
        "{said}"
    );
    let case = not_told(&story).expect("it").id.clone();
    let about = Template::WithPerson { case };
    let itself = story.order.notices.iter().any(|notice| notice.template == about);
    assert!(!itself, "it is not told itself: telling is what fails");
    story.wait(HOUR);
    tell(&mut story, None);
    let case = not_told(&story).expect("it was there");
    assert!(matches!(case.resolved, Some(Resolved::Healed { .. })), "{case:?}");
    assert_eq!(story.order.due(), None);
}

#[test]
fn a_mail_that_comes_back_is_a_case_where_it_is_about_money_and_only_a_line_where_it_is_not() {
    let mut story = Story::delivered();
    tell(&mut story, None);
    let now = story.now;
    assert!(matches!(
        bounces(&mut story, Audience::Customer, now),
        Decision::Advance(_)
    ));
    assert!(matches!(notice(&story, Audience::Customer).told, Told::Bounced(_)));
    assert!(not_told(&story).is_none());

    let mut story = Story::undone();
    tell(&mut story, None);
    let now = story.now;
    bounces(&mut story, Audience::Customer, now);
    assert!(open(&story));
    let again = bounces(&mut story, Audience::Customer, now);
    assert!(matches!(again, Decision::Stay(_)), "said twice: {again:?}");
    let alert = bounces(&mut story, Audience::Ops, now);
    assert!(matches!(alert, Decision::Refuse(_)), "{alert:?}");
}

#[test]
fn a_mail_may_come_back_before_its_sending_is_recorded_and_stays_come_back() {
    let mut story = Story::undone();
    let intent = story.begin(Performer::Notification);
    let Effect::Tell(id) = intent.effect else {
        panic!("{intent:?}")
    };
    let sent_at = story.now;
    mark(&mut story, id, Mark::Bounced { sent_at });
    let event = Event::NoticeAccepted {
        attempt: intent.attempt,
        notice: id,
        covered: false,
    };
    story.event(event);
    let known = story.order.notices.iter().find(|known| known.id == id).expect("it");
    assert!(matches!(known.told, Told::Bounced(_)), "{known:?}");
    assert!(story.order.tell.intent.is_none(), "the worker's attempt has ended");
}

#[test]
fn retry_sends_them_again_with_the_whole_time_and_an_old_bounce_says_nothing_of_the_new_mail() {
    let mut story = Story::undone();
    tell(&mut story, None);
    let sent_at = story.now;
    bounces(&mut story, Audience::Customer, sent_at);
    story.wait(HOUR);
    let case = story.case();
    assert!(matches!(story.choose(&case, Choice::Undo), Decision::Refuse(_)));
    assert!(matches!(story.choose(&case, Choice::Retry), Decision::Advance(_)));
    let known = notice(&story, Audience::Customer);
    assert_eq!((known.told, known.owed_at), (Told::Owed, story.now));
    assert!(!open(&story));
    tell(&mut story, None);
    let late = bounces(&mut story, Audience::Customer, sent_at);
    assert!(matches!(late, Decision::Stay(_)), "{late:?}");
    assert!(matches!(notice(&story, Audience::Customer).told, Told::Accepted(_)));
    let now = story.now;
    bounces(&mut story, Audience::Customer, now);
    assert!(open(&story), "it came back again, and is a case again");
}

#[test]
fn ignore_is_waived_by_that_person_and_asks_nobody_again() {
    let mut story = Story::undone();
    tell(&mut story, Some(REFUSED));
    assert!(open(&story), "given up, and about money");
    let case = story.case();
    story.choose(&case, Choice::Ignore);
    let known = notice(&story, Audience::Customer);
    let Told::Waived { by, reason, .. } = &known.told else {
        panic!("{known:?}")
    };
    assert_eq!((by.as_str(), reason.as_str()), ("operator", "looked at it together"));
    story.wait(HOUR * 24);
    let at = story.now;
    bounces(&mut story, Audience::Customer, at);
    assert!(!open(&story));
    assert_eq!(story.order.due(), None);
}

#[test]
fn marks_that_make_no_sense_are_refused_in_words_and_a_second_one_changes_nothing() {
    let seen = || Mark::Acknowledged {
        by: "finance".to_owned(),
    };
    let waived = || Mark::Waived {
        by: "operator".to_owned(),
        reason: "told them by phone".to_owned(),
    };
    let no = |story: &mut Story, id: u32, said: Mark| match mark(story, id, said) {
        Decision::Refuse(no) => no,
        other @ (Decision::Stay(_) | Decision::Advance(_)) => panic!("{other:?}"),
    };
    let mut story = Story::undone();
    let id = notice(&story, Audience::Finance).id;
    assert_eq!(no(&mut story, id, seen()), "it is still to be sent");
    assert_eq!(no(&mut story, 99, seen()), "there is no such message");
    tell(&mut story, None);
    assert_eq!(no(&mut story, id, waived()), "it was sent");
    assert!(matches!(mark(&mut story, id, seen()), Decision::Advance(_)));
    assert!(matches!(mark(&mut story, id, seen()), Decision::Stay(_)));
    assert_eq!(no(&mut story, id, waived()), "whoever was told has seen it");
    let announced = story.order.notices.iter().find(|notice| notice.to == Audience::Systems);
    let announced = announced.expect("an announcement").id;
    assert_eq!(
        no(&mut story, announced, waived()),
        "that is a message to other systems"
    );
}

#[test]
fn seen_by_whom_it_came_back_from_heals_the_case() {
    let mut story = Story::undone();
    tell(&mut story, None);
    let now = story.now;
    bounces(&mut story, Audience::Finance, now);
    assert!(open(&story));
    let id = notice(&story, Audience::Finance).id;
    let by = "finance".to_owned();
    mark(&mut story, id, Mark::Acknowledged { by });
    assert!(!open(&story));
}

/// Whoever was to hear of the case has by the end heard of it, or of what became of it, whatever was decided before the
/// mails went.
#[test]
fn no_reader_who_is_owed_a_word_is_lost_by_a_decision() {
    for choice in Choice::ALL {
        let mut story = Story::with_person();
        let owed: Vec<Audience> = story
            .order
            .notices
            .iter()
            .filter(|notice| matches!(notice.template, Template::WithPerson { .. }))
            .map(|notice| notice.to)
            .filter(|to| *to != Audience::Ops)
            .collect();
        assert_eq!(owed.len(), 3, "customer, Finance, Customer Service");
        let case = story.case();
        story.choose(&case, choice);
        match choice {
            Choice::Retry => {
                story.make(Step::Team, "g1");
                story.make(Step::Membership, "g1/u1");
            }
            Choice::Undo => {
                story.revoke();
                story.give_back(crate::payment::RefundStatus::Succeeded);
            }
            Choice::Ignore => {}
        }
        tell(&mut story, None);
        for to in owed {
            let told = story
                .order
                .notices
                .iter()
                .filter(|notice| notice.to == to && matches!(notice.told, Told::Accepted(_)));
            assert_eq!(told.count(), 1, "{choice:?}: {to:?} hears one word of it");
        }
        assert_eq!(story.order.due(), None, "{choice:?}");
    }
}

#[test]
fn a_word_that_a_decision_left_owed_is_a_case_when_it_does_not_go_out() {
    let mut story = Story::with_person();
    tell(&mut story, Some(DOWN));
    let case = story.case();
    story.choose(&case, Choice::Ignore);
    assert_eq!(story.state(), "Closed");
    story.wait(HOUR);
    tell(&mut story, Some(DOWN));
    assert!(open(&story), "decided, and still to be told");
    let said = crate::wording::consequence(&story.order, Class::NotTold, None);
    assert!(
        said.contains("the customer, Finance and Customer Service do not know that a person sees to it"),
        "{said}"
    );
    story.wait(HOUR);
    tell(&mut story, None);
    assert!(!open(&story));
}
