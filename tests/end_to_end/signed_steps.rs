//! A step in a system of the adopter's own: the real binaries sign, and a licence service believes nobody who does not.

use local::kills::Act;

use crate::town::{FORM, Order, Town};

const NOTHING: (usize, usize, usize) = (0, 0, 0);
const DELIVERED: (usize, usize, usize) = (1, 1, 1);

impl Town {
    /// Ever made for the order, and still standing, by the service's own word.
    fn licences(&self, order: &Order) -> (usize, usize) {
        let licences = self.stack.world.licences();
        let ever = licences.licences.iter().filter(|known| known.order == order.id).count();
        (ever, licences.of(&order.id).count())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_is_delivered_and_taken_back_by_signed_calls() {
    let town = Town::open().await;
    let bought = town.buy("team-desktop").await;
    assert_eq!(town.state(&bought).await, "ready_to_use");
    assert_eq!((town.access(&bought), town.licences(&bought)), (DELIVERED, (1, 1)));
    assert_eq!(town.stack.world.licences().refused_signatures, 0);

    let payment = town.stack.world.stripe().intents[0].id.clone();
    let by_hand = format!("{}/stripe/hand", town.stack.places.world);
    town.post(&by_hand, FORM, format!("refund={payment}").as_bytes()).await;
    town.settle().await;
    assert_eq!((town.access(&bought), town.licences(&bought)), (NOTHING, (1, 0)));

    // Nobody else is served, and nothing is taken back for them.
    let forged = town
        .post(
            &format!("{}/licences/makegood/deliver", town.stack.places.world),
            "application/json",
            br#"{"type":"step.deliver","data":{"order":"ord_0"}}"#,
        )
        .await;
    assert_eq!(forged.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_licence_undoes_all_that_was_made_before_it() {
    let town = Town::open().await;
    town.set("licences-refuse");
    let order = town.buy("team-desktop").await;
    assert_eq!(town.money(&order), (60_000, 60_000));
    assert_eq!((town.access(&order), town.licences(&order)), (NOTHING, (0, 0)));
    let (_state, page) = town.reads(&order).await;
    assert!(page.starts_with("We have refunded £600.00"), "{page}");
    assert!(
        page.contains("The licence could not be set up because the other system refused it"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_and_a_death_make_no_second_licence() {
    let town = Town::open().await;
    town.set("licences-lose");
    let lost = town.buy("team-desktop").await;
    town.heals().await;
    assert_eq!(town.state(&lost).await, "ready_to_use");
    assert_eq!(town.licences(&lost), (1, 1));

    town.dies_after("provisioning", Act::Licences);
    let killed = town.buy_as("team-desktop", "al@example.com", "Red").await;
    town.heals().await;
    assert_eq!(town.state(&killed).await, "ready_to_use");
    assert_eq!(town.licences(&killed), (1, 1));

    town.dies_after("refund", Act::Licences);
    town.set("licences-well");
    let payment = town.stack.world.stripe().intents[1].id.clone();
    let by_hand = format!("{}/stripe/hand", town.stack.places.world);
    town.post(&by_hand, FORM, format!("refund={payment}").as_bytes()).await;
    town.heals().await;
    assert_eq!((town.access(&killed), town.licences(&killed)), (NOTHING, (1, 0)));
}
