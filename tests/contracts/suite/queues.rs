//! The contract of a queue: thirteen checks, each a sentence of AWS's documents, asked with AWS's own SDK.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName, SendMessageBatchRequestEntry,
};

use super::report::{Checked, Report, holds, same};
use super::sqs::{
    Made, NO_QUEUE, Queue, Sqs, attribute, bodies, client, counts, delete, failed, hide, one, receive, send,
};

const SECOND: Duration = Duration::from_secs(1);
/// Longer than a visibility time or a delay of one second.
const A_WHILE: Duration = Duration::from_millis(1_300);
const MEBIBYTE: usize = 1_048_576;

pub(crate) async fn check(at: &impl Sqs) -> Report {
    let mut report = Report::new("SQS", &at.peer());
    let client = client(&at.endpoint());
    report.add("a receive hides a message for a time", hidden(at, &client).await);
    report.add("an old receipt handle is no error", old_receipt(at, &client).await);
    report.add("a message's delay goes before its queue's", delay(at, &client).await);
    report.add("no delay is longer than 900 s", longest_delay(at, &client).await);
    report.add("a message is at most 1 MiB", size(at, &client).await);
    report.add("a batch has one to ten entries", batch(at, &client).await);
    report.add("a bad entry of a batch fails alone", partial(at, &client).await);
    report.add("received too often is a dead letter", redrive(at, &client).await);
    report.add("each receive is counted", count(at, &client).await);
    report.add(
        "a receiver changes how long it is hidden",
        visibility(at, &client).await,
    );
    report.add("messages are counted by where they are", attributes(at, &client).await);
    report.add("a long poll ends with a message", long_poll(at, &client).await);
    report.add("dead letters move back with new ids", move_task(at, &client).await);
    report
}

async fn hidden(at: &impl Sqs, client: &Client) -> Checked {
    let queue = at.queue("Hidden", &Made::hiding(1)).await;
    send(client, &queue, "hello", None).await?;
    let first = one(client, &queue).await?;
    same("hidden", &bodies(client, &queue).await?.len(), &0)?;
    at.pass(A_WHILE).await;
    let again = one(client, &queue).await?;
    same("the same message", &again.message_id, &first.message_id)?;
    delete(client, &queue, &again).await?;
    at.pass(A_WHILE).await;
    same("deleted", &bodies(client, &queue).await?.len(), &0)
}

async fn old_receipt(at: &impl Sqs, client: &Client) -> Checked {
    let queue = at.queue("OldReceipt", &Made::hiding(1)).await;
    send(client, &queue, "hello", None).await?;
    let first = one(client, &queue).await?;
    at.pass(A_WHILE).await;
    let second = one(client, &queue).await?;
    holds(first.receipt_handle != second.receipt_handle, || {
        "both receipts are the same".to_owned()
    })?;
    // What becomes of the message is left open; that the request succeeds is not.
    delete(client, &queue, &first).await?;
    delete(client, &queue, &second).await?;
    at.pass(A_WHILE).await;
    same("left", &bodies(client, &queue).await?.len(), &0)
}

async fn delay(at: &impl Sqs, client: &Client) -> Checked {
    let made = Made {
        delay_s: 2,
        ..Made::hiding(60)
    };
    let queue = at.queue("Delay", &made).await;
    send(client, &queue, "queue's", None).await?;
    send(client, &queue, "at once", Some(0)).await?;
    send(client, &queue, "longer", Some(4)).await?;
    same("at first", &bodies(client, &queue).await?, &vec!["at once".to_owned()])?;
    at.pass(2 * SECOND + SECOND / 2).await;
    same(
        "after 2.5 s",
        &bodies(client, &queue).await?,
        &vec!["queue's".to_owned()],
    )?;
    at.pass(2 * SECOND).await;
    same(
        "after 4.5 s",
        &bodies(client, &queue).await?,
        &vec!["longer".to_owned()],
    )
}

async fn longest_delay(at: &impl Sqs, client: &Client) -> Checked {
    let queue = at.queue("LongestDelay", &Made::hiding(60)).await;
    send(client, &queue, "a quarter of an hour", Some(900)).await?;
    same("delayed", &counts(client, &queue).await?, &[0, 0, 1])?;
    let longer = send(client, &queue, "longer", Some(901)).await;
    holds(longer.is_err(), || "901 s are taken".to_owned())?;
    let negative = send(client, &queue, "sooner", Some(-1)).await;
    holds(negative.is_err(), || "-1 s is taken".to_owned())
}

async fn size(at: &impl Sqs, client: &Client) -> Checked {
    let queue = at.queue("Size", &Made::hiding(60)).await;
    let largest = "x".repeat(MEBIBYTE);
    send(client, &queue, &largest, None).await?;
    let received = bodies(client, &queue).await?;
    holds(received == [largest.as_str()], || "it came back otherwise".to_owned())?;
    let larger = send(client, &queue, &format!("{largest}x"), None).await;
    holds(larger.is_err(), || "1 MiB and a byte is taken".to_owned())?;
    // Bytes count, not letters.
    let larger = send(client, &queue, &"ü".repeat(MEBIBYTE / 2 + 1), None).await;
    holds(larger.is_err(), || "1 MiB and two bytes are taken".to_owned())?;
    holds(send(client, &queue, "", None).await.is_err(), || {
        "no body is taken".to_owned()
    })
}

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    let entry = SendMessageBatchRequestEntry::builder().id(id).message_body(body);
    entry.build().expect("an entry")
}

/// Ids of what was taken and of what was not.
async fn send_batch(
    client: &Client,
    queue: &Queue,
    entries: Vec<SendMessageBatchRequestEntry>,
) -> Result<(Vec<String>, Vec<String>), String> {
    let asked = client
        .send_message_batch()
        .queue_url(&queue.url)
        .set_entries(Some(entries));
    let answer = asked.send().await.map_err(failed)?;
    let taken = answer.successful.into_iter().map(|entry| entry.id).collect();
    Ok((taken, answer.failed.into_iter().map(|entry| entry.id).collect()))
}

async fn batch(at: &impl Sqs, client: &Client) -> Checked {
    let queue = at.queue("Batch", &Made::hiding(60)).await;
    let entries = |count: usize| {
        (0..count)
            .map(|n| entry(&format!("e{n}"), &format!("body {n}")))
            .collect()
    };
    let (taken, refused) = send_batch(client, &queue, entries(10)).await?;
    same("taken and refused", &(taken.len(), refused.len()), &(10, 0))?;
    let code = |outcome: Result<_, String>| outcome.map(|_taken: (Vec<String>, Vec<String>)| ()).err();
    let wanted = |code: &str| Some(format!("refused: AWS.SimpleQueueService.{code}"));
    let eleven = code(send_batch(client, &queue, entries(11)).await);
    same("eleven", &eleven, &wanted("TooManyEntriesInBatchRequest"))?;
    let none = code(send_batch(client, &queue, Vec::new()).await);
    same("none", &none, &wanted("EmptyBatchRequest"))?;
    let twice = code(send_batch(client, &queue, vec![entry("e", "1"), entry("e", "2")]).await);
    same("one id twice", &twice, &wanted("BatchEntryIdsNotDistinct"))?;
    let half = "x".repeat(MEBIBYTE / 2 + 1);
    let long = code(send_batch(client, &queue, vec![entry("1", &half), entry("2", &half)]).await);
    same("more than 1 MiB", &long, &wanted("BatchRequestTooLong"))?;
    same("there", &counts(client, &queue).await?, &[10, 0, 0])?;
    let received = receive(client, &queue).await?;
    let entries = received.iter().enumerate().map(|(n, message)| {
        let entry = DeleteMessageBatchRequestEntry::builder().id(format!("e{n}"));
        let entry = entry.set_receipt_handle(message.receipt_handle.clone());
        entry.build().expect("an entry")
    });
    let asked = client
        .delete_message_batch()
        .queue_url(&queue.url)
        .set_entries(Some(entries.collect()));
    let answer = asked.send().await.map_err(failed)?;
    same("deleted", &answer.successful.len(), &received.len())?;
    same(
        "left",
        &counts(client, &queue).await?.iter().sum(),
        &(10 - i64::try_from(received.len()).unwrap_or(0)),
    )
}

async fn partial(at: &impl Sqs, client: &Client) -> Checked {
    let queue = at.queue("Partial", &Made::hiding(60)).await;
    let entries = vec![entry("a", "one"), entry("b", "bad \u{1} letter"), entry("c", "three")];
    let (taken, refused) = send_batch(client, &queue, entries).await?;
    same("taken", &taken, &vec!["a".to_owned(), "c".to_owned()])?;
    same("refused", &refused, &vec!["b".to_owned()])?;
    let mut there = bodies(client, &queue).await?;
    there.sort();
    same("there", &there, &vec!["one".to_owned(), "three".to_owned()])
}

/// A queue with a dead letter in its dead-letter queue.
async fn dead(at: &impl Sqs, client: &Client, name: &str) -> Result<(Queue, Queue, Message), String> {
    let dead = at.queue(&format!("{name}Dead"), &Made::hiding(1)).await;
    let made = Made {
        redrive: Some((dead.arn.clone(), 2)),
        ..Made::hiding(60)
    };
    let queue = at.queue(name, &made).await;
    send(client, &queue, "hello", None).await?;
    let mut last = one(client, &queue).await?;
    hide(client, &queue, &last, 0).await?;
    last = one(client, &queue).await?;
    hide(client, &queue, &last, 0).await?;
    same("a third time", &bodies(client, &queue).await?.len(), &0)?;
    Ok((queue, dead, last))
}

async fn redrive(at: &impl Sqs, client: &Client) -> Checked {
    let (queue, dead, last) = dead(at, client, "Redrive").await?;
    let letter = one(client, &dead).await?;
    same("its body", &letter.body, &last.body)?;
    same("its id", &letter.message_id, &last.message_id)?;
    let sent = |message: &Message| attribute(message, &MessageSystemAttributeName::SentTimestamp);
    same("sent at", &sent(&letter), &sent(&last))?;
    same("left", &counts(client, &queue).await?, &[0, 0, 0])
}

async fn count(at: &impl Sqs, client: &Client) -> Checked {
    let queue = at.queue("Count", &Made::hiding(60)).await;
    send(client, &queue, "hello", None).await?;
    for wanted in ["1", "2", "3"] {
        let message = one(client, &queue).await?;
        let counted = attribute(&message, &MessageSystemAttributeName::ApproximateReceiveCount);
        same("received", &counted.as_deref(), &Some(wanted))?;
        let sent = attribute(&message, &MessageSystemAttributeName::SentTimestamp);
        holds(sent.is_some(), || "nothing says when it was sent".to_owned())?;
        hide(client, &queue, &message, 0).await?;
    }
    Ok(())
}

async fn visibility(at: &impl Sqs, client: &Client) -> Checked {
    let queue = at.queue("Visibility", &Made::hiding(1)).await;
    send(client, &queue, "hello", None).await?;
    let message = one(client, &queue).await?;
    hide(client, &queue, &message, 3).await?;
    at.pass(A_WHILE).await;
    same("longer", &bodies(client, &queue).await?.len(), &0)?;
    hide(client, &queue, &message, 0).await?;
    let received = client.receive_message().queue_url(&queue.url).visibility_timeout(2);
    let received = received.send().await.map_err(failed)?.messages.unwrap_or_default();
    same("at once", &received.len(), &1)?;
    at.pass(A_WHILE).await;
    same("as the receive asked", &bodies(client, &queue).await?.len(), &0)?;
    at.pass(SECOND).await;
    same("again", &bodies(client, &queue).await?.len(), &1)
}

async fn attributes(at: &impl Sqs, client: &Client) -> Checked {
    let queue = at.queue("Attributes", &Made::hiding(60)).await;
    for (body, delay) in [("one", None), ("two", None), ("three", None), ("later", Some(600))] {
        send(client, &queue, body, delay).await?;
    }
    let received = client.receive_message().queue_url(&queue.url);
    let received = received.max_number_of_messages(1).send().await.map_err(failed)?;
    same("received", &received.messages().len(), &1)?;
    same("counts", &counts(client, &queue).await?, &[2, 1, 1])?;
    let absent = Queue {
        url: format!("{}Absent", queue.url),
        ..queue
    };
    let refused = send(client, &absent, "hello", None).await;
    same("no such queue", &refused, &Err(format!("refused: {NO_QUEUE}")))
}

async fn long_poll(at: &impl Sqs, client: &Client) -> Checked {
    let queue = at.queue("LongPoll", &Made::hiding(60)).await;
    let began = std::time::Instant::now();
    let poll = client
        .receive_message()
        .queue_url(&queue.url)
        .wait_time_seconds(8)
        .send();
    let sending = async {
        // The poll must be waiting when the message comes.
        tokio::time::sleep(Duration::from_millis(300)).await;
        send(client, &queue, "hello", None).await
    };
    let (polled, sent) = futures_util::future::join(poll, sending).await;
    sent?;
    let polled = polled.map_err(failed)?;
    same("received", &polled.messages().len(), &1)?;
    let took = began.elapsed();
    holds(took < 4 * SECOND && took > SECOND / 4, || format!("it took {took:?}"))
}

async fn move_task(at: &impl Sqs, client: &Client) -> Checked {
    let (queue, dead, last) = dead(at, client, "Move").await?;
    let started = client
        .start_message_move_task()
        .source_arn(&dead.arn)
        .send()
        .await
        .map_err(failed)?;
    holds(started.task_handle.is_some(), || "a task without a handle".to_owned())?;
    for _ in 0..20 {
        if counts(client, &queue).await?[0] == 1 {
            break;
        }
        at.pass(SECOND / 4).await;
    }
    let moved = one(client, &queue).await?;
    same("its body", &moved.body, &last.body)?;
    holds(moved.message_id != last.message_id, || "it kept its id".to_owned())?;
    same("left", &counts(client, &dead).await?, &[0, 0, 0])?;
    let no_dead = client.start_message_move_task().source_arn(&queue.arn).send().await;
    holds(no_dead.is_err(), || {
        "a queue that takes no dead letters is taken".to_owned()
    })
}
