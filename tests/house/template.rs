//! `infra/template.yaml`: what AWS would not complain about, and an order would suffer from.

use domain::effect::Performer;
use domain::work::LEASE;
use flow::perform::{BUDGET, CALL_MAX};
use local::template::resources;
use local::tools::root;
use serde_json::Value;

pub(crate) fn of_type<'a>(resources: &'a Value, kind: &str) -> Vec<(&'a String, &'a Value)> {
    let all = resources.as_object().expect("resources");
    let of = all.iter().filter(|(_, resource)| resource["Type"] == kind);
    of.map(|(name, resource)| (name, &resource["Properties"])).collect()
}

pub(crate) fn events<'a>(function: &'a Value, kind: &str) -> Vec<&'a Value> {
    let all = function["Events"].as_object().into_iter().flatten();
    all.filter(|(_, event)| event["Type"] == kind)
        .map(|(_, event)| &event["Properties"])
        .collect()
}

pub(crate) fn is_dead(queue: &str) -> bool {
    queue.ends_with("DeadQueue")
}

#[test]
fn every_function_has_its_folder_and_every_folder_its_function() {
    let resources = resources().expect("the template");
    let all = resources.as_object().expect("resources");
    let mut named: Vec<String> = all
        .values()
        .filter_map(|resource| resource["Metadata"]["BuildProperties"]["Binary"].as_str())
        .map(str::to_owned)
        .collect();
    let folders = std::fs::read_dir(root().join("functions")).expect("functions");
    let mut folders: Vec<String> = folders
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    named.sort();
    folders.sort();
    assert_eq!(named, folders);
}

#[test]
fn every_performer_has_a_fresh_a_delay_and_a_dead_letter_queue() {
    let resources = resources().expect("the template");
    for performer in Performer::ALL {
        let name = performer.name();
        let title = name[..1].to_uppercase() + &name[1..];
        for kind in ["Queue", "DelayQueue", "DeadQueue"] {
            let queue = &resources[format!("{title}{kind}")];
            assert_eq!(queue["Type"], "AWS::SQS::Queue", "{title}{kind}");
        }
        let mut woken: Vec<&str> = events(&resources[&title]["Properties"], "SQS")
            .into_iter()
            .filter_map(|event| event["Queue"].as_str())
            .collect();
        // What the mail system says of our mails comes besides.
        woken.retain(|queue| *queue != "MailEventsQueue");
        woken.sort_unstable();
        assert_eq!(woken, [format!("{title}DelayQueue"), format!("{title}Queue")]);
    }
}

#[test]
fn nothing_dies_unseen() {
    let resources = resources().expect("the template");
    for (name, queue) in of_type(&resources, "AWS::SQS::Queue") {
        let target = queue["RedrivePolicy"]["deadLetterTargetArn"].as_str();
        if name == "CoordinationDeadQueue" {
            assert_eq!(target, None, "the last resort has none behind it");
            continue;
        }
        let target = target.unwrap_or_else(|| panic!("{name} has no dead-letter queue"));
        let retention = |queue: &Value| queue["MessageRetentionPeriod"].as_u64().expect("a retention");
        let dead = &resources[target]["Properties"];
        // Its age counts from its first sending, so it needs more days than the queue that it died in.
        let days = if is_dead(name) { 14 } else { 4 };
        assert_eq!(retention(queue), days * 86_400, "{name}");
        assert_eq!(
            retention(dead),
            14 * 86_400,
            "{target}: a dead letter must outlive its queue's messages"
        );
        let receives = |queue: &Value| queue["RedrivePolicy"]["maxReceiveCount"].as_u64().unwrap_or_default();
        assert!(
            receives(queue) >= 5,
            "{name}: AWS advises five receives, since throttling counts too"
        );
        // Peers differ in whether a dead letter brings its count along; on AWS nobody has looked yet.
        assert!(
            target == "CoordinationDeadQueue" || receives(dead) >= receives(queue) + 5,
            "{target} may pass on at once what comes from {name}"
        );
    }
}

#[test]
fn time_limits_nest() {
    let resources = resources().expect("the template");
    for (name, function) in of_type(&resources, "AWS::Serverless::Function") {
        let timeout = function["Timeout"].as_u64().expect("a time limit");
        assert!(timeout < LEASE.as_secs(), "{name} may run longer than its lease");
        let performs = Performer::ALL
            .iter()
            .any(|performer| performer.name() == name.to_lowercase());
        let needs = (BUDGET + CALL_MAX).as_secs();
        assert!(
            !performs || needs < timeout,
            "{name} may be cut off in the middle of an effect"
        );
        for event in events(function, "SQS") {
            let queue = event["Queue"].as_str().expect("a queue");
            let visibility = resources[queue]["Properties"]["VisibilityTimeout"].as_u64();
            assert!(
                visibility >= Some(6 * timeout),
                "{queue} shows a message again while {name} may still work"
            );
            assert!(
                visibility >= Some(LEASE.as_secs()),
                "{queue} shows a message again within the lease"
            );
        }
    }
}

#[test]
fn a_batch_reports_its_failures_and_nobody_is_flooded() {
    let resources = resources().expect("the template");
    for (name, function) in of_type(&resources, "AWS::Serverless::Function") {
        let mut at_once = 0;
        for event in events(function, "SQS") {
            assert_eq!(event["FunctionResponseTypes"][0], "ReportBatchItemFailures", "{name}");
            // One order at a time: what takes long, or dies, takes no other with it.
            assert_eq!(event["BatchSize"], 1, "{name}");
            let most = event["ScalingConfig"]["MaximumConcurrency"].as_u64();
            assert!(most >= Some(2), "{name}");
            at_once += most.unwrap_or_default();
        }
        let reserved = &function["ReservedConcurrentExecutions"];
        assert_eq!(
            reserved[0], "ConcurrencyIsReserved",
            "{name}: only where somebody asks for it"
        );
        assert_eq!(reserved[2], "AWS::NoValue", "{name}");
        let schedules = events(function, "Schedule").len() as u64;
        assert!(
            reserved[1].as_u64() >= Some(5.max(at_once + schedules)),
            "{name} has less than its queues and schedules take: messages would die without being looked at"
        );
    }
}

#[test]
fn each_secret_is_one_functions_alone_and_stands_nowhere_else() {
    let resources = resources().expect("the template");
    let mut unread: Vec<&String> = of_type(&resources, "AWS::SecretsManager::Secret")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    for (name, function) in of_type(&resources, "AWS::Serverless::Function") {
        let role = &resources[format!("{name}Role")]["Properties"]["Policies"][0]["PolicyDocument"];
        let statements = role["Statement"].as_array().expect("statements");
        let reads = |statement: &&Value| statement["Action"] == serde_json::json!(["secretsmanager:GetSecretValue"]);
        let granted: Vec<&Value> = statements.iter().filter(reads).map(|of| &of["Resource"]).collect();
        let named = &function["Environment"]["Variables"]["MAKEGOOD_SECRET"];
        if name == "Coordination" {
            assert!(granted.is_empty() && named.is_null(), "{name} needs no secret");
            continue;
        }
        assert_eq!(
            (granted, named.as_str()),
            (vec![named], Some(&*format!("{name}Secret")))
        );
        unread.retain(|secret| *secret != named);
    }
    assert!(unread.is_empty(), "nobody reads {unread:?}");
    for (name, resource) in resources.as_object().expect("resources") {
        if resource["Type"] == "AWS::SecretsManager::Secret" {
            for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
                assert_eq!(resource[policy], "Retain", "{name}");
            }
            // A value in the template would be put back by a deployment.
            assert!(resource["Properties"]["SecretString"].is_null(), "{name}");
        }
    }
    let parameters = local::template::part("Parameters").expect("the template");
    for (name, parameter) in parameters.as_object().expect("parameters") {
        assert!(parameter["NoEcho"].is_null(), "{name} belongs into a secret");
        assert!(
            !name.contains("Secret") && !name.ends_with("Token") && !name.ends_with("Key"),
            "{name}"
        );
    }
}

#[test]
fn the_sweep_comes_each_minute_heartbeat_and_digest_each_hour_and_the_table_is_kept() {
    let resources = resources().expect("the template");
    let schedules = events(&resources["Reconciliation"]["Properties"], "Schedule");
    assert!(schedules.iter().any(|schedule| {
        schedule["Schedule"] == "rate(1 minute)" && schedule["Input"] == r#"{"schedule":"sweep"}"#
    }));
    let schedules = events(&resources["Notification"]["Properties"], "Schedule");
    assert!(schedules.iter().any(|schedule| {
        schedule["Schedule"] == "rate(1 hour)" && schedule["Input"] == r#"{"schedule":"heartbeat"}"#
    }));
    assert!(
        schedules.iter().any(|schedule| {
            schedule["Schedule"] == "rate(1 hour)" && schedule["Input"] == r#"{"schedule":"digest"}"#
        })
    );
    assert!(
        schedules.iter().any(|schedule| {
            schedule["Schedule"] == "rate(1 hour)" && schedule["Input"] == r#"{"schedule":"weekly"}"#
        })
    );
    let table = &resources["Table"];
    assert_eq!(
        (&table["DeletionPolicy"], &table["UpdateReplacePolicy"]),
        (&"Retain".into(), &"Retain".into())
    );
    let properties = &table["Properties"];
    for kept in [
        &properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
        &properties["DeletionProtectionEnabled"],
        &properties["SSESpecification"]["SSEEnabled"],
    ] {
        assert_eq!(kept, true, "{properties}");
    }
    let due = table["Properties"]["GlobalSecondaryIndexes"]
        .as_array()
        .expect("indexes");
    assert!(due.iter().any(|index| index["IndexName"] == "due"));
}

#[test]
fn only_the_console_looks_an_order_up_and_no_index_but_one_holds_orders() {
    const OF_PEOPLE: [&str; 6] = ["session", "payment", "buyer", "reference", "refunded", "waiting"];
    let resources = resources().expect("the template");
    for (name, function) in of_type(&resources, "AWS::Serverless::Function") {
        let policies = resources[function["Role"].as_str().expect("a role")].to_string();
        for index in OF_PEOPLE {
            let may = policies.contains(&format!("/index/{index}\""));
            assert_eq!(may, name == "Console", "{name} and the index {index}");
        }
    }
    let indexes = resources["Table"]["Properties"]["GlobalSecondaryIndexes"].clone();
    for index in indexes.as_array().expect("indexes") {
        let name = index["IndexName"].as_str().expect("a name");
        let projection = &index["Projection"];
        let all = projection["ProjectionType"] == "ALL";
        assert!(
            !all || name == "listing",
            "{name} would be written with each write of an order"
        );
        let included = projection["NonKeyAttributes"].as_array();
        assert_eq!(included.is_some(), projection["ProjectionType"] == "INCLUDE", "{name}");
        for attribute in included.into_iter().flatten() {
            let attribute = attribute.as_str().expect("an attribute's name");
            assert!(
                !["order", "case"].contains(&attribute),
                "{name} holds each {attribute} whole"
            );
        }
    }
}
