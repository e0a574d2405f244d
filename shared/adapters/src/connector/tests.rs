//! Real sockets: what is certain to have been sent, and what is not; and whom we believe.

use aws_smithy_types::byte_stream::ByteStream;
use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::Instant;
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

async fn asked(socket: &mut (impl AsyncRead + Unpin)) {
    let mut read = Vec::new();
    while !read.ends_with(b"pay") {
        assert!(socket.read_buf(&mut read).await.unwrap() > 0);
    }
}

async fn answers(socket: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    asked(socket).await;
    socket.write_all(ANSWER).await.unwrap();
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
    let serves = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        for _ in 0..3 {
            answers(&mut socket).await;
        }
    };
    tokio::join!(asks, serves);
}

#[tokio::test]
async fn a_connection_that_was_closed_while_nobody_used_it_costs_no_call() {
    let (listener, url) = listening("http").await;
    let http = Http::over(connector(&[], LIMITS).unwrap());
    let ((idle, is_idle), (closed, is_closed)) = (oneshot::channel(), oneshot::channel());
    let asks = async {
        let ask = || http.send("POST", &url, [], b"pay".to_vec());
        assert_eq!(ask().await.unwrap().status, 200);
        idle.send(()).unwrap();
        is_closed.await.unwrap();
        // Time jumps as soon as nothing is left to be noticed.
        tokio::time::pause();
        tokio::time::sleep(LIMITS.connect).await;
        tokio::time::resume();
        assert_eq!(ask().await.unwrap().status, 200);
    };
    let serves = async {
        let (mut first, _) = listener.accept().await.unwrap();
        answers(&mut first).await;
        is_idle.await.unwrap();
        drop(first);
        closed.send(()).unwrap();
        answers(&mut listener.accept().await.unwrap().0).await;
    };
    tokio::join!(asks, serves);
}

#[tokio::test]
async fn what_was_sent_over_a_used_connection_is_not_sent_again() {
    let (listener, url) = listening("http").await;
    let http = Http::over(connector(&[], LIMITS).unwrap());
    let asks = async {
        let ask = || http.send("POST", &url, [], b"pay".to_vec());
        assert_eq!(ask().await.unwrap().status, 200);
        assert_eq!(ask().await.unwrap_err(), NoReply::NoAnswer);
    };
    let serves = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        answers(&mut socket).await;
        asked(&mut socket).await;
    };
    tokio::join!(asks, serves);
    assert!(listener.accept().now_or_never().is_none(), "it came a second time");
}

#[tokio::test]
async fn half_an_answer_and_then_silence_is_none_in_time() {
    let (listener, url) = listening("http").await;
    let http = Http::new(None).unwrap();
    let (over, is_over) = oneshot::channel();
    let began = Instant::now();
    let asks = async {
        let came = http.send("POST", &url, [], b"pay".to_vec()).await;
        assert_eq!(came.unwrap_err(), NoReply::NoAnswer);
        over.send(()).unwrap();
    };
    let serves = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        asked(&mut socket).await;
        socket.write_all(&ANSWER[..ANSWER.len() - 1]).await.unwrap();
        // From here on time jumps: to the end of the whole call, since the answer has begun.
        tokio::time::pause();
        is_over.await.unwrap();
    };
    tokio::join!(asks, serves);
    assert!(began.elapsed() > Duration::from_secs(9), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_connection_that_the_sdk_gives_up_is_not_used_again() {
    let (listener, url) = listening("http").await;
    let connector = connector(&[], LIMITS).unwrap();
    let asks = async {
        let held = CaptureSmithyConnection::new();
        for given_up in [true, false] {
            let mut request = HttpRequest::new(SdkBody::from("pay"));
            request.set_method("POST").unwrap();
            request.set_uri(url.clone()).unwrap();
            request.add_extension(held.clone());
            let response = connector.call(request).await.unwrap();
            if given_up {
                held.get().expect("the connection").poison();
            }
            ByteStream::new(response.into_body()).collect().await.unwrap();
        }
    };
    let serves = async {
        let (mut first, _) = listener.accept().await.unwrap();
        answers(&mut first).await;
        answers(&mut listener.accept().await.unwrap().0).await;
    };
    tokio::join!(asks, serves);
}

#[test]
fn a_text_without_a_certificate_and_a_torn_one_are_refused_with_the_mend() {
    let torn = "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n";
    let nonsense = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n";
    let cut_off = &AUTHORITY[..AUTHORITY.len() / 2];
    let one_line = AUTHORITY.replace('\n', " ");
    for (text, wrong) in [
        ("ca.pem", "holds no certificate"),
        (torn, "cannot be read"),
        (nonsense, "cannot be read"),
        (cut_off, "cannot be read"),
        (&one_line, "cannot be read"),
    ] {
        let said = connector(&[text], LIMITS).unwrap_err();
        assert!(
            said.contains(wrong) && said.contains("write it in PEM"),
            "{text}: {said}"
        );
    }
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
    answers(&mut socket).await;
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
