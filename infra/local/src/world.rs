//! Everything outside the functions that is not AWS: Stripe, the identity provider, a licence service, mail, alerts
//! and announcements, with their pages; and the secrets that open them.

pub mod alerts;
pub mod announcements;
pub mod identity;
pub mod licences;
pub mod mail;
pub mod page;
pub mod panel;
pub mod secrets;
pub mod stripe;
pub mod webhooks;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use desk::access::{Actor, For, PASS_LASTS, Role, Signed};
use domain::Timestamp;
use testkit::identity::Directory;
use testkit::licences::Licences;
use testkit::mail::Mail;
use testkit::stripe::Stripe;
use tokio::sync::watch;

use crate::clock::LocalClock;
use crate::dynamodb::Dynamodb;
use crate::kills::Kills;
use crate::sqs::Sqs;
use alerts::Alert;
use announcements::{Announcement, Topic};
use mail::Mailer;
use secrets::Secrets;
use webhooks::{Deliveries, Mode};

/// Counts what is going on, so that one can wait for it to end.
#[derive(Clone, Default)]
pub struct Busy(Arc<watch::Sender<usize>>);

pub struct BusyGuard(Arc<watch::Sender<usize>>);

impl Busy {
    pub fn begin(&self) -> BusyGuard {
        self.0.send_modify(|count| *count += 1);
        BusyGuard(Arc::clone(&self.0))
    }

    pub fn watch(&self) -> watch::Receiver<usize> {
        self.0.subscribe()
    }
}

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

pub struct World {
    pub clock: Arc<LocalClock>,
    pub busy: Busy,
    /// Jumps of time that each schedule has not answered yet.
    jumps: Mutex<Vec<Arc<AtomicU32>>>,
    paused: Mutex<Vec<&'static str>>,
    stripe: Mutex<Stripe>,
    stripe_changed: watch::Sender<u64>,
    pub(crate) deliveries: Mutex<Deliveries>,
    directory: Mutex<Directory>,
    licences: Mutex<Licences>,
    mails: Mutex<Vec<Mail>>,
    mailer: Mutex<Mailer>,
    alerts: Mutex<Vec<Alert>>,
    test_alerts: Mutex<Vec<Alert>>,
    notes: Mutex<Vec<Alert>>,
    escalations: Mutex<Vec<Alert>>,
    announcements: Mutex<Vec<Announcement>>,
    topic: Mutex<Topic>,
    secrets: Mutex<Secrets>,
    /// Where it all runs, once it does.
    pub places: OnceLock<Places>,
    /// Functions that are killed at an act outside.
    pub kills: Arc<Kills>,
    /// AWS's side, to be broken from the panel.
    pub(crate) aws: OnceLock<(Arc<Sqs>, Arc<Dynamodb>)>,
}

/// Addresses for people and tests.
#[derive(Clone, Debug)]
pub struct Places {
    /// Shop, webhook and console.
    pub shop: String,
    /// Start page, Stripe, identity provider, mails, alerts, announcements.
    pub world: String,
    /// Signs what opens the console.
    pub console_secret: String,
}

impl Places {
    /// An address that opens the console once, for somebody of that role.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn pass(&self, role: Role, now: i64) -> Result<String, String> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(|wrong| wrong.to_string())?;
        let name = match role {
            Role::Viewer => "Vera",
            Role::Finance => "Fay",
            Role::Operator => "Olu",
        };
        let until = Timestamp(now).plus(PASS_LASTS);
        let pass = Signed::new(
            Actor {
                name: name.to_owned(),
                role,
            },
            until,
            u128::from_le_bytes(bits),
        );
        let text = pass.text(For::Pass, &self.console_secret);
        Ok(format!("{}/console?pass={text}", self.shop))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub fn new(clock: Arc<LocalClock>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            busy: Busy::default(),
            jumps: Mutex::default(),
            paused: Mutex::default(),
            stripe: Mutex::default(),
            stripe_changed: watch::Sender::new(0),
            deliveries: Mutex::default(),
            directory: Mutex::default(),
            licences: Mutex::default(),
            mails: Mutex::default(),
            mailer: Mutex::default(),
            alerts: Mutex::default(),
            test_alerts: Mutex::default(),
            notes: Mutex::default(),
            escalations: Mutex::default(),
            announcements: Mutex::default(),
            topic: Mutex::default(),
            secrets: Mutex::default(),
            places: OnceLock::new(),
            kills: Arc::default(),
            aws: OnceLock::new(),
        })
    }

    /// Stripe's side; whatever happened there is noticed when the guard is gone.
    pub fn stripe(&self) -> MutexGuard<'_, Stripe> {
        lock(&self.stripe)
    }

    pub(crate) fn stripe_moved(&self) {
        self.stripe_changed.send_modify(|count| *count += 1);
    }

    pub fn directory(&self) -> MutexGuard<'_, Directory> {
        lock(&self.directory)
    }

    pub fn licences(&self) -> MutexGuard<'_, Licences> {
        lock(&self.licences)
    }

    pub fn mails(&self) -> MutexGuard<'_, Vec<Mail>> {
        lock(&self.mails)
    }

    pub fn alerts(&self) -> MutexGuard<'_, Vec<Alert>> {
        lock(&self.alerts)
    }

    /// Those that find out whether alerts are heard: they come each day, whatever happens to orders.
    pub fn test_alerts(&self) -> MutexGuard<'_, Vec<Alert>> {
        lock(&self.test_alerts)
    }

    /// That the policy answered something for the first time: nobody has to do anything.
    pub fn notes(&self) -> MutexGuard<'_, Vec<Alert>> {
        lock(&self.notes)
    }

    /// Those that nobody answered, as the next level gets them.
    pub fn escalations(&self) -> MutexGuard<'_, Vec<Alert>> {
        lock(&self.escalations)
    }

    pub fn announcements(&self) -> MutexGuard<'_, Vec<Announcement>> {
        lock(&self.announcements)
    }

    pub fn webhooks(&self, mode: Mode) {
        lock(&self.deliveries).mode = mode;
    }

    /// Moves time; what is due by then happens.
    ///
    /// # Errors
    /// When the functions' clock file cannot be written.
    pub fn advance(&self, by: Duration) -> std::io::Result<()> {
        for schedule in lock(&self.jumps).iter() {
            schedule.fetch_add(1, Ordering::SeqCst);
        }
        self.clock.advance(by)?;
        self.stripe().expire_overdue(self.clock.now_ms());
        self.stripe_moved();
        Ok(())
    }

    /// Nothing is under way, and no jump of time waits to be answered.
    pub(crate) fn quiet(&self) -> bool {
        let answered = |jumps: &Arc<AtomicU32>| jumps.load(Ordering::SeqCst) == 0;
        *self.busy.0.borrow() == 0 && lock(&self.jumps).iter().all(answered) && self.webhooks_due() == 0
    }

    /// From now on this schedule comes no more: what only it would find stays unfound.
    pub fn pause(&self, schedule: &'static str) {
        lock(&self.paused).push(schedule);
    }

    pub(crate) fn is_paused(&self, input: &str) -> bool {
        lock(&self.paused).iter().any(|schedule| input.contains(schedule))
    }

    /// For one schedule more.
    pub(crate) fn count_jumps(&self) -> Arc<AtomicU32> {
        let jumps = Arc::default();
        lock(&self.jumps).push(Arc::clone(&jumps));
        jumps
    }

    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .merge(panel::router())
            .merge(stripe::router())
            .merge(identity::router())
            .merge(licences::router())
            .merge(mail::router())
            .merge(alerts::router())
            .merge(announcements::router())
            .merge(secrets::router())
            .route("/enter/{role}", get(enter))
            .with_state(Arc::clone(self))
    }
}

/// Sends whoever asks into the console with a pass of their own: this machine's owner may have any role.
async fn enter(State(world): State<Arc<World>>, Path(role): Path<String>) -> Response {
    let (Some(role), Some(places)) = (Role::parse(&role), world.places.get()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match places.pass(role, world.clock.now_ms()) {
        Ok(address) => Redirect::to(&address).into_response(),
        Err(why) => (StatusCode::INTERNAL_SERVER_ERROR, why).into_response(),
    }
}
