use super::*;

const CLASS: Class = Class::DeliveryStuck;

fn operation(id: &str, cases: u64) -> Operation {
    let target = |number: u64| Target {
        case: CaseId::new(format!("case_{number}")),
        order: OrderId::new(format!("ord_{number}")),
        seen: number,
    };
    Operation {
        id: DecisionId::new(id.to_owned()),
        choice: Choice::Retry,
        by: "Olu".to_owned(),
        role: "operator".into(),
        reason: "The provider is back.".to_owned(),
        code: Code::PersonDecided,
        began_at: Timestamp(0),
        waiting: (1..=cases).map(target).collect(),
        decided: 0,
        left: Vec::new(),
        stopped: None,
        ended_at: None,
    }
}

fn begun(cases: u64) -> Operations {
    let begun = Operations::default().begun(CLASS, operation("dec_1", cases));
    begun.expect("nothing runs").expect("new")
}

#[test]
fn the_same_page_twice_begins_once_and_another_waits_for_its_end() {
    let one = begun(2);
    assert_eq!(one.begun(CLASS, operation("dec_1", 2)), Ok(None));
    assert!(one.begun(CLASS, operation("dec_2", 2)).is_err());
    let stopped = one.stopped(CLASS, "Fay", Timestamp(9)).expect("it runs");
    assert_eq!(
        stopped.next(&BTreeSet::new()),
        None,
        "what is stopped is not carried on"
    );
    assert_eq!(stopped.stopped(CLASS, "Fay", Timestamp(10)), None);
    assert!(
        stopped
            .begun(CLASS, operation("dec_2", 2))
            .is_ok_and(|next| next.is_some())
    );
}

#[test]
fn each_case_is_counted_once_and_the_last_one_ends_it() {
    let one = begun(3);
    let (class, operation, target) = one.next(&BTreeSet::new()).expect("the first");
    assert_eq!((class, target.case.as_str(), operation.cases()), (CLASS, "case_1", 3));
    let id = operation.id.clone();
    let case = |number: u64| CaseId::new(format!("case_{number}"));
    let done = |all: &Operations, number, became| all.done(CLASS, &id, &case(number), became, Timestamp(7));
    let two = done(&one, 1, Became::Decided).expect("it waited");
    assert_eq!(done(&two, 1, Became::Decided), None, "twice is once");
    // Another worker may be ahead of us.
    let three = done(&two, 3, Became::Left).expect("it waited");
    let end = done(&three, 2, Became::Decided).expect("it waited");
    let operation = end.of(CLASS).expect("it is kept");
    assert_eq!((operation.decided, operation.left.len(), operation.cases()), (2, 1, 3));
    assert_eq!((operation.ended_at, operation.runs()), (Some(Timestamp(7)), false));
    let other = DecisionId::new("dec_9".to_owned());
    assert_eq!(one.done(CLASS, &other, &case(1), Became::Decided, Timestamp(7)), None);
}

#[test]
fn each_case_has_a_decision_of_its_own_that_is_always_the_same() {
    let operation = operation("dec_1", 2);
    let word = |case: &Target| operation.word(&case.case).decision;
    assert_eq!(word(&operation.waiting[0]).as_str(), "dec_1_case_1");
    assert_ne!(word(&operation.waiting[0]), word(&operation.waiting[1]));
}
