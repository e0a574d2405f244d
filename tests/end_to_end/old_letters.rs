//! Dead letters that somebody moves back to their queues ten days later: what is owed is done or left to a person, and
//! nothing is done twice.

use std::time::Duration;

use crate::town::{Order, Town};

const NOTHING: (usize, usize, usize) = (0, 0, 0);
const DELIVERED: (usize, usize, usize) = (1, 1, 1);
const DAY: Duration = Duration::from_secs(86_400);
const PERFORMERS: [&str; 5] = ["Provisioning", "Refund", "Capture", "Notification", "Reconciliation"];

impl Town {
    /// An order for each queue, whose messages have all died; the table is away, and nobody looks at the dead.
    async fn with_letters_of_each_queue(&self) -> Vec<Order> {
        let hold = |performer: &str| {
            for kind in ["Queue", "DelayQueue"] {
                self.stack.sqs.hold(&format!("{performer}{kind}"));
            }
        };
        for performer in PERFORMERS {
            self.stack.sqs.hold(&format!("{performer}DeadQueue"));
        }
        hold("Notification");
        let told = self.buy_as("solo-year", "told@example.com", "").await;
        hold("Capture");
        let taken = self.buy_as("team-on-delivery", "taken@example.com", "Red").await;
        hold("Refund");
        self.set("idp-teams");
        let undone = self.buy_as("team-year", "undone@example.com", "Blue").await;
        self.set("idp-well");
        hold("Provisioning");
        let delivered = self.buy_as("team-year", "delivered@example.com", "Green").await;
        hold("Reconciliation");
        self.stack.world.pause("catch_up");
        self.set("webhooks-drop");
        let asked = self.buy_as("team-year", "asked@example.com", "White").await;
        self.later(Duration::from_secs(900), 1).await;
        self.set("webhooks-well");
        self.set("table-down");
        for performer in PERFORMERS {
            self.stack.sqs.release(&format!("{performer}Queue"));
            self.stack.sqs.release(&format!("{performer}DelayQueue"));
        }
        self.later(Duration::from_secs(310), 6).await;
        for performer in PERFORMERS {
            let dead = self.stack.sqs.queues().bodies(&format!("{performer}DeadQueue"));
            assert!(!dead.is_empty(), "no message of {performer} died");
        }
        vec![told, taken, undone, delivered, asked]
    }

    async fn moves_the_letters_back(&self) {
        for performer in PERFORMERS {
            let (dead, source) = (format!("{performer}DeadQueue"), format!("{performer}Queue"));
            let now = self.stack.world.clock.now_ms();
            let moved = self.stack.sqs.queues().redrive(&dead, Some(&source), now);
            assert!(moved.is_ok_and(|moved| moved > 0), "{performer}");
            // What wakes the pollers.
            self.stack.sqs.release(&dead);
        }
        self.settle().await;
    }

    fn written(&self) -> u64 {
        let calls = self.stack.dynamodb.calls();
        let writes = ["PutItem", "TransactWriteItems", "UpdateItem"];
        writes.iter().filter_map(|operation| calls.get(*operation)).sum()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_moved_back_after_ten_days_find_nothing_left_to_do() {
    let town = Town::open().await;
    let orders = town.with_letters_of_each_queue().await;
    town.set("aws-well");
    town.minutes(20).await;
    town.later(DAY, 10).await;
    for (order, delivered, money) in [
        (&orders[0], (1, 0, 0), (12_000, 0)),
        (&orders[1], DELIVERED, (48_000, 0)),
        (&orders[2], NOTHING, (48_000, 48_000)),
        (&orders[3], DELIVERED, (48_000, 0)),
        (&orders[4], DELIVERED, (48_000, 0)),
    ] {
        assert_eq!((town.access(order), town.money(order)), (delivered, money));
    }
    let (before, written) = (town.partners(), town.written());
    town.moves_the_letters_back().await;
    assert_eq!(town.partners(), before);
    assert_eq!(town.written(), written, "nothing was owed, so nothing is written");
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_moved_back_after_ten_days_do_what_is_owed_and_nothing_twice() {
    let town = Town::open().await;
    let orders = town.with_letters_of_each_queue().await;
    town.later(DAY, 10).await;
    let made = |town: &Town| {
        let directory = town.stack.world.directory();
        (directory.users.len(), directory.groups.len())
    };
    // The one whose mail is missing, the one who has not paid, the one without a team.
    assert_eq!(made(&town), (3, 1));
    town.set("aws-well");
    town.moves_the_letters_back().await;
    let ends = [
        ("told", (1, 0, 0), (12_000, 0), "Your account is ready"),
        // The bank has let the hold go meanwhile: what was made for it goes too.
        ("taken", NOTHING, (0, 0), "You have not been charged"),
        (
            "undone",
            NOTHING,
            (48_000, 48_000),
            "We could not set up your team, so we are refunding you £480.00",
        ),
        ("delivered", DELIVERED, (48_000, 0), "Your team is ready"),
        ("asked", DELIVERED, (48_000, 0), "Your team is ready"),
    ];
    // At once by the letters, and nothing comes after them.
    for days in 0..3 {
        for (order, (name, access, money, mail)) in orders.iter().zip(ends) {
            assert_eq!(
                (town.access(order), town.money(order)),
                (access, money),
                "{name}, {days} days on"
            );
            assert_eq!(town.mails_to(&format!("{name}@example.com")), [mail], "{days} days on");
        }
        assert_eq!((made(&town), town.stack.world.stripe().refunds.len()), ((5, 3), 1));
        town.later(DAY, 1).await;
    }
    assert!(town.console("").await.contains("Nothing waits for you"));
}
