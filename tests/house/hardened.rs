//! `infra/template.yaml`: what keeps strangers out, what is kept, and who is told.

use local::template::{part, resources};
use local::tools::root;
use serde_json::Value;

use crate::template::{events, of_type};

#[test]
fn the_doors_are_narrow_and_stripe_has_one_of_its_own() {
    let resources = resources().expect("the template");
    let api = &resources["Api"]["Properties"];
    let limits = |of: &Value| {
        let limit = |name: &str| of[name].as_u64().unwrap_or_else(|| panic!("{of} has no {name}"));
        (limit("ThrottlingRateLimit"), limit("ThrottlingBurstLimit"))
    };
    let (rate, burst) = limits(&api["DefaultRouteSettings"]);
    let (of_stripe, in_a_burst) = limits(&api["RouteSettings"]["POST /webhooks/stripe"]);
    assert!(
        0 < rate && rate <= burst && burst <= 1000,
        "{rate} a second and {burst} in a burst"
    );
    assert!(
        of_stripe > rate && in_a_burst > burst,
        "a crowd in the shop must not keep Stripe out"
    );
    // A limit for a route that nobody serves would limit nothing.
    let routes: Vec<String> = all_routes(&resources).into_iter().map(|(_, route, _)| route).collect();
    for route in api["RouteSettings"].as_object().expect("routes").keys() {
        assert!(routes.contains(route), "{route} is none of {routes:?}");
    }
}

/// Function, route, and its event's properties.
fn all_routes(resources: &Value) -> Vec<(String, String, Value)> {
    let functions = of_type(resources, "AWS::Serverless::Function").into_iter();
    let routes = functions.flat_map(|(name, function)| {
        let of = |event: &Value| {
            let route = ["Method", "Path"].map(|part| event[part].as_str().expect("a route"));
            (name.clone(), route.join(" "), event.clone())
        };
        events(function, "HttpApi").into_iter().map(of).collect::<Vec<_>>()
    });
    routes.collect()
}

#[test]
fn the_access_log_names_nobody_and_opens_nothing() {
    // What a request may name or show, and an order's path opens its page.
    const TELLS: [&str; 8] = [
        "identity",
        "Ip",
        "userAgent",
        "path",
        "Path",
        "authorizer.claims",
        "authorizer.principalId",
        "$request",
    ];
    let resources = resources().expect("the template");
    let settings = &resources["Api"]["Properties"]["AccessLogSettings"];
    assert_eq!(
        resources[settings["DestinationArn"].as_str().expect("a place")]["Type"],
        "AWS::Logs::LogGroup"
    );
    let format = settings["Format"].as_str().expect("a format");
    let fields: Value = serde_json::from_str(format).expect("each line is JSON");
    for (name, value) in fields.as_object().expect("fields") {
        let value = value.as_str().expect("a text");
        for tells in TELLS {
            assert!(!value.contains(tells), "{name} is {value}");
        }
    }
    assert_eq!(
        (&fields["route"], &fields["status"]),
        (&"$context.routeKey".into(), &"$context.status".into())
    );
}

#[test]
fn the_console_is_behind_the_sign_in_and_nothing_else_is() {
    let (resources, parameters) = (
        resources().expect("the template"),
        part("Parameters").expect("parameters"),
    );
    let auth = &resources["Api"]["Properties"]["Auth"];
    let sign_in = &auth["Authorizers"]["SignIn"]["JwtConfiguration"];
    assert_eq!(
        (&sign_in["issuer"], &sign_in["audience"][0]),
        (&"ConsoleIssuer".into(), &"ConsoleAudience".into())
    );
    for name in ["ConsoleIssuer", "ConsoleAudience"] {
        assert!(
            parameters[name]["Default"].is_null(),
            "{name}: whom the console believes is nobody's guess"
        );
    }
    assert!(auth["DefaultAuthorizer"].is_null(), "the shop is open to everybody");
    for (function, route, event) in all_routes(&resources) {
        let closed = event["Auth"]["Authorizer"] == "SignIn";
        assert_eq!(closed, function == "Console", "{route}");
        assert_eq!(
            closed,
            route.split(' ').nth(1).is_some_and(|path| path.starts_with("/console")),
            "{route}"
        );
    }
}

#[test]
fn alerts_and_escalations_have_a_receiver_who_is_named_by_whoever_deploys() {
    let (resources, parameters) = (
        resources().expect("the template"),
        part("Parameters").expect("parameters"),
    );
    for (topic, receiver) in [
        ("AlertTopic", "AlertReceiver"),
        ("EscalationTopic", "EscalationReceiver"),
    ] {
        let subscribed = of_type(&resources, "AWS::SNS::Subscription")
            .into_iter()
            .any(|(_, subscription)| subscription["TopicArn"] == topic && subscription["Endpoint"] == receiver);
        assert!(subscribed, "nobody hears {topic}");
        let parameter = &parameters[receiver];
        assert!(
            parameter["Default"].is_null() && parameter["AllowedPattern"].is_string(),
            "{parameter}"
        );
    }
    let rules = part("Rules").expect("rules");
    let another = rules["TheNextLevelIsAnother"]["Assertions"][0]["Assert"].to_string();
    assert!(
        another.contains("AlertReceiver") && another.contains("EscalationReceiver"),
        "{another}"
    );
}

#[test]
fn what_is_kept_is_encrypted_but_where_aws_itself_would_be_shut_out() {
    let resources = resources().expect("the template");
    for (name, queue) in of_type(&resources, "AWS::SQS::Queue") {
        assert_eq!(queue["SqsManagedSseEnabled"], true, "{name}");
    }
    // CloudWatch and SES publish to these, and have no right on AWS's own key of SNS.
    const OPEN: [&str; 3] = ["AlertTopic", "EscalationTopic", "MailEventTopic"];
    let topics = of_type(&resources, "AWS::SNS::Topic");
    for (name, topic) in &topics {
        let encrypted = topic["KmsMasterKeyId"] == "alias/aws/sns";
        assert_eq!(encrypted, !OPEN.contains(&name.as_str()), "{name}");
    }
    assert_eq!(topics.len(), 4);
    let by_services = of_type(&resources, "AWS::SNS::TopicPolicy")
        .into_iter()
        .map(|(_, policy)| &policy["Topics"]);
    let by_alarms = of_type(&resources, "AWS::CloudWatch::Alarm")
        .into_iter()
        .map(|(_, alarm)| &alarm["AlarmActions"]);
    for topic in by_services.chain(by_alarms).filter_map(Value::as_array).flatten() {
        assert!(
            OPEN.iter().any(|open| topic == open),
            "{topic} is encrypted, and a service would be shut out"
        );
    }
}

#[test]
fn each_function_writes_to_a_log_that_is_kept_as_long_as_somebody_says() {
    let resources = resources().expect("the template");
    for (name, function) in of_type(&resources, "AWS::Serverless::Function") {
        assert_eq!(function["LoggingConfig"]["LogGroup"], format!("{name}Logs"));
    }
    let groups = of_type(&resources, "AWS::Logs::LogGroup");
    for (name, group) in &groups {
        assert_eq!(group["RetentionInDays"], "LogDays", "{name} would be kept for ever");
    }
    assert_eq!(
        groups.len(),
        of_type(&resources, "AWS::Serverless::Function").len() + 1,
        "and one of the doors"
    );
}

/// What Lambda leaves to all that has no part of its own, in each account.
const UNRESERVED: u64 = 100;

#[test]
fn what_is_reserved_adds_up_to_what_the_parameter_says() {
    let (resources, parameters) = (
        resources().expect("the template"),
        part("Parameters").expect("parameters"),
    );
    let functions = of_type(&resources, "AWS::Serverless::Function");
    let parts = functions.iter().map(|(name, function)| {
        let reserved = &function["ReservedConcurrentExecutions"][1];
        reserved.as_u64().unwrap_or_else(|| panic!("{name} has no part"))
    });
    let all: u64 = parts.sum();
    let said = parameters["ReserveConcurrency"]["Description"]
        .as_str()
        .expect("a description");
    let readme = std::fs::read_to_string(root().join("infra/README.md")).expect("the README");
    let row = readme.lines().find(|line| line.starts_with("| `ReserveConcurrency`"));
    for said in [said, row.expect("a row")] {
        let words = said.split(|letter: char| !letter.is_ascii_digit());
        let numbers: Vec<u64> = words.filter_map(|word| word.parse().ok()).collect();
        assert_eq!(numbers, [all, UNRESERVED, all + UNRESERVED], "{said}");
    }
}

#[test]
fn alarms_cost_what_the_readme_says() {
    let resources = resources().expect("the template");
    let (mut single, mut reckoning, mut reckoned) = (0, 0, 0);
    for (_, alarm) in of_type(&resources, "AWS::CloudWatch::Alarm") {
        match alarm["Metrics"].as_array() {
            None => single += 1,
            Some(queries) => {
                reckoning += 1;
                reckoned += queries.iter().filter(|query| query["MetricStat"].is_object()).count();
            }
        }
    }
    let all = single + reckoned;
    let said = format!(
        "{single} look at one, and {reckoning} reckon with {reckoned}, so {all} in all ({}.{}0 USD)",
        all / 10,
        all % 10
    );
    let readme = std::fs::read_to_string(root().join("infra/README.md")).expect("the README");
    let readme = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(readme.contains(&said), "infra/README.md does not say: {said}");
}

#[test]
fn an_environment_fits_into_what_lambda_gives_it() {
    /// Of all names and values of one function.
    const MOST: usize = 4096;
    /// What a parameter is taken for that does not say how long it may be, and AWS's own part of a name.
    const PARAMETER: usize = 64;
    const MADE_UP: usize = "-makegood-production-0A1B2C3D4E5F".len();
    let (resources, parameters) = (
        resources().expect("the template"),
        part("Parameters").expect("parameters"),
    );
    let length = |of: &str| {
        let start = match resources[of]["Type"].as_str() {
            Some("AWS::SQS::Queue") => "https://sqs.ap-southeast-1.amazonaws.com/123456789012/",
            Some("AWS::SNS::Topic") => "arn:aws:sns:ap-southeast-1:123456789012:",
            Some(_) => "",
            None => {
                let most = parameters[of]["MaxLength"]
                    .as_u64()
                    .and_then(|most| usize::try_from(most).ok());
                return most.unwrap_or(PARAMETER);
            }
        };
        start.len() + of.len() + MADE_UP
    };
    for (name, function) in of_type(&resources, "AWS::Serverless::Function") {
        let variables = function["Environment"]["Variables"].as_object().expect("variables");
        let bytes = |(name, of): (&String, &Value)| name.len() + length(of.as_str().expect("a reference"));
        let all: usize = variables.iter().map(bytes).sum();
        assert!(
            all <= MOST,
            "{name} has {all} bytes of environment, and Lambda refuses more than {MOST}"
        );
    }
}
