//! A mail server that keeps everything, and its page.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::page::{at, escape, page};
use super::{World, lock};
use crate::kills::{Act, Moment};

/// How the mail server is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mailer {
    #[default]
    Works,
    /// No address is known.
    Refuses,
    /// Nobody is let in.
    Down,
}

/// Who sends mail.
const MAILER: &str = "notification";

const MESSAGE_BYTES_MAX: usize = 1 << 20;

pub fn router() -> Router<Arc<World>> {
    Router::new().route("/mails", get(list))
}

/// Listens for as long as the process lives; tells its address.
///
/// # Errors
/// When no port is free.
pub async fn start(world: Arc<World>) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                // A client that goes away has said all it wanted.
                let _gone = converse(&world, stream).await;
            });
        }
    });
    Ok(format!("smtp://{address}"))
}

async fn converse(world: &World, stream: TcpStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let is = || *lock(&world.mailer);
    if is() == Mailer::Down {
        return stream.write_all(b"421 not now\r\n").await;
    }
    stream.write_all(b"220 local mail\r\n").await?;
    let (mut to, mut line) = (Vec::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let upper = line.trim_end().to_ascii_uppercase();
        let answer = match upper.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-local mail\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "HELO" | "NOOP" => "250 OK\r\n",
            "MAIL" | "RSET" => {
                to.clear();
                "250 OK\r\n"
            }
            "RCPT" if is() == Mailer::Refuses => "550 no such mailbox\r\n",
            "RCPT" => {
                to.push(line.split(['<', '>']).nth(1).unwrap_or_default().to_owned());
                "250 OK\r\n"
            }
            "DATA" if to.is_empty() => "503 RCPT first\r\n",
            "DATA" => {
                stream.write_all(b"354 go ahead\r\n").await?;
                let raw = data(&mut stream).await?;
                if world.kills.strike(MAILER, Act::Mail, Moment::Before) {
                    return std::future::pending().await;
                }
                let now = world.clock.now_ms();
                world
                    .mails()
                    .extend(to.iter().map(|to| testkit::mail::read(&raw, to, now)));
                if world.kills.strike(MAILER, Act::Mail, Moment::After) {
                    return std::future::pending().await;
                }
                "250 kept\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "502 not here\r\n",
        };
        stream.write_all(answer.as_bytes()).await?;
    }
}

async fn data(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut raw = String::new();
    let mut line = Vec::new();
    while raw.len() < MESSAGE_BYTES_MAX {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 || line == b".\r\n" {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        raw.push_str(text.strip_prefix('.').unwrap_or(&text));
    }
    Ok(raw)
}

async fn list(State(world): State<Arc<World>>) -> Html<String> {
    let mails = world.mails();
    let one = |mail: &testkit::mail::Mail| {
        format!(
            "<article><p class=\"soft\">To {} · {}</p><h2>{}</h2><pre>{}</pre></article>",
            escape(&mail.to),
            at(mail.at),
            escape(&mail.subject),
            escape(&mail.text)
        )
    };
    let all: String = mails.iter().rev().map(one).collect();
    page(
        "Mails",
        if all.is_empty() {
            "<p class=\"soft\">None yet. Buy something in the shop.</p>"
        } else {
            &all
        },
    )
}
