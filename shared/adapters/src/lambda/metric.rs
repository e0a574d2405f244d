//! What we count, by the names that alarms and dashboard in `infra/template.yaml` use too; a house test holds both against
//! each other.

/// What all our metrics stand under.
pub const NAMESPACE: &str = "Makegood";

/// Their one dimension: the stack's name, so that two stacks of one account are kept apart. A name means the same whichever
/// function counted it.
pub const DIMENSION: &str = "stack";

macro_rules! metrics {
    ($($(#[$meaning:meta])* $name:ident,)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Metric { $($(#[$meaning])* $name,)+ }

        impl Metric {
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// As CloudWatch knows it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }
        }
    };
}

metrics! {
    // Each is a heartbeat of its schedule: while it is silent, nobody does that work.
    SweeperRan,
    CatchUpRan,
    MoneyAuditRan,
    AccessAuditRan,
    WatchRan,
    HeartbeatRan,
    DigestRan,
    WeeklyRan,

    /// The one true invariant: money that we have, of an order that did not end, on which nobody works and of which nobody
    /// knows. By the audit of money.
    MoneyWithoutOutcome,
    /// Did not add up twice in a row: a person's case.
    PaymentsUnaccounted,
    PaymentsAudited,
    PaymentsUnread,
    MoneyAuditRoundEnded,

    /// How long the oldest order that somebody must look at has waited for it.
    OverdueOldestSeconds,
    OverdueClaimed,
    OverdueNudged,
    OverdueHeld,
    OverdueFailed,

    StripeBehindSeconds,
    StripeListsFailed,
    StripeEntriesRead,
    StripeEntriesMissed,
    StripeEntriesUnread,
    StripeEntriesHandedOver,
    StripeEventsNeverCame,
    StripeMoneyWithoutOrder,

    AccessAuditFailed,
    AccessAuditRoundEnded,
    OrdersAudited,
    ObjectsLeftOut,
    AccessDifferences,

    CasesOpened,
    /// A refund or a release of a hold did not work, or does not come to its end.
    RefundsFailed,
    /// The brake is on, and one case asks for all that wait.
    MassUndoAsked,
    /// More was left unsent in a day than the policy allows.
    IgnoreBudgetExceeded,
    /// A class of cases of which no other stood.
    ClassesRaised,

    PersonDecidedInOperation,
    LeftByOperation,
    OperationFailed,

    AlertsSaid,
    /// Owners were told that the policy answered something for the first time.
    FirstTimesSaid,
    FirstTimesFailed,
    AlertsEscalated,
    AlertsFailed,
    AlertsStanding,
    AlertsUnanswered,
    TestAlertSent,
    TestAlertFailed,
    /// For a day nobody has said that the test alert came.
    AlertsUnheard,
    DigestSent,
    DigestFailed,
    DigestPartial,
    WeeklySent,
    WeeklyFailed,
    WeeklyPartial,
    MessagesGivenUp,
    MailsCameBack,

    WebhookSignaturesRefused,
    /// Stripe heard no, and sends it again.
    WebhooksNotRecorded,
    /// A request that was answered with an error of ours.
    RequestsFailed,
    /// A message that comes again.
    RecordsFailed,
    NudgesNotSent,
    DeadLetters,
}
