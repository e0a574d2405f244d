//! What a product person can read of a journey, compared with its golden file.

use std::fmt::Write as _;

use domain::order::Order;
use domain::wording;
use expect_test::expect_file;

use testkit::world::mishaps::Act;

use crate::journey::{Journey, START};

impl Journey {
    /// The oracle has its last word, then the trace is compared with its golden file.
    pub(crate) fn ends(&mut self, name: &str) {
        self.observe();
        let broken = self.verdict();
        assert!(broken.is_empty(), "{broken:#?}");
        expect_file![format!("golden/{name}.txt")].assert_eq(&self.traces());
    }

    pub(crate) fn traces(&self) -> String {
        let mut traces = String::new();
        for id in self.world.order_ids() {
            let _ = writeln!(traces, "{}", self.trace(&self.order(&id)));
        }
        traces
    }

    fn trace(&self, order: &Order) -> String {
        let mut trace = String::new();
        for entry in &order.history {
            let since = entry.at.since(START).as_secs();
            let (hours, minutes, seconds) = (since / 3_600, since / 60 % 60, since % 60);
            let said = wording::line(entry, order.product.price.currency);
            let _ = writeln!(trace, "{hours:>4}:{minutes:02}:{seconds:02}  {said}");
        }
        let state = self.world.state();
        let (captured, returned) = state.stripe.truth(order.id.as_str());
        let access = state.directory.truth(order.id.as_str());
        let licences = match state.licences.licences.len() {
            0 => String::new(),
            _ => format!(", {} licence", state.licences.of(order.id.as_str()).count()),
        };
        let told: Vec<String> = state
            .told
            .iter()
            .map(|told| format!("  {}: {}", told.to.name(), told.message.subject))
            .collect();
        let announced: Vec<&str> = state.announced.iter().map(|heard| heard.said.name()).collect();
        let announced = match announced.as_slice() {
            [] => String::new(),
            some => format!("\nannounced: {}", some.join(", ")),
        };
        let status = wording::status(order, state.now);
        let _ = write!(
            trace,
            "\nends {}; Stripe holds {captured} of which {returned} went back; the provider has {} account, {} team, {} member{licences}\n\
             the customer reads: {}. {}\ntold\n{}{announced}\n{} writes, {} sends, {} calls of Stripe, {} of the provider",
            order.state.name(),
            access.users,
            access.teams,
            access.members,
            status.headline,
            status.body.join(" "),
            told.join("\n"),
            state.writes,
            state.queues.sends,
            state.stripe.calls - state.schedule.count(Act::Lists),
            state.directory.calls,
        );
        trace
    }
}
