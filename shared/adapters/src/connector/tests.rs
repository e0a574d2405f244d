//! Real sockets: what is certain to have been sent, and what is not; and whom we believe.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::*;
use crate::http::{Http, NoReply};

const LIMITS: Limits = Limits {
    connect: Duration::from_millis(1_000),
    answer: Duration::from_millis(1_000),
};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// What a call to this address comes to: the answer's text, or how far it got.
async fn asks(url: &str) -> Result<String, NoReply> {
    asks_by(&[], url).await
}

async fn asks_by(authorities: &[&str], url: &str) -> Result<String, NoReply> {
    let http = Http::over(connector(authorities, LIMITS).unwrap());
    let reply = http.send("POST", url, [], b"pay".to_vec()).await?;
    Ok(String::from_utf8(reply.body).unwrap())
}

async fn listening(scheme: &str) -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{scheme}://{}/", listener.local_addr().unwrap());
    (listener, url)
}

#[tokio::test]
async fn where_nobody_listens_or_nobody_has_that_name_nothing_was_sent() {
    let (listener, url) = listening("http").await;
    drop(listener);
    assert_eq!(asks(&url).await, Err(NoReply::NotSent));
    assert_eq!(asks("http://nobody.invalid/").await, Err(NoReply::NotSent));
}

#[tokio::test]
async fn who_hangs_up_while_the_connection_is_being_made_safe_was_sent_nothing() {
    let (listener, url) = listening("https").await;
    let hangs_up = async { drop(listener.accept().await.unwrap()) };
    assert_eq!(tokio::join!(asks(&url), hangs_up).0, Err(NoReply::NotSent));
}

#[tokio::test]
async fn who_hangs_up_after_it_was_asked_may_have_done_it() {
    let (listener, url) = listening("http").await;
    let hangs_up = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        assert!(socket.read(&mut [0; 1_024]).await.unwrap() > 0);
    };
    assert_eq!(tokio::join!(asks(&url), hangs_up).0, Err(NoReply::NoAnswer));
}

/// The clock stands still but for what is waited for.
#[tokio::test(start_paused = true)]
async fn who_says_nothing_was_sent_nothing_before_the_connection_is_safe_and_may_have_done_it_afterwards() {
    for (scheme, came) in [("https", NoReply::NotSent), ("http", NoReply::NoAnswer)] {
        let (listener, url) = listening(scheme).await;
        let accepts = async {
            let (socket, _) = listener.accept().await.unwrap();
            tokio::time::sleep(LIMITS.connect * 3).await;
            drop(socket);
        };
        assert_eq!(tokio::join!(asks(&url), accepts).0, Err(came), "{scheme}");
    }
}

#[tokio::test]
async fn one_connection_serves_call_after_call() {
    let (listener, url) = listening("http").await;
    let http = Http::over(connector(&[], LIMITS).unwrap());
    let asks = async {
        for _ in 0..3 {
            let reply = http.send("POST", &url, [], b"pay".to_vec()).await.unwrap();
            assert_eq!((reply.status, reply.body.as_slice()), (200, b"ok".as_slice()));
        }
    };
    let answers = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        for _ in 0..3 {
            let mut read = Vec::new();
            while !read.ends_with(b"pay") {
                assert!(socket.read_buf(&mut read).await.unwrap() > 0);
            }
            socket.write_all(ANSWER).await.unwrap();
        }
    };
    tokio::join!(asks, answers);
}

#[test]
fn a_text_without_a_certificate_holds_none_and_a_torn_one_is_refused() {
    assert_eq!(certificates("ca.pem"), Ok(Vec::new()));
    assert!(certificates("-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n").is_err());
    let pinned = certificates(include_str!("../roots/pinned.pem")).unwrap();
    assert!(pinned.len() > 1, "{}", pinned.len());
}

/// For `localhost` alone, until 2126, by an authority whose key nobody kept.
const AUTHORITY: &str = include_str!("authority.pem");
const CERTIFICATE: &str = include_str!("localhost.pem");
const KEY: &str = include_str!("localhost.key");

/// Answers one call under its certificate.
async fn answers_safely(listener: TcpListener) {
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates(CERTIFICATE).unwrap(), key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let (socket, _) = listener.accept().await.unwrap();
    // Whoever does not believe it hangs up.
    let Ok(mut socket) = acceptor.accept(socket).await else {
        return;
    };
    let mut read = Vec::new();
    while !read.ends_with(b"pay") {
        assert!(socket.read_buf(&mut read).await.unwrap() > 0);
    }
    socket.write_all(ANSWER).await.unwrap();
}

#[tokio::test]
async fn a_partner_is_believed_under_its_own_name_by_the_authorities_given_and_no_other() {
    let pinned = include_str!("../roots/pinned.pem");
    for (authorities, name, came) in [
        (&[AUTHORITY][..], "localhost", Ok("ok".to_owned())),
        (&[pinned, AUTHORITY][..], "localhost", Ok("ok".to_owned())),
        (&[AUTHORITY][..], "127.0.0.1", Err(NoReply::NotSent)),
        (&[pinned][..], "localhost", Err(NoReply::NotSent)),
        (&[][..], "localhost", Err(NoReply::NotSent)),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{name}:{}/", listener.local_addr().unwrap().port());
        let asks = asks_by(authorities, &url);
        assert_eq!(
            tokio::join!(asks, answers_safely(listener)).0,
            came,
            "{name}, {}",
            authorities.len()
        );
    }
}
