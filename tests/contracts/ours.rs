//! Our own implementations, each alone and in time of its own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use local::clock::LocalClock;
use local::loopback::listen;
use local::poller::{Functions, Poller};
use local::sqs::{Sqs, arn};
use local::world::Busy;
use serde_json::Value;
use testkit::queues::{Queues, Settings};

use crate::suite::answers::{BODIES, Delivered, Mapping, Script};
use crate::suite::sqs::{self, Made, Queue};

/// The clock's file, gone with its owner.
struct ClockFile(PathBuf);

impl Drop for ClockFile {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.0);
    }
}

fn clock() -> (Arc<LocalClock>, ClockFile) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::SeqCst);
    let file = std::env::temp_dir().join(format!("makegood-contract-{}-{number}", std::process::id()));
    (
        Arc::new(LocalClock::new(file.clone()).expect("a clock")),
        ClockFile(file),
    )
}

pub(crate) struct OurSqs {
    sqs: Arc<Sqs>,
    clock: Arc<LocalClock>,
    endpoint: String,
    _file: ClockFile,
}

impl OurSqs {
    pub(crate) async fn start() -> Self {
        let (clock, file) = clock();
        let sqs = Sqs::new(Arc::clone(&clock), Queues::default(), Arc::default());
        let (listener, endpoint) = listen(0).await.expect("a port");
        let router = sqs.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            sqs,
            clock,
            endpoint,
            _file: file,
        }
    }
}

impl sqs::Sqs for OurSqs {
    fn peer(&self) -> String {
        "the local stack".to_owned()
    }

    fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    async fn queue(&self, name: &str, made: &Made) -> Queue {
        let redrive = made.redrive.as_ref().map(|(arn, count)| {
            let dead = arn.rsplit(':').next().unwrap_or_default();
            (dead.to_owned(), *count)
        });
        let settings = Settings {
            visibility_ms: made.visibility_s * 1_000,
            delay_ms: made.delay_s * 1_000,
            redrive,
        };
        self.sqs.queues().create(name, settings);
        Queue {
            url: format!("{}/000000000000/{name}", self.endpoint),
            arn: arn(name),
        }
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance(time).expect("the clock moves");
    }
}

/// A function that does what its script says.
struct Scripted {
    script: Script,
    seen: Mutex<Value>,
}

impl Functions for Scripted {
    async fn invoke(&self, _function: &str, payload: Vec<u8>, _limit: Duration) -> Result<Vec<u8>, String> {
        let event: Value = serde_json::from_slice(&payload).expect("an event");
        let answer = (self.script)(&event);
        *self.seen.lock().expect("not poisoned") = event;
        answer.map(String::into_bytes)
    }
}

pub(crate) struct OurPoller;

impl Mapping for OurPoller {
    fn peer(&self) -> String {
        "the local stack".to_owned()
    }

    async fn deliver(&self, name: &str, script: Script) -> Result<Delivered, String> {
        let (clock, _file) = clock();
        let mut queues = Queues::default();
        let settings = Settings {
            visibility_ms: 300_000,
            delay_ms: 0,
            redrive: None,
        };
        queues.create(name, settings);
        let sqs = Sqs::new(Arc::clone(&clock), queues, Arc::default());
        for body in BODIES {
            sqs.send(name, body);
        }
        let functions = Arc::new(Scripted {
            script,
            seen: Mutex::default(),
        });
        let poller = Poller {
            queue: name.to_owned(),
            batch: Arc::new(10.into()),
            function: "scripted".to_owned(),
            limit: Duration::from_secs(10),
            sqs: Arc::clone(&sqs),
            functions: Arc::clone(&functions),
            clock,
            busy: Busy::default(),
        };
        if poller.turn().await != BODIES.len() {
            return Err("that was not one batch".to_owned());
        }
        let mut left = sqs.queues().bodies(name);
        left.sort();
        let event = functions.seen.lock().expect("not poisoned").clone();
        Ok(Delivered { event, left })
    }
}
