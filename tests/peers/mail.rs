//! Mail over STARTTLS to a server that we did not write, read back as another mail reader understands it.

use adapters::env::Env;
use adapters::smtp::{Mailer, MailerConfig};
use domain::failure::{Failure, FailureClass};
use domain::wording::Message;
use local::tools::{python, root};
use serde_json::Value;

use crate::started::{Started, free_port};

const PACKAGES: [&str; 2] = ["aiosmtpd==1.4.6", "trustme==1.2.1"];

struct Server {
    started: Started,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let python = python("smtp-peer", &PACKAGES).expect("aiosmtpd");
        let (script, port) = (root().join("tests/peers/smtp_peer.py"), free_port());
        let command = [
            python.to_str().expect("a path"),
            script.to_str().expect("a path"),
            &port.to_string(),
        ];
        let started = Started::new("smtp", &command, &[], port);
        Self { started, port }
    }

    fn says(&self) -> Vec<Value> {
        let log = self.started.log();
        log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn mailer(&self, sign_in: &str, trusting: bool) -> Mailer {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let url = format!("smtp://{sign_in}@localhost:{}?tls=required", self.port);
        let mut env = vec![
            pair("MAKEGOOD_SMTP_URL", url),
            pair("MAKEGOOD_MAIL_FROM", "Shop <orders@shop.example>".to_owned()),
        ];
        if trusting {
            let authority = self.says()[0]["authority"].as_str().expect("a certificate").to_owned();
            env.push(pair("MAKEGOOD_SMTP_CA", authority));
        }
        Mailer::new(MailerConfig::read(&Env::from_pairs(env))).expect("a mailer")
    }
}

async fn send(mailer: &Mailer, to: &str) -> Result<(), Failure> {
    let message = Message {
        subject: "£480.00 returned: MG-3F9A-21C4".to_owned(),
        lines: vec![
            "Hello Zoë Müller 李,".to_owned(),
            "The full £480.00 is returned <today>.".to_owned(),
        ],
    };
    mailer.send(to, "ord_1.7", &message).await
}

#[tokio::test]
async fn mail_arrives_over_starttls_as_it_was_written() {
    let server = Server::start();
    let mailer = server.mailer("shop:secret", true);
    assert_eq!(send(&mailer, "jo@example.com").await, Ok(()));
    let class = async |to: &str| send(&mailer, to).await.expect_err("refused").class;
    assert_eq!(class("nobody@example.com").await, FailureClass::Rejected);
    assert_eq!(class("later@example.com").await, FailureClass::Transient);

    let said = server.says();
    assert_eq!(said.len(), 2, "one mail arrived: {said:?}");
    let mail = &said[1];
    assert_eq!(mail["protected"], true);
    assert_eq!(mail["to"], serde_json::json!(["jo@example.com"]));
    assert_eq!(mail["kind"], "multipart/alternative");
    let headers = &mail["headers"];
    assert_eq!(headers["subject"], "£480.00 returned: MG-3F9A-21C4");
    assert_eq!(headers["message-id"], "<ord_1.7@shop.example>");
    assert_eq!(headers["auto-submitted"], "auto-generated");
    assert_eq!(headers["to"], "jo@example.com");
    let text = mail["texts"]["text/plain"].as_str().expect("a text");
    assert!(
        text.contains("Hello Zoë Müller 李,") && text.contains("<today>"),
        "{text}"
    );
    let html = mail["texts"]["text/html"].as_str().expect("HTML");
    assert!(
        html.contains("Zoë Müller 李") && html.contains("&lt;today&gt;"),
        "{html}"
    );
    println!("aiosmtpd 1.4.6: checks passed 12 of 12");
}

/// Whoever stands in the way, or does not know us, gets no mail; and it is sent later.
#[tokio::test]
async fn nothing_is_sent_to_a_server_that_is_not_trusted_or_does_not_let_us_in() {
    let server = Server::start();
    let stranger = send(&server.mailer("shop:secret", false), "jo@example.com").await;
    assert_eq!(stranger.expect_err("refused").class, FailureClass::Transient);
    let not_let_in = send(&server.mailer("shop:wrong", true), "jo@example.com").await;
    assert_eq!(not_let_in.expect_err("refused").class, FailureClass::Transient);
    assert_eq!(server.says().len(), 1, "no mail arrived");
}
