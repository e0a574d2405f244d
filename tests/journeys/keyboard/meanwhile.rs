//! Several people, or several cases, at once.

use adapters::stripe::Stripe;
use desk::access::{Actor, Role};
use desk::decision::Decided;
use desk::tend::tend;
use domain::case::tend::Tend;
use domain::id::DecisionId;
use domain::order::Order;
use flow::ports::Trouble;
use futures_util::FutureExt as _;
use makegood::{Code, Person, parse, run};
use testkit::world::FakeWorld;

use super::{WHY, case_of, open_case, stuck, types};

/// Whoever is asked who they are while somebody else is at the same case.
struct Meanwhile<'a>(&'a FakeWorld, Order);

impl Person for Meanwhile<'_> {
    async fn actor(&self) -> Result<Actor, Trouble> {
        let by = |name: &str| Actor {
            name: name.to_owned(),
            role: Role::Operator,
        };
        let (order, case) = (self.1.clone(), open_case(&self.1));
        let note = Tend::Noted {
            text: "The customer has found another shop.".to_owned(),
        };
        let noted = tend(self.0, Some(order), &case, note, &by("Ann"), DecisionId::new("page")).await?;
        assert_eq!(noted, Decided::Recorded);
        Ok(by("Olu"))
    }

    fn agrees(&self, _: &str) -> Option<bool> {
        None
    }
}

#[test]
fn without_a_version_a_run_decides_about_what_it_shows_itself_and_about_nothing_later() {
    let (journey, ids) = stuck(1);
    let (id, case) = (&ids[0], case_of(&journey, &ids[0]));
    let words = ["retry", &case, "--reason", WHY, "--apply", "--yes"].map(str::to_owned);
    let typed = parse("makegood", &words).expect("a command");
    let person = Meanwhile(&journey.world, journey.order(id));
    let late = run(&journey.world, None::<&Stripe>, &person, &typed, false)
        .now_or_never()
        .expect("at once");
    assert_eq!(late.code, Code::Conflict);
    assert!(late.err.contains("this changed while you looked"), "{}", late.err);
    assert_eq!(case_of(&journey, id), case, "it is open as before");
    let done = types(&journey.world, &["retry", &case, "--reason", WHY, "--apply", "--yes"]);
    assert_eq!(done.code, Code::Done);
    let (shown, recorded) = done.out.split_once("Recorded: retry of ").expect("what was done");
    assert!(
        shown.contains("this will happen, in this order") && recorded.contains("by Olu"),
        "{}",
        done.out
    );
}

#[test]
fn a_dry_run_of_which_one_case_cannot_be_decided_ends_with_that_ones_number() {
    let (journey, ids) = stuck(2);
    let cases: Vec<String> = ids.iter().map(|id| case_of(&journey, id)).collect();
    let dry = types(&journey.world, &["retry", &cases[0], "case_none", &cases[1]]);
    assert_eq!(dry.code, Code::NothingToDo, "nothing is partly done by it");
    for case in &cases {
        assert!(dry.err.contains(case), "{}", dry.err);
    }
    assert_eq!(types(&journey.world, &["retry", &cases[0], &cases[1]]).code, Code::Done);
}

#[test]
fn what_somebody_has_is_taken_over_from_them_by_name_at_the_keyboard() {
    let (journey, ids) = stuck(1);
    let case = open_case(&journey.order(&ids[0]));
    let done = |words: &[&str]| types(&journey.world, &[words, &["--apply"]].concat());
    assert_eq!(done(&["assign", case.as_str(), "--to", "Fay"]).code, Code::Done);
    // Hers is taken over by her name alone.
    let taken = done(&["assign", case.as_str(), "--to", "Olu"]);
    let line = format!("Next: makegood assign {case} --to Olu --from Fay --apply");
    assert_eq!(taken.code, Code::Conflict);
    assert!(
        taken.err.contains("Fay has it: take it over from Fay by name") && taken.err.contains(&line),
        "{}",
        taken.err
    );
    let dry = types(&journey.world, &["assign", case.as_str(), "--to", "Olu"]);
    assert!(
        dry.out.contains("Fay has it.") && dry.out.contains(&line),
        "{}",
        dry.out
    );
    let taken = done(&["assign", case.as_str(), "--to", "Olu", "--from", "Fay"]);
    assert!(
        taken.code == Code::Done && taken.out.contains("Olu took the case over from Fay."),
        "{taken:?}"
    );
    assert_eq!(journey.order(&ids[0]).cases[0].care.owner(), Some("Olu"));
}
