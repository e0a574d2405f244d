//! Loops. A queue wakes a function, and the function may send to queues; what fails too often goes on to a queue of dead
//! letters. Somewhere in there a message could go round for ever, at our cost and at our partners'. Six rules:
//!
//! 1. Dead letters only go down: whoever follows them comes to a last queue, which wakes nobody, and never to one twice.
//! 2. A queue of dead letters wakes no function that serves a queue which fills it: what failed there would fail again.
//! 3. Nobody but SQS itself puts anything into a queue of dead letters.
//! 4. Each function that may wake itself, over whatever other functions, is cut off by AWS after about 16 rounds
//!    (`RecursiveLoop: Terminate`). Before that our own rule ends the round: after three attempts the sweeper takes over
//!    (`flow/nudge.rs`), which begins a new chain, and each attempt is counted on its order.
//! 5. Each queue on such a round has a queue of dead letters. What is cut off would else come again for four days.
//! 6. A dead letter begins a chain anew, and AWS counts from the start. So whoever is woken by dead letters and may send
//!    counts them on their order (`flow/rearm.rs`): after three of them it is a person's.
//!
//! AWS sees rounds over SQS and SNS. A round over anything else would be seen by nobody, so no such trigger is let in.

use std::collections::{BTreeMap, BTreeSet};

use local::template::{part, resources};
use serde_json::{Value, json};

use crate::ports::sources;
use crate::template::{events, of_type};

type Edges<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

struct Graph<'a> {
    /// From a queue to the functions that it wakes.
    wakes: Edges<'a>,
    /// From a function to the queues that it may send to, itself or over a topic.
    sends: Edges<'a>,
    /// From a queue to the one of its dead letters.
    dies: BTreeMap<&'a str, &'a str>,
}

impl<'a> Graph<'a> {
    fn of(resources: &'a Value) -> Self {
        let (mut wakes, mut sends) = (Edges::new(), Edges::new());
        for (name, function) in of_type(resources, "AWS::Serverless::Function") {
            for queue in events(function, "SQS")
                .iter()
                .filter_map(|event| event["Queue"].as_str())
            {
                wakes.entry(queue).or_default().insert(name.as_str());
            }
            let mut to: BTreeSet<&str> = allowed(resources, function, "sqs:SendMessage").collect();
            for topic in allowed(resources, function, "sns:Publish") {
                let heard = of_type(resources, "AWS::SNS::Subscription").into_iter();
                let heard = heard.filter(|(_, heard)| heard["TopicArn"] == topic && heard["Protocol"] == "sqs");
                to.extend(heard.filter_map(|(_, heard)| heard["Endpoint"].as_str()));
            }
            sends.insert(name, to);
        }
        let dies = of_type(resources, "AWS::SQS::Queue")
            .into_iter()
            .filter_map(|(name, queue)| {
                let target = queue["RedrivePolicy"]["deadLetterTargetArn"].as_str()?;
                queue["RedrivePolicy"]["maxReceiveCount"].as_u64()?;
                Some((name.as_str(), target))
            });
        Self {
            wakes,
            sends,
            dies: dies.collect(),
        }
    }

    /// Queues that a message of this function may come to, over whatever functions it wakes. Dead letters are another story.
    fn reach(&self, function: &'a str) -> BTreeSet<&'a str> {
        let (mut reached, mut next) = (BTreeSet::new(), vec![function]);
        while let Some(function) = next.pop() {
            for queue in self.sends.get(function).into_iter().flatten() {
                if reached.insert(*queue) {
                    next.extend(self.wakes.get(queue).into_iter().flatten());
                }
            }
        }
        reached
    }

    fn woken_by(&self, queue: &str) -> impl Iterator<Item = &'a str> {
        self.wakes.get(queue).into_iter().flatten().copied()
    }
}

/// What the function's role allows this action on.
fn allowed<'a>(resources: &'a Value, function: &'a Value, action: &'a str) -> impl Iterator<Item = &'a str> {
    let role = &resources[function["Role"].as_str().unwrap_or_default()]["Properties"];
    let policies = role["Policies"].as_array().into_iter().flatten();
    let statements = policies
        .filter_map(|policy| policy["PolicyDocument"]["Statement"].as_array())
        .flatten();
    let of = statements.filter(move |statement| {
        statement["Action"]
            .as_array()
            .is_some_and(|all| all.contains(&json!(action)))
    });
    of.flat_map(|statement| {
        let alone = statement["Resource"].as_str().into_iter();
        alone.chain(
            statement["Resource"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str),
        )
    })
}

/// What is wrong with the template's loops; `counts` are the functions that count dead letters on their order.
fn complaints(globals: &Value, resources: &Value, counts: &[&str]) -> Vec<String> {
    let graph = Graph::of(resources);
    let mut wrong = of_dead_letters(&graph, counts);
    for (name, function) in of_type(resources, "AWS::Serverless::Function") {
        for event in function["Events"].as_object().into_iter().flatten() {
            let kind = event.1["Type"].as_str().unwrap_or_default();
            if !["SQS", "HttpApi", "Schedule"].contains(&kind) {
                wrong.push(format!("{name} is woken by {kind}, where AWS sees no loop"));
            }
        }
        let reached = graph.reach(name);
        let round: Vec<&str> = reached
            .into_iter()
            .filter(|queue| graph.woken_by(queue).any(|woken| woken == name))
            .collect();
        let own = &function["RecursiveLoop"];
        let said = if own.is_null() {
            &globals["Function"]["RecursiveLoop"]
        } else {
            own
        };
        if !round.is_empty() && said != "Terminate" {
            wrong.push(format!("{name} may wake itself over {round:?} for ever"));
        }
        for queue in round.iter().filter(|queue| !graph.dies.contains_key(*queue)) {
            wrong.push(format!("{queue}: what AWS cuts off there comes again and again"));
        }
    }
    wrong
}

fn of_dead_letters(graph: &Graph, counts: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (queue, dead) in &graph.dies {
        let mut seen = BTreeSet::from([*queue]);
        let mut last = *dead;
        while let Some(next) = graph.dies.get(last).filter(|_| seen.insert(last)) {
            last = next;
        }
        if seen.contains(last) {
            wrong.push(format!("{queue}: its dead letters come back to {last}"));
        } else if graph.woken_by(last).next().is_some() {
            wrong.push(format!("{last} is the last resort, and wakes somebody"));
        }
        for filler in graph
            .woken_by(queue)
            .filter(|filler| graph.woken_by(dead).any(|woken| woken == *filler))
        {
            wrong.push(format!("{dead} feeds {filler}, which fills it"));
        }
        for (sender, _) in graph.sends.iter().filter(|(_, queues)| queues.contains(dead)) {
            wrong.push(format!("{sender} may send to {dead}"));
        }
        let sending = graph
            .woken_by(dead)
            .filter(|woken| graph.sends.get(woken).is_some_and(|to| !to.is_empty()));
        for woken in sending.filter(|woken| !counts.contains(woken)) {
            wrong.push(format!(
                "{woken} sends what died in {dead} round again, and counts nothing"
            ));
        }
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

/// Those whose code arms a dead letter's order again, which counts it there.
fn counting(resources: &Value) -> Vec<&str> {
    let functions = of_type(resources, "AWS::Serverless::Function").into_iter();
    let counting = functions.filter(|(name, _)| {
        let binary = resources[name.as_str()]["Metadata"]["BuildProperties"]["Binary"].as_str();
        let code = sources(&format!("functions/{}/src", binary.expect("a binary")));
        code.iter()
            .any(|(_, text)| text.contains("flow::rearm::") && text.contains("rearm("))
    });
    counting.map(|(name, _)| name.as_str()).collect()
}

#[test]
fn no_message_goes_round_for_ever() {
    let (globals, resources) = (part("Globals").expect("globals"), resources().expect("the template"));
    let graph = Graph::of(&resources);
    let (queues, sends) = (
        graph.wakes.len(),
        graph.sends.values().map(BTreeSet::len).sum::<usize>(),
    );
    assert!(
        queues > 15 && sends > 80 && graph.dies.len() > 15,
        "the walk saw too little: {queues}, {sends}"
    );
    assert!(
        graph.reach("Provisioning").contains("ProvisioningQueue"),
        "there is a round to be bounded"
    );
    let wrong = complaints(&globals, &resources, &counting(&resources));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A template that is wrong in one way, and a part of what must be said of it.
type Planted = (&'static str, fn(&mut Value, &mut Value));

#[test]
fn every_kind_of_endless_loop_is_seen() {
    let planted: [Planted; 9] = [
        ("Provisioning may wake itself", |globals, _| {
            globals["Function"]["RecursiveLoop"] = json!("Allow");
        }),
        ("Refund may wake itself", |_, resources| {
            resources["Refund"]["Properties"]["RecursiveLoop"] = json!("Allow");
        }),
        ("CaptureQueue: what AWS cuts off", |_, resources| {
            resources["CaptureQueue"]["Properties"]["RedrivePolicy"] = Value::Null;
        }),
        ("ProvisioningQueue: its dead letters come back", |_, resources| {
            resources["ProvisioningDeadQueue"]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"] =
                json!("ProvisioningQueue");
        }),
        ("RefundDeadQueue feeds Refund", |_, resources| {
            resources["Refund"]["Properties"]["Events"]["Fresh"]["Properties"]["Queue"] = json!("RefundDeadQueue");
        }),
        ("CoordinationDeadQueue is the last resort", |_, resources| {
            resources["Console"]["Properties"]["Events"]["Dead"] =
                json!({ "Type": "SQS", "Properties": { "Queue": "CoordinationDeadQueue" } });
        }),
        ("Checkout may send to CaptureDeadQueue", |_, resources| {
            resources["CheckoutRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0] =
                json!({ "Action": ["sqs:SendMessage"], "Resource": ["CaptureDeadQueue"] });
        }),
        ("Reconciliation sends what died in CaptureDeadQueue", |_, resources| {
            resources["Reconciliation"]["Properties"]["Events"]["Dead"] =
                json!({ "Type": "SQS", "Properties": { "Queue": "CaptureDeadQueue" } });
        }),
        ("Notification is woken by DynamoDB", |_, resources| {
            resources["Notification"]["Properties"]["Events"]["Stream"] = json!({ "Type": "DynamoDB" });
        }),
    ];
    for (said, plant) in planted {
        let (mut globals, mut bad) = (part("Globals").expect("globals"), resources().expect("the template"));
        plant(&mut globals, &mut bad);
        let counts = counting(&bad);
        let wrong = complaints(&globals, &bad, &counts);
        assert!(
            wrong.iter().any(|complaint| complaint.starts_with(said)),
            "\"{said}\" is not among {wrong:#?}"
        );
    }
}

#[test]
fn a_round_over_a_topic_is_seen() {
    let (mut globals, mut bad) = (part("Globals").expect("globals"), resources().expect("the template"));
    globals["Function"] = json!({});
    let send = |resources: &mut Value, action: &str, to: &str| {
        resources["NotificationRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"] =
            json!([{ "Action": [action], "Resource": [to] }]);
    };
    send(&mut bad, "sqs:SendMessage", "nowhere");
    let said = "Notification may wake itself over [\"MailEventsQueue\"]";
    let of = |resources: &Value| complaints(&globals, resources, &["Coordination"]);
    assert!(!of(&bad).iter().any(|complaint| complaint.starts_with(said)));
    send(&mut bad, "sns:Publish", "MailEventTopic");
    assert!(
        of(&bad).iter().any(|complaint| complaint.starts_with(said)),
        "{:#?}",
        of(&bad)
    );
}
