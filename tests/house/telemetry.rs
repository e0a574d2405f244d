//! Alarms and dashboard of `infra/template.yaml`, held against the names that the code counts by.

use std::collections::BTreeSet;

use adapters::lambda::metric::{DIMENSION, Metric, NAMESPACE};
use domain::case::Class;
use local::template::resources;
use local::tools::root;
use serde_json::Value;

const STACK: &str = "AWS::StackName";

/// Name and properties of each resource of the type.
fn of_type(kind: &str) -> Vec<(String, Value)> {
    let resources = resources().expect("the template");
    let all = resources.as_object().expect("resources").iter();
    let of = all.filter(|(_, resource)| resource["Type"] == kind);
    of.map(|(name, resource)| (name.clone(), resource["Properties"].clone()))
        .collect()
}

fn alarms() -> Vec<(String, Value)> {
    let alarms = of_type("AWS::CloudWatch::Alarm");
    assert!(alarms.len() > 20, "too few alarms: {}", alarms.len());
    alarms
}

/// Every metric that the alarm looks at.
fn metrics_of(alarm: &Value) -> Vec<&Value> {
    let queries = alarm["Metrics"].as_array().into_iter().flatten();
    let asked: Vec<&Value> = queries.map(|query| &query["MetricStat"]["Metric"]).collect();
    let asked = asked.into_iter().filter(|metric| !metric.is_null());
    let itself = Some(alarm).filter(|alarm| alarm["MetricName"].is_string());
    asked.chain(itself).collect()
}

fn dashboard() -> Value {
    let all = of_type("AWS::CloudWatch::Dashboard");
    assert_eq!(all.len(), 1, "one dashboard");
    let body = all[0].1["DashboardBody"].as_str().expect("a body");
    serde_json::from_str(body).expect("JSON")
}

/// The metrics of all widgets, without how they are shown.
fn shown(dashboard: &Value) -> Vec<Vec<&str>> {
    let widgets = dashboard["widgets"].as_array().expect("widgets").iter();
    let rows = widgets.flat_map(|widget| widget["properties"]["metrics"].as_array().into_iter().flatten());
    rows.map(|row| {
        let row = row.as_array().expect("a metric").iter();
        row.filter_map(Value::as_str).collect()
    })
    .collect()
}

fn known(name: &str) -> bool {
    Metric::ALL.iter().any(|metric| metric.name() == name)
}

#[test]
fn alarms_and_dashboard_name_what_the_code_counts_and_nothing_else() {
    let mut looked_at = BTreeSet::new();
    for (name, alarm) in alarms() {
        let metrics = metrics_of(&alarm);
        assert!(!metrics.is_empty(), "{name} looks at nothing");
        for metric in metrics.into_iter().filter(|metric| metric["Namespace"] == NAMESPACE) {
            let counted = metric["MetricName"].as_str().expect("a name");
            assert!(known(counted), "{name} looks at {counted}, which nobody counts");
            let dimensions = metric["Dimensions"].as_array().expect("dimensions");
            assert!(
                dimensions.len() == 1 && dimensions[0]["Name"] == DIMENSION && dimensions[0]["Value"] == STACK,
                "{name} looks for {dimensions:?}"
            );
            looked_at.insert(counted.to_owned());
        }
    }
    let dashboard = dashboard();
    for row in shown(&dashboard) {
        if row[0] == NAMESPACE {
            assert!(known(row[1]), "the dashboard shows {}, which nobody counts", row[1]);
            assert_eq!(row[2..], [DIMENSION, "${AWS::StackName}"], "{}", row[1]);
            looked_at.insert(row[1].to_owned());
        }
    }
    let unseen: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    let unseen: Vec<&str> = unseen.into_iter().filter(|name| !looked_at.contains(*name)).collect();
    assert!(unseen.is_empty(), "counted, and nobody looks at it: {unseen:?}");
}

#[test]
fn the_dashboard_names_resources_that_are_there() {
    let (resources, dashboard) = (resources().expect("the template"), dashboard().to_string());
    let named = dashboard.split("${").skip(1).filter_map(|rest| rest.split('}').next());
    let named: BTreeSet<&str> = named.filter(|name| !name.starts_with("AWS::")).collect();
    assert!(named.len() > 20, "{named:?}");
    for name in named {
        let resource = name.split('.').next().unwrap_or_default();
        assert!(resources[resource].is_object(), "the dashboard names {resource}");
    }
}

/// What it means, for whom, how bad it is, and where it says what to do.
#[test]
fn each_alarm_says_what_it_means_and_reaches_whoever_it_must() {
    let page = std::fs::read_to_string(root().join("infra/runbooks/alarms.md")).expect("the page");
    let headings: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(str::to_lowercase)
        .collect();
    let mut led_to = BTreeSet::new();
    for (name, alarm) in alarms() {
        assert!(name.ends_with("Alarm"), "{name}");
        let said = alarm["AlarmDescription"].as_str().expect("a description");
        let (severity, rest) = said.split_once(". ").expect("a severity");
        let (meaning, link) = rest.split_once(" Runbook: ").expect("a runbook");
        assert!(
            meaning.ends_with('.') && meaning.split(' ').count() > 6,
            "{name}: {meaning}"
        );
        let expected: &[&str] = match severity {
            "SEV1" => &["AlertTopic", "EscalationTopic"],
            "SEV2" | "SEV3" => &["AlertTopic"],
            other => panic!("{name}: {other} is no severity"),
        };
        let told = alarm["AlarmActions"].as_array().expect("actions");
        assert_eq!(told, expected, "{name}");
        if let Some(class) = link.strip_prefix("${ConsoleUrl}/console/runbooks/") {
            assert!(Class::parse(class).is_some(), "{name} leads to {class}");
        } else {
            let heading = link.strip_prefix("infra/runbooks/alarms.md#");
            let heading = heading.unwrap_or_else(|| panic!("{name} leads to {link}"));
            assert!(headings.contains(heading), "{name} leads to {heading}");
            led_to.insert(heading.to_owned());
        }
    }
    assert_eq!(led_to, headings, "each section has its alarm");
}

/// A heartbeat that is missing is what its alarm is for; of everything else, nothing counted is nothing wrong.
#[test]
fn silence_is_bad_of_heartbeats_alone_and_each_has_its_alarm() {
    let mut heard = BTreeSet::new();
    for (name, alarm) in alarms() {
        let metric = alarm["MetricName"].as_str().unwrap_or_default();
        let heartbeat = metric.ends_with("Ran");
        let missing = if heartbeat { "breaching" } else { "notBreaching" };
        assert_eq!(alarm["TreatMissingData"], missing, "{name}");
        if heartbeat {
            heard.insert(metric.to_owned());
        }
    }
    let all = Metric::ALL.iter().map(|metric| metric.name().to_owned());
    let all: BTreeSet<String> = all.filter(|name| name.ends_with("Ran")).collect();
    assert_eq!(heard, all);
}

#[test]
fn every_queue_and_every_function_is_watched() {
    let watched: Vec<(String, String)> = alarms()
        .iter()
        .flat_map(|(_, alarm)| {
            let metrics = metrics_of(alarm).into_iter();
            let of = metrics.map(|metric| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                (text(&metric["MetricName"]), text(&metric["Dimensions"][0]["Value"]))
            });
            of.collect::<Vec<_>>()
        })
        .collect();
    let is = |metric: &str, of: &str| watched.iter().any(|known| known.0 == metric && known.1 == of);
    for (queue, _) in of_type("AWS::SQS::Queue") {
        assert!(is("ApproximateNumberOfMessagesVisible", &queue), "{queue}");
        let taken = queue == "CoordinationDeadQueue" || is("NumberOfMessagesReceived", &queue);
        assert!(taken, "{queue}");
    }
    for (function, _) in of_type("AWS::Serverless::Function") {
        for metric in ["Errors", "Throttles", "RecursiveInvocationsDropped"] {
            assert!(is(metric, &function), "{metric} of {function}");
        }
    }
}
