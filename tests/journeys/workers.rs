//! Whoever runs the functions: the event source mapping, the minute's schedule, and those of them who freeze.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use adapters::lambda::queue::{Record, each, nudged};
use domain::Timestamp;
use domain::bookmark::Bookmark;
use domain::effect::Performer;
use testkit::world::{Kind, queue};

use crate::journey::{CATCH_UP, Journey};
use crate::mailroom::Parcel;

const ACKNOWLEDGE_WITHIN: Duration = Duration::from_secs(3_600);

/// A handler at work; it tells whether it did what it was woken for. Nothing in it ever waits: if it does not end at
/// once, it was killed or is frozen.
pub(crate) type Work = Pin<Box<dyn Future<Output = bool>>>;

/// What a worker was woken for.
pub(crate) enum Errand {
    Message { queue: &'static str, receipt: String },
    Parcel(Parcel),
    Schedule,
}

/// A worker that will go on where it stopped.
pub(crate) struct Frozen {
    work: Work,
    errand: Errand,
    pub(crate) until: Timestamp,
}

impl Journey {
    /// Runs a worker until it ends, dies or freezes.
    pub(crate) fn starts(&mut self, mut work: Work, errand: Errand) {
        let came = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let frozen_until = self.world.state().schedule.frozen_until.take();
        match (came, frozen_until) {
            (Poll::Ready(ok), _) => self.ends_errand(errand, ok),
            (Poll::Pending, Some(until)) => self.frozen.push(Frozen { work, errand, until }),
            // Killed: its message comes again, Stripe heard nothing, and the next minute has its own sweep.
            (Poll::Pending, None) => self.ends_errand(errand, false),
        }
        self.observe();
    }

    fn ends_errand(&mut self, errand: Errand, ok: bool) {
        match errand {
            Errand::Message { queue, receipt } => {
                if ok {
                    self.world.state().queues.delete(queue, &receipt).expect("the queue");
                }
            }
            Errand::Parcel(parcel) => self.signed_for(parcel, ok),
            Errand::Schedule => {}
        }
    }

    /// Whoever may go on by now, goes on; tells whether there was anybody.
    fn thaws(&mut self) -> bool {
        let now = self.world.state().now;
        let Some(at) = self.frozen.iter().position(|frozen| frozen.until <= now) else {
            return false;
        };
        let Frozen { work, errand, .. } = self.frozen.remove(at);
        self.starts(work, errand);
        true
    }

    /// One message of each queue, as the event source mapping hands them over.
    pub(crate) fn polls(&mut self) -> bool {
        let mut any = self.thaws();
        let waits = {
            let state = self.world.state();
            state.queues.next_visible().is_some_and(|at| at <= state.now.0)
        };
        if !waits {
            return any;
        }
        for performer in Performer::ALL {
            for kind in Kind::ALL {
                any |= self.poll(performer, kind);
                self.provokes();
            }
        }
        any
    }

    fn poll(&mut self, performer: Performer, kind: Kind) -> bool {
        let queue = queue(performer, kind);
        let received = {
            let mut state = self.world.state();
            let now = state.now.0;
            state.queues.receive(queue, 1, now).expect("the queue")
        };
        let Some(message) = received.into_iter().next() else {
            return false;
        };
        let record = Record {
            message_id: message.id,
            body: message.body,
            source: format!("arn:aws:sqs:eu-central-1:0:{queue}"),
            ..Record::default()
        };
        let work = if kind == Kind::Dead {
            self.coordinates(record)
        } else {
            self.performs(performer, record)
        };
        let receipt = message.receipt.unwrap_or_default();
        self.world.state().queues.chain = message.chain;
        self.starts(work, Errand::Message { queue, receipt });
        self.world.state().queues.chain = 0;
        true
    }

    fn performs(&self, performer: Performer, record: Record) -> Work {
        let (world, house) = (self.world.clone(), self.house.clone());
        Box::pin(async move {
            let (world, systems, stripe) = (&world, &house.systems, &house.stripe);
            let records = [record];
            let on_record = async |record: &Record| match performer {
                Performer::Provisioning => {
                    nudged(record, async |nudge| provisioning::handle(world, systems, nudge).await).await
                }
                Performer::Capture => nudged(record, async |nudge| capture::handle(world, stripe, nudge).await).await,
                Performer::Refund => {
                    nudged(record, async |nudge| {
                        refund::handle(world, house.limits, systems, stripe, nudge).await
                    })
                    .await
                }
                Performer::Notification => {
                    nudged(record, async |nudge| notification::handle(world, world, nudge).await).await
                }
                Performer::Reconciliation => {
                    nudged(record, async |nudge| reconciliation::handle(world, stripe, nudge).await).await
                }
            };
            let answer = each("journey", &records, &on_record).await;
            answer.batch_item_failures.is_empty()
        })
    }

    fn coordinates(&self, record: Record) -> Work {
        let world = self.world.clone();
        Box::pin(async move {
            let records = [record];
            let on_record = async |record: &Record| {
                let handled = coordination::handle(&world, record).await;
                handled.map(|_rearmed| ()).map_err(|trouble| trouble.to_string())
            };
            let answer = each("journey", &records, &on_record).await;
            answer.batch_item_failures.is_empty()
        })
    }

    /// The minute's schedule.
    pub(crate) fn sweeps(&mut self) {
        self.swept_at = self.world.state().now;
        if self.broken.no_sweeps {
            return;
        }
        for _ in 0..=u8::from(self.broken.two_sweepers) {
            self.schedules("sweep");
        }
        self.observe();
    }

    /// Every ten minutes.
    pub(crate) fn catches_up(&mut self) {
        let now = self.world.state().now;
        if now.since(self.caught_up.0) < CATCH_UP {
            return;
        }
        if !self.broken.no_catch_up {
            self.schedules("catch_up");
        }
        let state = self.world.state();
        // What was not read to its end is read on in ten minutes.
        let all = state.control::<Bookmark>().behind(now).is_zero();
        let read = if all { state.stripe.events.len() } else { usize::MAX };
        self.caught_up = (now, read);
        drop(state);
        self.observe();
        if !self.broken.no_audits {
            self.schedules("audit_money");
            self.schedules("audit_access");
            self.observe();
        }
        self.schedules("watch");
        self.observe();
    }

    fn schedules(&mut self, schedule: &'static str) {
        let (world, house) = (self.world.clone(), self.house.clone());
        let work: Work = Box::pin(async move {
            if schedule == "watch" {
                let ran = notification::handler::on_schedule(&world, &world, ACKNOWLEDGE_WITHIN, schedule).await;
                return ran.is_ok();
            }
            if schedule == "audit_access" {
                let ran = provisioning::handler::on_schedule(&world, &house.systems, schedule).await;
                return ran.is_ok();
            }
            let ran = reconciliation::handler::on_schedule(&world, &house.stripe, schedule).await;
            ran.is_ok()
        });
        self.starts(work, Errand::Schedule);
    }
}
