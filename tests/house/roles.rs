//! Each function's role beside its code: what its ports need, on what its environment names, and nothing else.

use std::collections::BTreeSet;

use domain::effect::Performer;
use local::template::{Template, resources};
use serde_json::Value;

use crate::ports::{Names, all_ports, calls_of_aws, ports_of, variables_of};
use crate::template::{events, of_type};

/// An action, and the logical name of what it is allowed on.
type Grant = (String, String);

/// What a port calls at AWS, and on what. A new port has no line and fails.
fn needs(port: &str) -> Vec<Grant> {
    let table = |actions: &[&str]| on(actions, &["Table".to_owned()]);
    let index = |names: &[&str]| {
        let indexes: Vec<String> = names
            .iter()
            .map(|name| format!("${{Table.Arn}}/index/{name}"))
            .collect();
        on(&["dynamodb:Query"], &indexes)
    };
    match port {
        // An order with its case is a transaction, for which DynamoDB asks the same right as for a write of each.
        "Ledger" | "Control" | "Breakers" => table(&["dynamodb:GetItem", "dynamodb:PutItem"]),
        // Whoever records may find that the order owes anybody something: a payment that came twice while a hold was
        // captured goes back at once. So each of them nudges every performer.
        "Courier" => on(&["sqs:SendMessage"], &queues(&["Queue", "DelayQueue"])),
        "Agenda" => [
            index(&["due"]),
            table(&["dynamodb:UpdateItem"]),
            on(&["sqs:GetQueueAttributes"], &queues(&["DelayQueue"])),
        ]
        .concat(),
        "Archive" => [index(&["listing"]), table(&["dynamodb:GetItem"])].concat(),
        "LookUp" => index(&["session", "payment", "buyer", "reference"]),
        "Lists" => index(&["refunded", "waiting"]),
        "Teller" => on(
            &["sns:Publish"],
            &["AlertTopic", "EscalationTopic", "AnnouncementTopic"].map(str::to_owned),
        ),
        "Depths" => {
            let mut all = queues(&["Queue", "DelayQueue", "DeadQueue"]);
            all.push("CoordinationDeadQueue".to_owned());
            on(&["sqs:GetQueueAttributes"], &all)
        }
        // Made of others, of the function itself, or answered by Stripe and the systems.
        "Store" | "Clock" | "Chance" | "Provider" | "Cashier" | "Books" | "Till" | "Treasury" => Vec::new(),
        new => panic!("the port {new} is new: say here what it calls at AWS"),
    }
}

/// What the adapters call, and the action that AWS asks for it.
const CALLS: [(&str, &str); 9] = [
    ("dynamodb:get_item", "dynamodb:GetItem"),
    ("dynamodb:put_item", "dynamodb:PutItem"),
    ("dynamodb:query", "dynamodb:Query"),
    ("dynamodb:transact_write_items", "dynamodb:PutItem"),
    ("dynamodb:update_item", "dynamodb:UpdateItem"),
    ("secretsmanager:get_secret_value", "secretsmanager:GetSecretValue"),
    ("sns:publish", "sns:Publish"),
    ("sqs:get_queue_attributes", "sqs:GetQueueAttributes"),
    ("sqs:send_message", "sqs:SendMessage"),
];

fn on(actions: &[&str], resources: &[String]) -> Vec<Grant> {
    let each = |action: &&str| {
        resources
            .iter()
            .map(|name| ((*action).to_owned(), name.clone()))
            .collect()
    };
    actions
        .iter()
        .flat_map(|action| -> Vec<Grant> { each(action) })
        .collect()
}

fn queues(kinds: &[&str]) -> Vec<String> {
    let of = |performer: Performer| {
        kinds
            .iter()
            .map(move |kind| format!("{}{kind}", title(performer.name())))
    };
    Performer::ALL.into_iter().flat_map(of).collect()
}

fn title(name: &str) -> String {
    let parts = name.split(['-', '_']).map(|part| part[..1].to_uppercase() + &part[1..]);
    parts.collect()
}

/// A word or a list of words.
fn listed(value: &Value) -> Vec<String> {
    let alone = value.as_str().into_iter();
    let many = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    alone.chain(many).map(str::to_owned).collect()
}

/// What a role allows, action by action and resource by resource.
fn granted(role: &Value) -> BTreeSet<Grant> {
    let policies = role["Properties"]["Policies"].as_array().expect("policies");
    let statements = policies.iter().flat_map(|policy| {
        let statements = policy["PolicyDocument"]["Statement"].as_array();
        statements.expect("statements")
    });
    let mut granted = BTreeSet::new();
    for statement in statements {
        assert_eq!(statement["Effect"], "Allow");
        for key in statement.as_object().expect("a statement").keys() {
            let plain = ["Effect", "Action", "Resource"].contains(&key.as_str());
            assert!(plain, "{key}: what is allowed but for something is hard to read");
        }
        let actions = listed(&statement["Action"]);
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        granted.extend(on(&actions, &listed(&statement["Resource"])));
    }
    granted
}

fn functions() -> Vec<(String, String, Value)> {
    let all = resources().expect("the template");
    let of = |(name, properties): (&String, &Value)| {
        let binary = all[name]["Metadata"]["BuildProperties"]["Binary"].as_str();
        (name.clone(), binary.expect("a binary").to_owned(), properties.clone())
    };
    of_type(&all, "AWS::Serverless::Function").into_iter().map(of).collect()
}

#[test]
fn a_role_allows_what_the_ports_of_its_function_need_and_nothing_else() {
    let all = resources().expect("the template");
    for (name, binary, function) in functions() {
        assert_eq!(function["Role"], format!("{name}Role"), "a role of its own");
        assert!(
            function["Policies"].is_null(),
            "{name}: SAM leaves these out where there is a role"
        );
        let mut wanted: BTreeSet<Grant> = ports_of(&binary).iter().flat_map(|port| needs(port)).collect();
        // Lambda takes the messages that wake it in the function's name.
        const TAKES: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
        for event in events(&function, "SQS") {
            wanted.extend(on(&TAKES, &listed(&event["Queue"])));
        }
        if !function["Environment"]["Variables"]["MAKEGOOD_SECRET"].is_null() {
            wanted.extend(on(&["secretsmanager:GetSecretValue"], &[format!("{name}Secret")]));
        }
        wanted.extend(on(
            &["logs:CreateLogStream", "logs:PutLogEvents"],
            &[format!("{name}Logs")],
        ));
        let granted = granted(&all[format!("{name}Role")]);
        let missing: Vec<&Grant> = wanted.difference(&granted).collect();
        assert!(missing.is_empty(), "{name} needs and may not: {missing:?}");
        let idle: Vec<&Grant> = granted.difference(&wanted).collect();
        assert!(idle.is_empty(), "{name} may and has no port for it: {idle:?}");
    }
}

#[test]
fn no_role_allows_everything_of_a_kind_and_only_lambda_takes_one_on() {
    let all = resources().expect("the template");
    let roles = of_type(&all, "AWS::IAM::Role");
    assert_eq!(roles.len(), functions().len(), "a role for each function and no other");
    for (name, role) in roles {
        for (action, resource) in granted(&all[name]) {
            assert!(
                !action.contains('*') && !resource.contains('*'),
                "{name}: {action} on {resource}"
            );
        }
        for key in ["ManagedPolicyArns", "PermissionsBoundary"] {
            assert!(
                role[key].is_null(),
                "{name} has {key}: what it allows cannot be read here"
            );
        }
        let trust = &role["AssumeRolePolicyDocument"]["Statement"];
        assert_eq!(trust[0]["Principal"]["Service"], "lambda.amazonaws.com", "{name}");
        assert_eq!(trust.as_array().map(Vec::len), Some(1), "{name}");
    }
}

#[test]
fn every_call_of_aws_is_a_right_and_every_right_a_call() {
    let known: Names = CALLS.iter().map(|(call, _)| (*call).to_owned()).collect();
    assert_eq!(calls_of_aws(), known, "what the adapters call at AWS");
    let rights: Names = CALLS.iter().map(|(_, action)| (*action).to_owned()).collect();
    let ports = all_ports();
    let ports = ports.keys().map(String::as_str).chain(["Depths"]);
    let mut needed: Names = ports.flat_map(needs).map(|(action, _)| action).collect();
    // Whose it is stands in its name, so it has no line of its own.
    needed.insert("secretsmanager:GetSecretValue".to_owned());
    assert_eq!(needed, rights, "what the ports need");
}

#[test]
fn a_functions_environment_is_what_its_code_asks_for() {
    let template = Template::read().expect("the template");
    for function in template.functions {
        let mut named: Names = function.environment.keys().cloned().collect();
        // What its secret holds is given as well, and so is not in its environment.
        if let Some(secret) = function.environment.get("MAKEGOOD_SECRET") {
            for held in &template.secrets[secret] {
                assert!(named.insert(held.clone()), "{} has {held} twice", function.name);
            }
            named.remove("MAKEGOOD_SECRET");
        }
        let asked = variables_of(&function.name);
        let idle: Vec<&String> = named.difference(&asked).collect();
        assert!(
            idle.is_empty(),
            "{} is given and never asks for {idle:?}",
            function.name
        );
        let missing: Vec<&String> = asked.difference(&named).collect();
        assert!(
            missing.is_empty(),
            "{} asks for and is not given {missing:?}",
            function.name
        );
    }
}

#[test]
fn what_a_function_may_use_is_what_its_environment_names() {
    let (all, template) = (
        resources().expect("the template"),
        Template::read().expect("the template"),
    );
    for (name, binary, function) in functions() {
        let given = template
            .functions
            .iter()
            .find(|given| given.name == binary)
            .expect("a function");
        for (variable, of) in &given.environment {
            if let Some(queue) = variable.strip_prefix("MAKEGOOD_QUEUE_") {
                let (performer, kind) = queue.split_once('_').unwrap_or((queue, ""));
                let named = format!("{}{}Queue", title(&performer.to_lowercase()), kind_of(kind));
                assert_eq!(*of, named, "{name}: {variable}");
            }
        }
        const KINDS: [&str; 4] = [
            "AWS::DynamoDB::Table",
            "AWS::SQS::Queue",
            "AWS::SNS::Topic",
            "AWS::SecretsManager::Secret",
        ];
        let known = given
            .environment
            .values()
            .filter(|of| KINDS.iter().any(|kind| all[of.as_str()]["Type"] == *kind));
        let named: Names = known.cloned().collect();
        let woken: Names = events(&function, "SQS")
            .iter()
            .flat_map(|event| listed(&event["Queue"]))
            .collect();
        let role = granted(&all[format!("{name}Role")]);
        // What wakes it is named by nobody, unless it sends there too.
        let takes = ["sqs:ReceiveMessage", "sqs:DeleteMessage"];
        let uses = role.iter().filter(|(action, of)| {
            let taken = takes.contains(&action.as_str()) || (action == "sqs:GetQueueAttributes" && woken.contains(of));
            !taken && !action.starts_with("logs:")
        });
        let uses: Names = uses
            .map(|(_, of)| {
                if of.contains("/index/") {
                    "Table".to_owned()
                } else {
                    of.clone()
                }
            })
            .collect();
        assert_eq!(uses, named, "{name}: what it may use, and what its environment names");
    }
}

fn kind_of(kind: &str) -> String {
    if kind.is_empty() {
        String::new()
    } else {
        title(&kind.to_lowercase())
    }
}
