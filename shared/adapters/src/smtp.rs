//! Mail over SMTP, text and HTML with the same words.

use std::time::Duration;

use domain::failure::{Failure, FailureClass, Reason};
use domain::wording::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::env::Env;
use crate::mail_event::tags;
use crate::secret::Held;

/// Each answer of the server, until it has let us in, and the sending of a mail: shorter than the lease by far.
const ANSWER: Duration = Duration::from_secs(8);
const LET_IN: Duration = Duration::from_secs(10);
const SENDING: Duration = Duration::from_secs(20);

/// SES reads these and takes them off; any other server hands them on, and they say nothing.
const CONFIGURATION_HEADER: &str = "X-SES-CONFIGURATION-SET";
const TAGS_HEADER: &str = "X-SES-MESSAGE-TAGS";

pub struct MailerConfig {
    server: Held<Server>,
    from: String,
    /// The mail system's name for what it does about our mails: SES then says which came back.
    configuration: Option<String>,
}

/// The server, with what it lets us in with.
struct Server {
    url: String,
    /// None: the address is of no use, and the function does not start with it.
    transport: Option<AsyncSmtpTransport<Tokio1Executor>>,
}

impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url
    }
}

impl Server {
    fn read(env: &Env) -> Self {
        const VARIABLE: &str = "MAKEGOOD_SMTP_URL";
        let url = env.secret(VARIABLE);
        let plain = ["127.0.0.1", "localhost"].contains(&host(&url)) || url.contains("tls=required");
        if !url.is_empty() && !url.starts_with("smtps://") && !plain {
            env.refuse(
                VARIABLE,
                "sends mail in the clear: write smtps://... or smtp://...?tls=required".into(),
            );
        }
        // A further trusted certificate in PEM, for a server with an authority of its own.
        let transport = transport(&url, env.optional("MAKEGOOD_SMTP_CA").as_deref()).ok();
        if !url.is_empty() && transport.is_none() {
            env.refuse(
                VARIABLE,
                "is no address of a mail server, or MAKEGOOD_SMTP_CA no certificate: write smtps://user:password@server, \
                 and what is special in user or password as %.."
                    .into(),
            );
        }
        Self { url, transport }
    }

    /// Knocks before the mail is on its way: what fails here has sent nothing, however it fails.
    async fn let_in(&self) -> Result<(), Failure> {
        let Some(transport) = &self.transport else {
            return Err(Failure::new(FailureClass::Transient, Reason::Unreachable));
        };
        let knocked = tokio::time::timeout(LET_IN, transport.test_connection()).await;
        let reason = match knocked {
            Ok(Ok(true)) => return Ok(()),
            Ok(Err(failed)) if our_fault(&failed) => Reason::NotAllowed,
            Ok(Ok(false) | Err(_)) | Err(_) => Reason::Unreachable,
        };
        Err(Failure::new(FailureClass::Transient, reason))
    }

    async fn send(&self, mail: lettre::Message) -> Result<(), Failure> {
        let Some(transport) = &self.transport else {
            return Err(Failure::new(FailureClass::Transient, Reason::Unreachable));
        };
        let Ok(sent) = tokio::time::timeout(SENDING, transport.send(mail)).await else {
            return Err(Failure::unknown(Reason::NoAnswer));
        };
        match sent {
            Ok(_) => Ok(()),
            Err(failed) if our_fault(&failed) => Err(Failure::new(FailureClass::Transient, Reason::NotAllowed)),
            Err(failed) if failed.is_permanent() => Err(Failure::new(FailureClass::Rejected, Reason::Refused)),
            Err(failed) if failed.is_transient() => Err(Failure::new(FailureClass::Transient, Reason::TooMany)),
            Err(failed) if unreachable(&failed) => Err(Failure::new(FailureClass::Transient, Reason::Unreachable)),
            Err(_) => Err(Failure::unknown(Reason::NoAnswer)),
        }
    }
}

impl MailerConfig {
    pub fn read(env: &Env) -> Self {
        let from = env.text("MAKEGOOD_MAIL_FROM");
        if !from.is_empty() && !is_address(&from) {
            env.refuse(
                "MAKEGOOD_MAIL_FROM",
                format!("is \"{from}\": write an address like Shop <orders@shop.example>"),
            );
        }
        Self {
            server: Held::read(env, Server::read),
            from,
            configuration: env.optional("MAKEGOOD_MAIL_CONFIGURATION"),
        }
    }
}

/// Whether mail can be addressed so.
pub fn is_address(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

pub struct Mailer {
    server: Held<Server>,
    from: Mailbox,
    domain: String,
    configuration: Option<String>,
}

impl Mailer {
    /// # Errors
    /// When the sender's address cannot be used.
    pub fn new(config: MailerConfig) -> Result<Self, String> {
        let from: Mailbox = config
            .from
            .parse()
            .map_err(|wrong: lettre::address::AddressError| wrong.to_string())?;
        let domain = from.email.domain().to_owned();
        Ok(Self {
            server: config.server,
            from,
            domain,
            configuration: config.configuration,
        })
    }

    /// `name` is the notice's: a mail that is sent twice is recognised as the same.
    ///
    /// # Errors
    /// `Rejected` when the server refuses for good, `Transient` when it says "later" or cannot be reached, `Unknown`
    /// when the answer to a sent mail was lost.
    pub async fn send(&self, to: &str, name: &str, message: &Message) -> Result<(), Failure> {
        let refused = Failure::new(FailureClass::Rejected, Reason::Refused);
        let to: Mailbox = to.parse().map_err(|_wrong| refused)?;
        let mut mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(message.subject.clone())
            .message_id(Some(format!("<{name}@{}>", self.domain)))
            .raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
        if let (Some(configuration), Some(tags)) = (&self.configuration, tags(name)) {
            mail = mail
                .raw_header(header(CONFIGURATION_HEADER, configuration.clone()))
                .raw_header(header(TAGS_HEADER, tags));
        }
        let mail = mail
            .multipart(MultiPart::alternative_plain_html(plain(message), html(message)))
            .map_err(|_wrong| refused)?;
        let not_let_in = |came: &Result<(), Failure>| came.is_err_and(|failure| failure.reason == Reason::NotAllowed);
        self.server.with(not_let_in, Server::let_in).await?;
        self.server.now().send(mail).await
    }
}

fn transport(
    url: &str,
    authority: Option<&str>,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?;
    if let Some(authority) = authority {
        transport = transport.tls(tls(url, authority)?);
    }
    Ok(transport.timeout(Some(ANSWER)).build())
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// The server in its address.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_scheme, rest)| rest);
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default()
}

/// As the address says, and trusting one authority more.
fn tls(url: &str, authority: &str) -> Result<Tls, lettre::transport::smtp::Error> {
    let parameters = TlsParameters::builder(host(url).to_owned())
        .add_root_certificate(Certificate::from_pem(authority.as_bytes())?)
        .build_rustls()?;
    Ok(if url.starts_with("smtps://") {
        Tls::Wrapper(parameters)
    } else {
        Tls::Required(parameters)
    })
}

/// Our sign-in was refused: that says nothing about the mail, and people mend it.
fn our_fault(failed: &lettre::transport::smtp::Error) -> bool {
    let code = failed.status().map(|code| code.to_string());
    code.is_some_and(|code| ["530", "534", "535", "538"].contains(&code.as_str()))
}

/// No conversation came about: no connection, no name, no TLS.
fn unreachable(failed: &lettre::transport::smtp::Error) -> bool {
    failed.is_tls() || failed.is_client() || failed.to_string().starts_with("Connection error")
}

fn plain(message: &Message) -> String {
    message.lines.join("\n\n") + "\n"
}

fn html(message: &Message) -> String {
    let paragraphs: String = message
        .lines
        .iter()
        .map(|line| format!("<p>{}</p>\n", linked(line)))
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><body style=\"font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:2em auto;\
         padding:0 1em\">\n{paragraphs}</body></html>\n"
    )
}

/// Escaped, and an address at the end of a line of ours can be followed: never one that a buyer typed as a name.
fn linked(line: &str) -> String {
    const OURS: [&str; 4] = ["Your order: ", "The order: ", "The refunds: ", "Still waiting: "];
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
    };
    let ours = OURS.iter().find_map(|start| Some((start, line.strip_prefix(start)?)));
    match ours.filter(|(_, address)| address.starts_with("http") && !address.contains(' ')) {
        Some((start, address)) => {
            let address = escape(address);
            format!("{start}<a href=\"{address}\">{address}</a>")
        }
        None => escape(line),
    }
}

#[cfg(test)]
mod tests;
