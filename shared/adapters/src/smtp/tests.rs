//! A mail server that says what a test wants, and what its answers mean.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use super::*;
use crate::secret::tests::{Keeper, run};

/// Is knocked at, and holds one conversation; `answer` gives the reply to each line, to "." for the whole mail. An empty reply hangs up.
fn server(answer: fn(&str) -> &'static str) -> (Mailer, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mailer = mailer(&format!("smtp://{}", listener.local_addr().unwrap()));
    let heard = thread::spawn(move || {
        converse(listener.accept().unwrap().0, takes);
        converse(listener.accept().unwrap().0, answer)
    });
    (mailer, heard)
}

fn mailer(url: &str) -> Mailer {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let env = Env::from_pairs(vec![
        pair("MAKEGOOD_SMTP_URL", url),
        pair("MAKEGOOD_MAIL_FROM", "Shop <orders@shop.example>"),
    ]);
    Mailer::new(MailerConfig::read(&env)).unwrap()
}

fn converse(stream: TcpStream, answer: fn(&str) -> &'static str) -> String {
    let (mut out, mut heard, mut in_mail) = (stream.try_clone().unwrap(), String::new(), false);
    writeln!(out, "220 ready\r").unwrap();
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { return heard };
        heard.push_str(&line);
        heard.push('\n');
        if in_mail && line != "." {
            continue;
        }
        let reply = answer(&line);
        if reply.is_empty() || writeln!(out, "{reply}\r").is_err() {
            return heard;
        }
        in_mail = line == "DATA" && reply.starts_with("354");
    }
    heard
}

/// A server that takes everything, unless a test says otherwise.
fn takes(line: &str) -> &'static str {
    match line.split([' ', ':']).next() {
        Some("DATA") => "354 go on",
        Some("QUIT") => "221 bye",
        _ => "250 fine",
    }
}

fn message() -> Message {
    Message {
        subject: "£480.00 returned: MG-3F9A-21C4".to_owned(),
        lines: vec![
            "Hello Zoë Müller 李,".to_owned(),
            "The full £480.00 is returned.".to_owned(),
        ],
    }
}

fn send(mailer: &Mailer, to: &str) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(mailer.send(to, "ord_1.7", &message()))
}

fn answered(answer: fn(&str) -> &'static str) -> Result<(), Failure> {
    let (mailer, heard) = server(answer);
    let sent = send(&mailer, "jo@example.com");
    drop(mailer);
    heard.join().unwrap();
    sent
}

#[test]
fn a_mail_has_both_texts_and_no_more_about_anybody_than_the_address() {
    let (mailer, heard) = server(takes);
    assert_eq!(send(&mailer, "jo@example.com"), Ok(()));
    drop(mailer);
    let heard = heard.join().unwrap();
    let (head, body) = heard.split_once("\n\n").unwrap();
    for header in [
        "RCPT TO:<jo@example.com>",
        "From: Shop <orders@shop.example>",
        "To: jo@example.com",
        "Message-ID: <ord_1.7@shop.example>",
        "Auto-Submitted: auto-generated",
        "Content-Type: multipart/alternative",
    ] {
        assert!(head.contains(header), "{header} is not in:\n{head}");
    }
    assert!(head.is_ascii() && !head.contains("Zo"), "{head}");
    for kind in ["text/plain; charset=utf-8", "text/html; charset=utf-8"] {
        assert!(body.contains(kind), "{kind} is not in:\n{body}");
    }
}

#[test]
fn the_same_notice_has_the_same_name_each_time() {
    let id = || {
        let (mailer, heard) = server(takes);
        send(&mailer, "jo@example.com").unwrap();
        drop(mailer);
        let heard = heard.join().unwrap();
        heard
            .lines()
            .find(|line| line.starts_with("Message-ID"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(id(), id());
}

#[test]
fn an_address_that_is_refused_is_rejected_and_a_grey_list_is_waited_for() {
    let refuses: fn(&str) -> &'static str = |line| match line {
        line if line.starts_with("RCPT") => "550 5.1.1 no such user",
        line => takes(line),
    };
    let waits: fn(&str) -> &'static str = |line| match line {
        line if line.starts_with("RCPT") => "450 4.2.0 greylisted, come back later",
        line => takes(line),
    };
    let class = |answer| answered(answer).unwrap_err().class;
    assert_eq!(class(refuses), FailureClass::Rejected);
    assert_eq!(class(waits), FailureClass::Transient);
}

/// After the last byte of the mail nobody knows whether it was taken; before it, it was not.
#[test]
fn a_connection_that_breaks_after_the_mail_is_unknown() {
    let after: fn(&str) -> &'static str = |line| if line == "." { "" } else { takes(line) };
    assert_eq!(answered(after).unwrap_err().class, FailureClass::Unknown);
}

#[test]
fn nobody_there_is_transient() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mailer = mailer(&format!("smtp://{}", listener.local_addr().unwrap()));
    drop(listener);
    let failed = send(&mailer, "jo@example.com").unwrap_err();
    assert_eq!(failed, Failure::new(FailureClass::Transient, Reason::Unreachable));
}

/// It does not let us in, and says nothing: no mail was on its way.
#[test]
fn a_server_that_hangs_up_at_the_door_is_transient() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mailer = mailer(&format!("smtp://{}", listener.local_addr().unwrap()));
    let heard = thread::spawn(move || converse(listener.accept().unwrap().0, |_line| ""));
    let failed = send(&mailer, "jo@example.com").unwrap_err();
    assert_eq!(failed, Failure::new(FailureClass::Transient, Reason::Unreachable));
    heard.join().unwrap();
}

/// Asked for a protected line, it does not speak in the clear to a server that has none.
#[test]
fn without_starttls_nothing_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let strict = mailer(&format!("smtp://{}?tls=required", listener.local_addr().unwrap()));
    let heard = thread::spawn(move || converse(listener.accept().unwrap().0, takes));
    assert_eq!(
        send(&strict, "jo@example.com").unwrap_err().class,
        FailureClass::Transient
    );
    assert!(!heard.join().unwrap().contains("MAIL FROM"), "it spoke in the clear");
}

#[test]
fn what_a_buyer_types_stays_text() {
    assert_eq!(linked("Hello <b>&\"Jo\","), "Hello &lt;b&gt;&amp;&quot;Jo&quot;,");
    assert_eq!(linked("Hello http://evil.example,"), "Hello http://evil.example,");
    assert_eq!(
        linked("The order: https://x/y"),
        "The order: <a href=\"https://x/y\">https://x/y</a>"
    );
}

/// Knocked at with the old password, then with the one that the secret holds by now.
#[test]
fn a_changed_password_is_read_again_and_the_mail_goes_out() {
    const NEW: &str = "AUTH PLAIN AGpvAG5ldw==";
    let wants_new: fn(&str) -> &'static str = |line| match line {
        line if line.starts_with("EHLO") => "250-here\r\n250 AUTH PLAIN",
        NEW => "235 come in",
        line if line.starts_with("AUTH") => "535 5.7.8 not you",
        line => takes(line),
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = thread::spawn(move || [(); 3].map(|()| converse(listener.accept().unwrap().0, wants_new)));
    let url = |password: &str| format!("smtp://jo:{password}@{address}");
    run(async {
        let keeper = Keeper::holding(&[("MAKEGOOD_SMTP_URL", &url("old"))]);
        let from = [("MAKEGOOD_MAIL_FROM", "Shop <orders@shop.example>")];
        let (env, _clock) = keeper.starts(&from).await.unwrap();
        let mailer = Mailer::new(MailerConfig::read(&env)).unwrap();
        assert_eq!(env.verdict(), Ok(()));
        keeper.put(&[("MAKEGOOD_SMTP_URL", &url("new"))]);
        assert_eq!(mailer.send("jo@example.com", "ord_1.7", &message()).await, Ok(()));
        assert_eq!(keeper.reads(), 2);
    });
    let [refused, knocked, sent] = heard.join().unwrap();
    assert!(
        refused.contains("AUTH") && !refused.contains(NEW) && !refused.contains("MAIL"),
        "{refused}"
    );
    assert!(
        knocked.contains(NEW) && sent.contains(NEW) && sent.contains("RCPT TO:<jo@example.com>"),
        "{sent}"
    );
}

#[test]
fn mail_goes_in_the_clear_to_this_machine_alone() {
    let refuses = |url: &str| {
        let env = Env::from_pairs([("MAKEGOOD_SMTP_URL".to_owned(), url.to_owned())]);
        Server::read(&env);
        env.verdict().is_err()
    };
    for good in [
        "smtp://127.0.0.1:25",
        "smtp://jo:pw@localhost",
        "smtps://mail.example",
        "smtp://m.example?tls=required",
    ] {
        assert!(!refuses(good), "{good}");
    }
    for bad in [
        "smtp://mail.example",
        "smtp://127.0.0.1.mail.example",
        "smtp://127.0.0.1:1@mail.example",
        "mail.example",
    ] {
        assert!(refuses(bad), "{bad}");
    }
}
