//! Who looks and who decides. A pass opens the console once; what it opens is a session, signed and kept nowhere.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use domain::pass::OpenedPasses;
use flow::control::change;
use flow::ports::{Store, Trouble};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Within so long the address of a pass must be opened.
pub const PASS_LASTS: Duration = Duration::from_secs(12 * 3_600);
/// A working day.
pub const SESSION_LASTS: Duration = Duration::from_secs(12 * 3_600);

/// What a person may do; each may what those before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Customer Service: looks, and writes notes about cases.
    Viewer,
    /// Takes the ledger away as a file, gives money back, and tends and ends cases about money.
    Finance,
    /// Everything.
    Operator,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Finance, Self::Operator];

    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Finance => "finance",
            Self::Operator => "operator",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == word)
    }

    /// # Errors
    /// In words for whoever may not.
    pub fn may(self, needed: Self) -> Result<(), String> {
        if self >= needed {
            return Ok(());
        }
        let (whom, yours) = (needed.name(), self.name());
        Err(format!(
            "You are here as {yours}, and this is for {whom}. Ask somebody who has that role."
        ))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub name: String,
    pub role: Role,
}

/// A statement that we signed: until then, this is somebody. As a pass it stands in an address, as a session in a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    pub actor: Actor,
    pub until: Timestamp,
    /// Random: tells one from any other.
    pub id: String,
}

/// What a signed statement is for: one is never taken for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    Pass,
    Session,
}

impl Signed {
    pub fn new(actor: Actor, until: Timestamp, bits: u128) -> Self {
        let id = format!("{bits:032x}");
        Self { actor, until, id }
    }

    /// As text for an address or a cookie.
    pub fn text(&self, purpose: For, secret: &str) -> String {
        let name = URL_SAFE_NO_PAD.encode(&self.actor.name);
        let said = format!("{}.{}.{}.{name}", self.id, self.until.0, self.actor.role.name());
        format!("{said}.{}", mac(secret, purpose, &said))
    }

    /// What the text says, if we signed it for this and its time is not over.
    pub fn read(text: &str, purpose: For, secret: &str, now: Timestamp) -> Option<Self> {
        let (said, given) = text.rsplit_once('.')?;
        if secret.is_empty() || !same(&mac(secret, purpose, said), given) {
            return None;
        }
        let mut parts = said.split('.');
        let (id, until, role, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let until = Timestamp(until.parse().ok()?);
        let actor = Actor {
            name: String::from_utf8(URL_SAFE_NO_PAD.decode(name).ok()?).ok()?,
            role: Role::parse(role)?,
        };
        let id = id.to_owned();
        (now <= until).then_some(Self { actor, until, id })
    }
}

/// Opens the console with a pass: the session that begins. None: it is no pass of ours, or has opened already.
///
/// # Errors
/// When the store cannot be asked.
pub async fn open(store: &impl Store, secret: &str, text: &str) -> Result<Option<Signed>, Trouble> {
    let now = store.now();
    let Some(pass) = Signed::read(text, For::Pass, secret, now) else {
        return Ok(None);
    };
    let opened = change(store, |passes: &OpenedPasses| {
        let next = passes.open(&pass.id, pass.until, now);
        let opens = next.is_some();
        (next, opens)
    });
    let session = || Signed::new(pass.actor.clone(), now.plus(SESSION_LASTS), store.bits());
    Ok(opened.await?.then(session))
}

/// Whom a pass would open the console for; none: it is no pass of ours, or has opened already. Asking spends nothing.
///
/// # Errors
/// When the store cannot be asked.
pub async fn would_open(store: &impl Store, secret: &str, text: &str) -> Result<Option<Actor>, Trouble> {
    let now = store.now();
    let Some(pass) = Signed::read(text, For::Pass, secret, now) else {
        return Ok(None);
    };
    let passes: OpenedPasses = store.control().await?;
    let opens = passes.open(&pass.id, pass.until, now).is_some();
    Ok(opens.then_some(pass.actor))
}

/// Stands in every form of a session: a page of another site cannot know it.
pub fn form_token(secret: &str, session: &str) -> String {
    hex(&keyed(secret, &["form", session]))
}

/// Compares what is made of both, so that the time taken says nothing about them.
pub fn same(wanted: &str, given: &str) -> bool {
    keyed(wanted, &[wanted]) == keyed(wanted, &[given])
}

fn mac(secret: &str, purpose: For, said: &str) -> String {
    let purpose = match purpose {
        For::Pass => "pass",
        For::Session => "session",
    };
    hex(&keyed(secret, &[purpose, said]))
}

fn keyed(secret: &str, parts: &[&str]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return Vec::new();
    };
    for part in parts {
        mac.update(part.as_bytes());
        mac.update(b":");
    }
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
