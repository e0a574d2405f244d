//! ministack keeps the contracts of store, queues and nudges, but for what it is known to do otherwise.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use local::tools::python;

use crate::started::{Started, free_port};
use crate::suite;
use crate::suite::sqs::{self, Made, Queue};
use crate::suite::table::Dynamodb;

const VERSION: &str = "1.5.33";

pub(crate) struct Ministack {
    pub(crate) running: Started,
    pub(crate) url: String,
    pub(crate) sqs: Client,
}

impl Ministack {
    pub(crate) fn start() -> Self {
        let python = python("ministack", &[&Self::package()]).expect("ministack");
        let port = free_port();
        let (python, shown) = (python.display().to_string(), port.to_string());
        let environment = [
            ("BIND_HOST", "127.0.0.1"),
            ("GATEWAY_PORT", shown.as_str()),
            ("MINISTACK_REGION", "eu-central-1"),
        ];
        let running = Started::new("ministack", &[&python, "-m", "ministack"], &environment, port);
        let url = format!("http://127.0.0.1:{port}");
        Self {
            running,
            sqs: sqs::client(&url),
            url,
        }
    }

    /// For pip.
    pub(crate) fn package() -> String {
        format!("ministack=={VERSION}")
    }

    pub(crate) fn name() -> String {
        format!("ministack {VERSION}")
    }
}

impl sqs::Sqs for Ministack {
    fn peer(&self) -> String {
        Self::name()
    }

    fn endpoint(&self) -> String {
        self.url.clone()
    }

    async fn queue(&self, name: &str, made: &Made) -> Queue {
        let mut asked = self
            .sqs
            .create_queue()
            .queue_name(name)
            .attributes(QueueAttributeName::VisibilityTimeout, made.visibility_s.to_string())
            .attributes(QueueAttributeName::DelaySeconds, made.delay_s.to_string());
        if let Some((arn, count)) = &made.redrive {
            let policy = serde_json::json!({ "deadLetterTargetArn": arn, "maxReceiveCount": count });
            asked = asked.attributes(QueueAttributeName::RedrivePolicy, policy.to_string());
        }
        let url = asked.send().await.expect("a queue").queue_url.expect("its address");
        let named = self.sqs.get_queue_attributes().queue_url(&url);
        let named = named.attribute_names(QueueAttributeName::QueueArn).send().await;
        let arn = named.expect("its attributes").attributes.unwrap_or_default();
        let arn = arn.get(&QueueAttributeName::QueueArn).expect("its ARN").clone();
        Queue { url, arn }
    }

    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ministack_keeps_the_contract_of_sqs_but_for_three_checks() {
    let at = Ministack::start();
    suite::queues::check(&at).await.end(&[
        (
            "an old receipt handle is no error",
            "if you use an old ReceiptHandle, the request will succeed, but the message might not be deleted",
        ),
        (
            "no delay is longer than 900 s",
            "DelaySeconds: valid values are 0 to 900, the maximum is 15 minutes",
        ),
        (
            "dead letters move back with new ids",
            "StartMessageMoveTask moves messages back; they get a new messageID and enqueueTime",
        ),
    ]);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_nudges_arrive_at_ministack() {
    let at = Ministack::start();
    suite::courier::check(&at).await.end(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ministack_keeps_the_stores_contract() {
    let at = Ministack::start();
    let store = Dynamodb::new(&Ministack::name(), &at.url);
    suite::store::check(&store).await.end(&[]);
}
