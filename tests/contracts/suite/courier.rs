//! The contract of our nudges: our adapter and an SQS behind it, through the port.

use std::ops::RangeInclusive;
use std::time::Duration;

use adapters::aws::AwsConfig;
use adapters::env::Env;
use adapters::http::Http;
use adapters::sqs::{Nudge, Queues, QueuesConfig};
use aws_sdk_sqs::Client;
use domain::effect::Performer;
use domain::id::OrderId;
use flow::ports::{Courier as _, Trouble, When};
use futures_util::future::join_all;

use super::orders::EMAIL;
use super::report::{Checked, Report, holds, same};
use super::sqs::{Made, NO_QUEUE, Queue, Sqs, bodies, client, counts};
use super::store::said;
use super::wire::{Fault, Wire};

const CALLS_MAX: u32 = 3;

/// The two queues of one performer, for one check.
struct Post {
    endpoint: String,
    fresh: Queue,
    delay: Queue,
    sdk: Client,
}

impl Post {
    async fn open(at: &impl Sqs, name: &str) -> Self {
        Self {
            endpoint: at.endpoint(),
            fresh: at.queue(&format!("Nudge{name}"), &Made::hiding(60)).await,
            delay: at.queue(&format!("Nudge{name}Delay"), &Made::hiding(60)).await,
            sdk: client(&at.endpoint()),
        }
    }

    fn adapter(&self, http: &Http) -> Queues {
        let mut pairs = vec![
            ("AWS_REGION".to_owned(), "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID".to_owned(), "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "local".to_owned()),
            ("AWS_ENDPOINT_URL_SQS".to_owned(), self.endpoint.clone()),
        ];
        for performer in Performer::ALL {
            let variable = format!("MAKEGOOD_QUEUE_{}", performer.name().to_uppercase());
            pairs.push((format!("{variable}_DELAY"), self.delay.url.clone()));
            pairs.push((variable, self.fresh.url.clone()));
        }
        let env = Env::from_pairs(pairs);
        let queues = Queues::new(QueuesConfig::read(&env), &AwsConfig::read(&env), http);
        env.verdict().expect("configured");
        queues
    }

    async fn nudge(&self, http: &Http, when: When) -> Result<(), Trouble> {
        self.adapter(http).nudge(Performer::Refund, &order(), when).await
    }

    /// How many nudges are in the fresh queue; nothing else may be.
    async fn nudges(&self) -> Result<usize, String> {
        let bodies = bodies(&self.sdk, &self.fresh).await?;
        for body in &bodies {
            same("the nudge", &Nudge::parse(body)?, &Nudge { order: order() })?;
        }
        Ok(bodies.len())
    }
}

fn order() -> OrderId {
    OrderId::new("ord_3f9a21c4")
}

pub(crate) async fn check(at: &impl Sqs) -> Report {
    let mut report = Report::new("nudges", &at.peer());
    report.add("at once", at_once(at).await);
    report.add("later, by the delay queue", later(at).await);
    report.add("behind what is new, and counted", behind(at).await);
    report.add("no later than 15 minutes", latest(at).await);
    report.add("to a queue that is not there", nowhere(at).await);
    let runs = faults().into_iter().map(|fault| befallen(at, fault));
    for (name, outcome) in join_all(runs).await {
        report.add(name, outcome);
    }
    report
}

/// A fault, how often it befalls, whether all is good in the end, and how many nudges lie there: two are as good as one.
type Befalls = (&'static str, Fault, u32, bool, RangeInclusive<usize>);

fn faults() -> [Befalls; 9] {
    const ALWAYS: u32 = u32::MAX;
    let throttled = || Fault::code("RequestThrottled");
    [
        ("throttled once", throttled(), 1, true, 1..=1),
        ("throttled", throttled(), ALWAYS, false, 0..=0),
        ("500 once", Fault::Broken, 1, true, 1..=1),
        ("500", Fault::Broken, ALWAYS, false, 0..=0),
        ("lost once", Fault::Lost, 1, true, 1..=1),
        ("reply lost once", Fault::LostAfter, 1, true, 1..=2),
        ("every reply lost", Fault::LostAfter, ALWAYS, false, 1..=3),
        ("500 after it was done", Fault::BrokenAfter, 1, true, 1..=2),
        ("reply garbled", Fault::GarbledAfter, 1, false, 1..=1),
    ]
}

async fn befallen(at: &impl Sqs, (name, fault, times, good, there): Befalls) -> (&'static str, Checked) {
    let post = Post::open(at, &name.replace(' ', "-")).await;
    let wire = Wire::new(fault, times);
    let outcome = post.nudge(&wire.http(), When::Now).await;
    let checked = async {
        let because = outcome.as_ref().err().map(|trouble| trouble.because.clone());
        let because = because.unwrap_or_default();
        same("good", &outcome.is_ok(), &good)?;
        holds(!because.contains(EMAIL), || format!("the log learns: {because}"))?;
        holds(wire.counts().0 <= CALLS_MAX, || format!("{} calls", wire.counts().0))?;
        let nudges = post.nudges().await?;
        holds(there.contains(&nudges), || {
            format!("{nudges} nudges instead of {there:?}")
        })
    };
    (name, checked.await)
}

fn plain() -> Result<Http, String> {
    Http::new(None)
}

async fn at_once(at: &impl Sqs) -> Checked {
    let post = Post::open(at, "Fresh").await;
    post.nudge(&plain()?, When::Now).await.map_err(said)?;
    same("nudges", &post.nudges().await?, &1)?;
    same("the delay queue", &counts(&post.sdk, &post.delay).await?, &[0, 0, 0])
}

async fn later(at: &impl Sqs) -> Checked {
    let post = Post::open(at, "Later").await;
    // Seconds are rounded up: too early, it would find nothing to do.
    post.nudge(&plain()?, When::Later(Duration::from_millis(1_200)))
        .await
        .map_err(said)?;
    same("the delay queue", &counts(&post.sdk, &post.delay).await?, &[0, 0, 1])?;
    at.pass(Duration::from_millis(2_200)).await;
    same("after 2 s", &bodies(&post.sdk, &post.delay).await?.len(), &1)?;
    same("the fresh queue", &counts(&post.sdk, &post.fresh).await?, &[0, 0, 0])
}

async fn behind(at: &impl Sqs) -> Checked {
    let post = Post::open(at, "Behind").await;
    let waiting = async || {
        let adapter = post.adapter(&plain()?);
        adapter.waiting(Performer::Refund).await.map_err(said)
    };
    same("waiting at first", &waiting().await?, &0)?;
    for when in [
        When::Later(Duration::ZERO),
        When::Later(Duration::from_secs(60)),
        When::Now,
    ] {
        post.nudge(&plain()?, when).await.map_err(said)?;
    }
    same("waiting", &waiting().await?, &1)?;
    same("the delay queue", &counts(&post.sdk, &post.delay).await?, &[1, 0, 1])
}

async fn latest(at: &impl Sqs) -> Checked {
    let post = Post::open(at, "Latest").await;
    let wire = Wire::new(Fault::Lost, 0);
    post.nudge(&wire.http(), When::Later(Duration::from_secs(7_200)))
        .await
        .map_err(said)?;
    same("calls and done", &wire.counts(), &(1, 1))?;
    same("the delay queue", &counts(&post.sdk, &post.delay).await?, &[0, 0, 1])
}

async fn nowhere(at: &impl Sqs) -> Checked {
    let mut post = Post::open(at, "Nowhere").await;
    post.fresh.url.push_str("-not-there");
    let trouble = post.nudge(&plain()?, When::Now).await.err().ok_or("it was taken")?;
    same("because", &trouble.because.as_str(), &NO_QUEUE)
}
