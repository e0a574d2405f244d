//! What other systems must have heard in the end.

use std::collections::BTreeSet;

use domain::notice::{Announcement, Audience, Notice, Template, Told};
use domain::order::Order;
use testkit::world::{Announced, State};

use super::{ANNOUNCED, Oracle, QUIET_DATA};

impl Oracle {
    /// Where an order has come to rest was announced, or is recorded as given up; each announcement that is recorded as
    /// sent was; and none names the buyer.
    pub(super) fn announced(&mut self, state: &State, order: &Order) {
        let mine = |announced: &&Announced| announced.order == order.id;
        let heard: BTreeSet<u32> = state
            .announced
            .iter()
            .filter(mine)
            .map(|heard| heard.notice.id)
            .collect();
        let owed = || order.notices.iter().filter(|notice| notice.to == Audience::Systems);
        if let Some(stands) = Announcement::of(&order.state) {
            let last = owed().next_back();
            let about = |notice: &&Notice| notice.template == Template::Announce(stands);
            let good = |notice: &Notice| heard.contains(&notice.id) || matches!(notice.told, Told::GivenUp(_));
            if !last.filter(about).is_some_and(good) {
                self.accuse(ANNOUNCED, format!("{}: {} was not announced", order.id, stands.name()));
            }
        }
        for notice in owed() {
            if matches!(notice.told, Told::Accepted(_)) && !heard.contains(&notice.id) {
                let (order, number) = (&order.id, notice.id);
                self.accuse(
                    ANNOUNCED,
                    format!("{order}: {number} is recorded as announced and was not"),
                );
            }
        }
        for announced in state.announced.iter().filter(mine) {
            let buyer = &order.buyer;
            let personal = [&buyer.name, &buyer.email, &buyer.team, &order.slug()];
            let mut named = personal.into_iter().filter(|word| !word.is_empty());
            if named.any(|word| announced.body.contains(word.as_str())) {
                self.accuse(
                    QUIET_DATA,
                    format!("an announcement names the buyer: {}", announced.body),
                );
            }
        }
    }
}
