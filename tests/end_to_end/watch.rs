//! The pages of whoever looks after the whole.

use crate::town::Town;

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_listed_and_a_message_that_died_for_good_is_not_well() {
    let town = Town::open().await;
    town.set("idp-down");
    let order = town.buy("team-year").await;
    town.hours(26).await;
    town.set("idp-well");
    let page = town.console(&format!("/orders/{}", order.id)).await;
    for shown in [
        "Setting up the account",
        "not before a person decides",
        "for 23 h",
        "<svg",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(page.contains("Hello Jo Doe,"), "a letter to copy");
    let reason = "The provider is back since noon.";
    town.decide(&order, "retry", reason).await;
    town.minutes(2).await;
    let audit = town.console("/audit").await;
    for shown in [reason, "Olu", "retry", &order.id, "£480.00", "<code>dec_"] {
        assert!(audit.contains(shown), "{shown}: {audit}");
    }

    let health = town.console("/health").await;
    assert!(health.contains("Our own house is in order"), "{health}");
    town.stack.sqs.send("CoordinationDeadQueue", "{}");
    let health = town.console("/health").await;
    assert!(health.contains("Something in our own house is not well"), "{health}");
    assert!(health.contains("<strong>1</strong>"), "{health}");
}
