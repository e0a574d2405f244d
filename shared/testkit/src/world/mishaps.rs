//! What can befall an act outside, and at which act it does. Off until a test says so; the same schedule gives the same
//! world.

use std::future::{pending, poll_fn};
use std::task::Poll;
use std::time::Duration;

use domain::Timestamp;

use super::{FakeWorld, State};

/// What our code does to the world outside its own memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// A conditional write of an order.
    Write,
    /// An order is read.
    Read,
    /// The brake or a breaker is read.
    ReadControl,
    /// The brake or a breaker is written.
    WriteControl,
    /// A nudge.
    Send,
    /// The sweeper claims an order.
    Claim,
    /// A call of Stripe, over the wire.
    Stripe,
    /// A page of one of Stripe's lists, over the wire.
    Lists,
    /// A call of the identity provider, over the wire.
    Identity,
    /// A call of the licence service, over the wire.
    Licences,
    /// A mail or an alert.
    Tell,
    /// A message to other systems.
    Announce,
}

/// What befalls one act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mishap {
    /// Not done, and that is known: no connection, an error of the store.
    Refused,
    /// Not done: asked to slow down.
    Throttled,
    /// Not done: understood and refused.
    Rejected,
    /// Not done, and answered 503, which says nothing about that.
    Unavailable,
    /// Not done, and no answer comes.
    LostBefore,
    /// Done, and no answer comes.
    LostAfter,
    /// No answer comes, and it is done much later after all.
    LandsLate,
    /// Not done, and answered 500; Stripe replays that under the same key.
    FailedBefore,
    /// Done, and answered 500; Stripe replays that under the same key.
    FailedAfter,
    /// Done, and the answer cannot be read.
    Garbled,
    /// Done, and it took long.
    Slow,
    /// Done, and it took longer than a lease.
    Stalled,
    /// Not done: whoever wanted it died before.
    KilledBefore,
    /// Done, and whoever wanted it died before the answer.
    KilledAfter,
    /// Whoever wants it freezes, others go on, and then it is done after all.
    FrozenBefore,
    /// Done; whoever wanted it freezes, others go on, and then the answer is taken up.
    FrozenAfter,
    /// Somebody else was faster.
    Outrun,
    /// Accepted, and never seen again.
    Gone,
    /// Done twice.
    Twice,
    /// Accepted, and seen much later.
    Late,
}

/// Longer than one call may take, shorter than a lease.
const SLOW: Duration = Duration::from_secs(25);
/// Longer than a lease.
const STALLED: Duration = Duration::from_secs(70);
/// Longer than a lease and than a message stays hidden, shorter than the provider is looked at after an unknown.
pub const FROZEN: Duration = Duration::from_secs(600);

const WIRE: &[Mishap] = &[
    Mishap::Refused,
    Mishap::Throttled,
    Mishap::Rejected,
    Mishap::Unavailable,
    Mishap::LostBefore,
    Mishap::LostAfter,
    Mishap::LandsLate,
    Mishap::FailedBefore,
    Mishap::FailedAfter,
    Mishap::Garbled,
    Mishap::Slow,
    Mishap::Stalled,
    Mishap::KilledBefore,
    Mishap::KilledAfter,
    Mishap::FrozenBefore,
    Mishap::FrozenAfter,
];

impl Act {
    pub const ALL: [Self; 12] = [
        Self::Write,
        Self::Read,
        Self::ReadControl,
        Self::WriteControl,
        Self::Send,
        Self::Claim,
        Self::Stripe,
        Self::Lists,
        Self::Identity,
        Self::Licences,
        Self::Tell,
        Self::Announce,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::ReadControl => "control read",
            Self::WriteControl => "control write",
            Self::Send => "send",
            Self::Claim => "claim",
            Self::Stripe => "stripe",
            Self::Lists => "lists",
            Self::Identity => "identity",
            Self::Licences => "licences",
            Self::Tell => "tell",
            Self::Announce => "announce",
        }
    }

    /// Everything that can befall such an act.
    pub fn mishaps(self) -> &'static [Mishap] {
        match self {
            Self::Write | Self::WriteControl => &[
                Mishap::Refused,
                Mishap::LostAfter,
                Mishap::Outrun,
                Mishap::Stalled,
                Mishap::KilledBefore,
                Mishap::KilledAfter,
                Mishap::FrozenBefore,
                Mishap::FrozenAfter,
            ],
            Self::Read | Self::ReadControl => &[
                Mishap::Refused,
                Mishap::Stalled,
                Mishap::KilledBefore,
                Mishap::FrozenBefore,
                Mishap::FrozenAfter,
            ],
            Self::Send => &[
                Mishap::Refused,
                Mishap::LostAfter,
                Mishap::Gone,
                Mishap::Twice,
                Mishap::Late,
                Mishap::KilledBefore,
                Mishap::KilledAfter,
            ],
            Self::Claim => &[
                Mishap::Refused,
                Mishap::LostAfter,
                Mishap::Outrun,
                Mishap::KilledBefore,
                Mishap::KilledAfter,
                Mishap::FrozenBefore,
                Mishap::FrozenAfter,
            ],
            Self::Stripe | Self::Lists | Self::Identity | Self::Licences => WIRE,
            Self::Tell | Self::Announce => &[
                Mishap::Refused,
                Mishap::Throttled,
                Mishap::Rejected,
                Mishap::LostBefore,
                Mishap::LostAfter,
                Mishap::Twice,
                Mishap::Slow,
                Mishap::Stalled,
                Mishap::KilledBefore,
                Mishap::KilledAfter,
                Mishap::FrozenBefore,
                Mishap::FrozenAfter,
            ],
        }
    }
}

/// At the `nth` act of this kind, counted from one, this happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strike {
    pub act: Act,
    pub nth: u64,
    pub mishap: Mishap,
}

/// Whatever changes something there meets this, for as long as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Wall {
    pub act: Act,
    /// Whether a call with this method and path runs into it.
    pub meets: fn(&str, &str) -> bool,
    pub mishap: Mishap,
}

/// How often each act was done so far, and what befalls which.
#[derive(Debug, Default)]
pub struct Schedule {
    counts: [u64; Act::ALL.len()],
    pub strikes: Vec<Strike>,
    pub walls: Vec<Wall>,
    /// Strikes that found their act.
    pub struck: u64,
    /// Whoever froze last thaws then; whoever runs the workers takes it.
    pub frozen_until: Option<Timestamp>,
    /// Some worker froze: what it does late was allowed to it earlier.
    pub ever_frozen: bool,
}

/// A call that will land, though nobody waits for it any more.
#[derive(Debug)]
pub(super) struct Landing {
    pub(super) at: Timestamp,
    pub(super) act: Act,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: Vec<u8>,
    pub(super) key: Option<String>,
    pub(super) if_match: Option<String>,
}

impl Schedule {
    pub fn count(&self, act: Act) -> u64 {
        self.counts[act as usize]
    }

    fn next(&mut self, act: Act) -> Option<Mishap> {
        let count = &mut self.counts[act as usize];
        *count += 1;
        let nth = *count;
        let strike = self
            .strikes
            .iter()
            .find(|strike| strike.act == act && strike.nth == nth)?;
        self.struck += 1;
        Some(strike.mishap)
    }

    pub(super) fn wall(&self, act: Act, method: &str, path: &str) -> Option<Mishap> {
        let met = |wall: &&Wall| wall.act == act && (wall.meets)(method, path);
        self.walls.iter().find(met).map(|wall| wall.mishap)
    }
}

impl State {
    /// When the next late call lands.
    pub fn next_landing(&self) -> Option<Timestamp> {
        self.landings.iter().map(|landing| landing.at).min()
    }

    /// Counts the act, and says what befalls it.
    pub(super) fn befalls(&mut self, act: Act) -> Option<Mishap> {
        self.schedule.next(act)
    }
}

impl FakeWorld {
    /// What keeps an act from being done: for a while, or for ever.
    pub(super) async fn before(&self, mishap: Option<Mishap>) {
        match mishap {
            Some(Mishap::KilledBefore) => pending().await,
            Some(Mishap::FrozenBefore) => self.freeze().await,
            Some(_) | None => {}
        }
    }

    /// What keeps whoever did it from learning of it: for a while, or for ever.
    pub(super) async fn after(&self, mishap: Option<Mishap>) {
        match mishap {
            Some(Mishap::KilledAfter) => pending().await,
            Some(Mishap::FrozenAfter) => self.freeze().await,
            Some(Mishap::Slow) => self.takes(SLOW),
            Some(Mishap::Stalled) => self.takes(STALLED),
            Some(_) | None => {}
        }
    }

    fn takes(&self, time: Duration) {
        let mut state = self.state();
        state.now = state.now.plus(time);
        state.schedule.ever_frozen |= time >= STALLED;
    }

    async fn freeze(&self) {
        let until = {
            let mut state = self.state();
            let until = state.now.plus(FROZEN);
            state.schedule.frozen_until = Some(until);
            state.schedule.ever_frozen = true;
            until
        };
        poll_fn(|_waker| {
            if self.state().now >= until {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}
