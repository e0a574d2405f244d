//! A DynamoDB somewhere on this machine, and our adapter in front of it.

use std::time::Duration;

use adapters::aws::AwsConfig;
use adapters::dynamodb::{Table, TableConfig};
use adapters::env::Env;
use adapters::http::Http;
use local::client::{Answer, Client};
use local::template::Template;
use serde_json::{Value, json};

pub(crate) const REGION: &str = "eu-central-1";

pub(crate) struct Dynamodb {
    /// Name and version.
    pub(crate) peer: String,
    pub(crate) url: String,
    http: Http,
    raw: Client,
}

impl Dynamodb {
    pub(crate) fn new(peer: &str, url: &str) -> Self {
        Self {
            peer: peer.to_owned(),
            url: url.to_owned(),
            http: Http::new(None).expect("an HTTP client"),
            raw: Client::new(Duration::from_secs(10)),
        }
    }

    /// A new table of the template's shape.
    pub(crate) async fn fresh(&self, name: &str) -> Table {
        let mut request = Template::read().expect("the template").table;
        request["TableName"] = json!(name);
        let answer = self.ask("CreateTable", &request).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        for _ in 0..200 {
            let described = self.ask("DescribeTable", &json!({ "TableName": name })).await;
            let described: Value = serde_json::from_slice(&described.body).expect("JSON");
            if described["Table"]["TableStatus"] == "ACTIVE" {
                return self.adapter(name, REGION, &self.http);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the table does not become active")
    }

    /// Our adapter over any wire. The SDK lends its repetitions by region: whoever must not take another's has its own.
    pub(crate) fn adapter(&self, name: &str, region: &str, http: &Http) -> Table {
        let pairs = [
            ("MAKEGOOD_TABLE", name),
            ("AWS_REGION", region),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.url),
        ];
        let env = Env::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let table = Table::new(TableConfig::read(&env), &AwsConfig::read(&env), http);
        env.verdict().expect("configured");
        table
    }

    /// One call past our adapter. None of these peers checks a signature; they read the region from it.
    pub(crate) async fn ask(&self, operation: &str, request: &Value) -> Answer {
        let headers = [
            ("content-type", "application/x-amz-json-1.0".to_owned()),
            ("x-amz-target", format!("DynamoDB_20120810.{operation}")),
            ("x-amz-date", "20261126T000000Z".to_owned()),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=local/20261126/eu-central-1/dynamodb/aws4_request, \
                 SignedHeaders=host;x-amz-date;x-amz-target, Signature=0"
                    .to_owned(),
            ),
        ];
        let body = request.to_string().into_bytes();
        self.raw.post(&self.url, &headers, body).await.expect("an answer")
    }
}
