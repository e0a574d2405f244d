//! How many messages each queue holds: for whoever looks after them.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::effect::Performer;
use flow::ports::Trouble;
use futures_util::future::try_join_all;

use crate::aws::{AwsConfig, because};
use crate::env::Env;
use crate::http::Http;
use crate::sqs;

pub struct DepthsConfig {
    aws: AwsConfig,
    /// What it is called, and the addresses of the fresh queue, the delay queue and the one for dead letters.
    queues: Vec<(&'static str, [Option<String>; 3])>,
}

impl DepthsConfig {
    pub fn read(env: &Env) -> Self {
        let of = |performer: Performer| {
            let urls = sqs::names(performer).map(|name| Some(env.text(name)));
            (performer.name(), urls)
        };
        let last = (
            "coordination",
            [None, None, Some(env.text("MAKEGOOD_QUEUE_COORDINATION_DEAD"))],
        );
        Self {
            aws: AwsConfig::read(env),
            queues: Performer::ALL.into_iter().map(of).chain([last]).collect(),
        }
    }
}

/// What one performer's queues hold. SQS counts about right.
pub struct Depth {
    pub name: &'static str,
    /// Fresh, delayed, dead; none: there is no such queue.
    pub counts: [Option<u64>; 3],
}

pub struct Depths {
    client: Client,
    queues: Vec<(&'static str, [Option<String>; 3])>,
}

impl Depths {
    pub fn new(config: DepthsConfig, http: &Http) -> Self {
        Self {
            client: sqs::client(&config.aws, http),
            queues: config.queues,
        }
    }

    /// All queues, asked at once.
    ///
    /// # Errors
    /// When SQS does not say.
    pub async fn ask(&self) -> Result<Vec<Depth>, Trouble> {
        let all = self.queues.iter().map(async |(name, urls)| {
            let counts = try_join_all(urls.iter().map(|url| self.count(url.as_deref()))).await?;
            let counts = counts.try_into().unwrap_or([None; 3]);
            Ok(Depth { name, counts })
        });
        try_join_all(all).await
    }

    /// Visible, delayed and in somebody's hands.
    async fn count(&self, url: Option<&str>) -> Result<Option<u64>, Trouble> {
        const PARTS: [QueueAttributeName; 3] = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let Some(url) = url else { return Ok(None) };
        let trouble = |because| Trouble {
            wanted: "ask how many messages there are",
            because,
        };
        let asked = self.client.get_queue_attributes().queue_url(url);
        let asked = asked.set_attribute_names(Some(PARTS.to_vec()));
        let answer = asked.send().await.map_err(|failed| trouble(because(&failed)))?;
        let count = |part: &QueueAttributeName| answer.attributes()?.get(part)?.parse::<u64>().ok();
        let counts: Option<Vec<u64>> = PARTS.iter().map(count).collect();
        let counts = counts.ok_or_else(|| trouble("it named no number".to_owned()))?;
        Ok(Some(counts.iter().sum()))
    }
}
