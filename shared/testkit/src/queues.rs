//! SQS as a model: visibility, delays, receive counts, dead letters. Time is an argument.

use std::collections::BTreeMap;

/// Milliseconds since the Unix epoch.
pub type Millis = i64;

#[derive(Clone, Debug)]
pub struct Settings {
    pub visibility_ms: Millis,
    pub delay_ms: Millis,
    /// Where a message goes after so many receives.
    pub redrive: Option<(String, u32)>,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub id: String,
    pub body: String,
    /// What was sent beside it, by name: texts alone.
    pub attributes: BTreeMap<String, String>,
    pub sent_at: Millis,
    pub visible_at: Millis,
    pub received: u32,
    /// How many runs of functions led to it, each woken by the message before.
    pub chain: u32,
    /// Of the latest receive: an older one deletes nothing.
    pub receipt: Option<String>,
    /// The queue that gave it up, for a dead letter.
    pub died_in: Option<String>,
}

#[derive(Clone, Debug)]
struct Queue {
    settings: Settings,
    messages: Vec<Message>,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    NoSuchQueue,
    DelayTooLong,
    EmptyBody,
    BodyTooLong,
    /// A character that XML does not know.
    BadCharacter,
}

/// All queues of one account.
#[derive(Clone, Debug, Default)]
pub struct Queues {
    queues: BTreeMap<String, Queue>,
    counter: u64,
    /// Messages ever sent, dead letters not counted.
    pub sends: u64,
    /// Chain of the message whose handler sends now; 0: nothing woke it but a clock or a request.
    pub chain: u32,
    /// Messages that were cut off as a loop.
    pub cut: u64,
}

/// Lambda takes a chain this long for a loop and lets it die.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>.
const CHAIN_MAX: u32 = 16;

/// The longest delay that SQS grants.
pub const DELAY_MS_MAX: Millis = 900_000;

/// The longest body that SQS takes, and the longest batch of them.
pub const BODY_BYTES_MAX: usize = 1_048_576;

impl Queues {
    pub fn create(&mut self, name: &str, settings: Settings) {
        self.queues.entry(name.to_owned()).or_insert(Queue {
            settings,
            messages: Vec::new(),
        });
    }

    /// `delay_ms` overrides the queue's own delay.
    ///
    /// # Errors
    /// As SQS: no such queue, more than 900 seconds, no body or one that it does not take.
    pub fn send(&mut self, name: &str, body: &str, delay_ms: Option<Millis>, now: Millis) -> Result<String, Refusal> {
        let id = self.id("msg");
        let queue = self.queues.get_mut(name).ok_or(Refusal::NoSuchQueue)?;
        if body.is_empty() {
            return Err(Refusal::EmptyBody);
        }
        if body.len() > BODY_BYTES_MAX {
            return Err(Refusal::BodyTooLong);
        }
        if !body.chars().all(allowed) {
            return Err(Refusal::BadCharacter);
        }
        let delay = delay_ms.unwrap_or(queue.settings.delay_ms);
        if !(0..=DELAY_MS_MAX).contains(&delay) {
            return Err(Refusal::DelayTooLong);
        }
        self.sends += 1;
        let message = Message {
            id: id.clone(),
            body: body.to_owned(),
            attributes: BTreeMap::new(),
            sent_at: now,
            visible_at: now + delay,
            received: 0,
            chain: self.chain + 1,
            receipt: None,
            died_in: None,
        };
        queue.messages.push(message);
        Ok(id)
    }

    /// What was sent beside the message that was just taken.
    pub fn attach(&mut self, name: &str, id: &str, attributes: &BTreeMap<String, String>) {
        let messages = self
            .queues
            .get_mut(name)
            .into_iter()
            .flat_map(|queue| &mut queue.messages);
        for message in messages.filter(|message| message.id == id) {
            message.attributes.clone_from(attributes);
        }
    }

    /// Up to `max` visible messages. What was received too often moves to the dead-letter queue instead.
    ///
    /// # Errors
    /// No such queue.
    pub fn receive(&mut self, name: &str, max: usize, now: Millis) -> Result<Vec<Message>, Refusal> {
        self.bury(name, now)?;
        let mut counter = self.counter;
        let queue = self.queues.get_mut(name).ok_or(Refusal::NoSuchQueue)?;
        let mut received = Vec::new();
        for message in queue
            .messages
            .iter_mut()
            .filter(|message| message.visible_at <= now)
            .take(max)
        {
            counter += 1;
            message.received += 1;
            message.visible_at = now + queue.settings.visibility_ms;
            message.receipt = Some(format!("receipt-{counter}"));
            received.push(message.clone());
        }
        self.counter = counter;
        Ok(received)
    }

    fn bury(&mut self, name: &str, now: Millis) -> Result<(), Refusal> {
        let queue = self.queues.get_mut(name).ok_or(Refusal::NoSuchQueue)?;
        let Some((dead, max)) = &queue.settings.redrive else {
            return Ok(());
        };
        let (dead, max) = (dead, *max);
        let looped = |message: &Message| message.chain > CHAIN_MAX;
        let worn = |message: &Message| message.visible_at <= now && (message.received >= max || looped(message));
        if !queue.messages.iter().any(worn) {
            return Ok(());
        }
        let dead = dead.clone();
        let (buried, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut queue.messages).into_iter().partition(worn);
        queue.messages = kept;
        self.cut += buried.iter().filter(|message| looped(message)).count() as u64;
        for mut message in buried {
            message.visible_at = now;
            message.received = 0;
            message.receipt = None;
            message.died_in = Some(name.to_owned());
            if let Some(dead) = self.queues.get_mut(&dead) {
                dead.messages.push(message);
            }
        }
        Ok(())
    }

    /// Deleting with an old receipt does nothing, as in SQS.
    ///
    /// # Errors
    /// No such queue.
    pub fn delete(&mut self, name: &str, receipt: &str) -> Result<(), Refusal> {
        let queue = self.queues.get_mut(name).ok_or(Refusal::NoSuchQueue)?;
        queue
            .messages
            .retain(|message| message.receipt.as_deref() != Some(receipt));
        Ok(())
    }

    /// # Errors
    /// No such queue.
    pub fn change_visibility(&mut self, name: &str, receipt: &str, ms: Millis, now: Millis) -> Result<(), Refusal> {
        let queue = self.queues.get_mut(name).ok_or(Refusal::NoSuchQueue)?;
        for message in queue
            .messages
            .iter_mut()
            .filter(|message| message.receipt.as_deref() == Some(receipt))
        {
            message.visible_at = now + ms;
        }
        Ok(())
    }

    /// Visible now, hidden by a receive, delayed.
    pub fn counts(&self, name: &str, now: Millis) -> (usize, usize, usize) {
        let messages = self
            .queues
            .get(name)
            .map(|queue| queue.messages.as_slice())
            .unwrap_or_default();
        let visible = messages.iter().filter(|message| message.visible_at <= now).count();
        let hidden = messages
            .iter()
            .filter(|message| message.visible_at > now && message.received > 0)
            .count();
        (visible, hidden, messages.len() - visible - hidden)
    }

    /// When the next message can be received; none: there is no message.
    pub fn next_visible(&self) -> Option<Millis> {
        let messages = self.queues.values().flat_map(|queue| &queue.messages);
        messages.map(|message| message.visible_at).min()
    }

    /// Everything that lies in any queue.
    pub fn all_bodies(&self) -> impl Iterator<Item = &str> {
        let messages = self.queues.values().flat_map(|queue| &queue.messages);
        messages.map(|message| message.body.as_str())
    }

    /// Somebody moves dead letters on, as an operator's redrive does: with new ids, to a named queue or each to where it
    /// died. Tells how many; a letter without a way stays.
    ///
    /// # Errors
    /// No such queue.
    pub fn redrive(&mut self, dead: &str, to: Option<&str>, now: Millis) -> Result<usize, Refusal> {
        let queue = self.queues.get_mut(dead).ok_or(Refusal::NoSuchQueue)?;
        let way = |letter: &Message| to.map(str::to_owned).or_else(|| letter.died_in.clone());
        let letters = std::mem::take(&mut queue.messages);
        let (going, staying): (Vec<_>, Vec<_>) = letters.into_iter().partition(|letter| way(letter).is_some());
        queue.messages = staying;
        for letter in &going {
            self.send(&way(letter).unwrap_or_default(), &letter.body, None, now)?;
        }
        Ok(going.len())
    }

    pub fn knows(&self, name: &str) -> bool {
        self.queues.contains_key(name)
    }

    /// Whether dead letters of another queue go there.
    pub fn takes_dead_letters(&self, name: &str) -> bool {
        let targets = self.queues.values().filter_map(|queue| queue.settings.redrive.as_ref());
        targets.into_iter().any(|(dead, _)| dead == name)
    }

    pub fn bodies(&self, name: &str) -> Vec<String> {
        let messages = self
            .queues
            .get(name)
            .map(|queue| queue.messages.as_slice())
            .unwrap_or_default();
        messages.iter().map(|message| message.body.clone()).collect()
    }

    fn id(&mut self, kind: &str) -> String {
        self.counter += 1;
        format!("{kind}-{:08}", self.counter)
    }
}

/// What SQS takes in a body.
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>.
fn allowed(letter: char) -> bool {
    let control = letter < ' ' && !['\t', '\n', '\r'].contains(&letter);
    !control && !['\u{fffe}', '\u{ffff}'].contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queues() -> Queues {
        let mut queues = Queues::default();
        let plain = Settings {
            visibility_ms: 1_000,
            delay_ms: 0,
            redrive: None,
        };
        queues.create(
            "work",
            Settings {
                redrive: Some(("dead".to_owned(), 2)),
                ..plain.clone()
            },
        );
        queues.create("dead", plain);
        queues
    }

    #[test]
    fn a_message_comes_again_until_it_is_deleted_or_dead() {
        let mut queues = queues();
        queues.send("work", "hello", None, 0).unwrap();
        assert_eq!(queues.receive("work", 10, 0).unwrap().len(), 1);
        assert!(queues.receive("work", 10, 999).unwrap().is_empty());
        let again = queues.receive("work", 10, 1_000).unwrap();
        assert_eq!(again[0].received, 2);
        assert!(queues.receive("work", 10, 2_000).unwrap().is_empty());
        assert_eq!(queues.bodies("dead"), ["hello"]);
    }

    #[test]
    fn an_old_receipt_deletes_nothing() {
        let mut queues = queues();
        queues.send("work", "hello", None, 0).unwrap();
        let first = queues.receive("work", 1, 0).unwrap()[0].receipt.clone().unwrap();
        let second = queues.receive("work", 1, 1_000).unwrap()[0].receipt.clone().unwrap();
        queues.delete("work", &first).unwrap();
        assert_eq!(queues.bodies("work").len(), 1);
        queues.delete("work", &second).unwrap();
        assert!(queues.bodies("work").is_empty());
    }

    #[test]
    fn delays_end_at_a_quarter_of_an_hour() {
        let mut queues = queues();
        queues.send("work", "later", Some(900_000), 0).unwrap();
        assert!(queues.receive("work", 1, 899_999).unwrap().is_empty());
        assert_eq!(queues.receive("work", 1, 900_000).unwrap().len(), 1);
        assert_eq!(queues.send("work", "x", Some(901_000), 0), Err(Refusal::DelayTooLong));
    }
}
