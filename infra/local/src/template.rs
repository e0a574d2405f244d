//! `infra/template.yaml`, read as AWS would: functions, routes, queues, triggers, table and schedules exist once.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serde_yaml_ng::Value as Yaml;

const TEMPLATE: &str = include_str!("../../template.yaml");

#[derive(Debug)]
pub struct Template {
    pub functions: Vec<Function>,
    pub queues: Vec<Queue>,
    /// Logical name of each secret, and the names of what is in it.
    pub secrets: BTreeMap<String, Vec<String>>,
    /// Properties of the table, as CreateTable wants them.
    pub table: Value,
    /// What its parameters are where nobody says otherwise.
    pub defaults: BTreeMap<String, String>,
}

#[derive(Debug)]
pub struct Function {
    pub name: String,
    pub timeout_s: u64,
    /// Name of the variable, and the parameter or resource that it refers to.
    pub environment: BTreeMap<String, String>,
    /// Method and path.
    pub routes: Vec<(String, String)>,
    /// Queues that wake it.
    pub triggers: Vec<Trigger>,
    /// What the schedule hands over.
    pub schedules: Vec<(String, u32)>,
}

#[derive(Debug)]
pub struct Trigger {
    /// Logical name of the queue.
    pub queue: String,
    /// So many messages wake it at once, at most.
    pub batch: usize,
}

#[derive(Debug)]
pub struct Queue {
    pub name: String,
    pub visibility_s: i64,
    /// Logical name of the dead-letter queue, and after how many receives.
    pub redrive: Option<(String, u32)>,
}

impl Template {
    /// # Errors
    /// Says which resource lacks what.
    pub fn read() -> Result<Self, String> {
        let resources = resources()?;
        let resources = resources.as_object().ok_or("the template has no Resources")?;
        let everywhere = strings(&part("Globals")?["Function"]["Environment"]["Variables"]);
        let mut template = Self {
            functions: Vec::new(),
            queues: Vec::new(),
            secrets: BTreeMap::new(),
            table: Value::Null,
            defaults: defaults()?,
        };
        for (name, resource) in resources {
            let properties = &resource["Properties"];
            match resource["Type"].as_str().unwrap_or_default() {
                "AWS::Serverless::Function" => template.functions.push(function(name, resource, &everywhere)?),
                "AWS::SQS::Queue" => template.queues.push(queue(name, properties)),
                "AWS::SecretsManager::Secret" => {
                    template.secrets.insert(name.clone(), held(properties));
                }
                "AWS::DynamoDB::Table" => template.table = table(properties),
                // Who may do what on AWS, and what it writes down; here the world outside puts things into queues itself.
                "AWS::Serverless::HttpApi"
                | "AWS::CloudWatch::Alarm"
                | "AWS::CloudWatch::Dashboard"
                | "AWS::SNS::Topic"
                | "AWS::SNS::TopicPolicy"
                | "AWS::SNS::Subscription"
                | "AWS::SQS::QueuePolicy"
                | "AWS::IAM::Role"
                | "AWS::Logs::LogGroup"
                | "AWS::SES::ConfigurationSet"
                | "AWS::SES::ConfigurationSetEventDestination" => {}
                other => return Err(format!("{name}: the local stack does not know {other}")),
            }
        }
        Ok(template)
    }

    /// The function that may read this secret.
    pub(crate) fn function_of(&self, secret: &str) -> Result<String, String> {
        let reads = |function: &&Function| function.environment.values().any(|of| of == secret);
        let function = self.functions.iter().find(reads);
        function
            .map(|function| function.name.clone())
            .ok_or_else(|| format!("{secret}: no function reads it"))
    }
}

/// The template's resources with their short forms resolved: `!Ref X` and `!GetAtt X.Arn` are "X".
///
/// # Errors
/// When it is not YAML.
pub fn resources() -> Result<Value, String> {
    part("Resources")
}

/// Another part of it, read in the same way: `Parameters`, `Globals`.
///
/// # Errors
/// When it is not YAML.
pub fn part(name: &str) -> Result<Value, String> {
    let yaml: Yaml = serde_yaml_ng::from_str(TEMPLATE).map_err(|wrong| format!("infra/template.yaml: {wrong}"))?;
    Ok(plain(&yaml)[name].take())
}

fn defaults() -> Result<BTreeMap<String, String>, String> {
    let parameters = part("Parameters")?;
    let default = |(name, parameter): (&String, &Value)| match &parameter["Default"] {
        Value::String(text) => Some((name.clone(), text.clone())),
        Value::Number(number) => Some((name.clone(), number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    Ok(parameters
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(default)
        .collect())
}

/// Short forms become what they stand for: `!Ref X` and `!GetAtt X.Arn` become "X".
fn plain(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => json!(value),
        Yaml::Number(number) => number.as_i64().map_or(Value::Null, |number| json!(number)),
        Yaml::String(text) => json!(text),
        Yaml::Sequence(items) => items.iter().map(plain).collect(),
        Yaml::Mapping(map) => map
            .iter()
            .filter_map(|(key, value)| Some((key.as_str()?.to_owned(), plain(value))))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Yaml::Tagged(tagged) => {
            let inner = plain(&tagged.value);
            let resource = inner.as_str().and_then(|text| text.split('.').next());
            resource
                .filter(|_| tagged.tag == "GetAtt")
                .map_or(inner.clone(), |resource| json!(resource))
        }
    }
}

/// `everywhere`: the variables that all of them have.
fn function(logical: &str, resource: &Value, everywhere: &BTreeMap<String, String>) -> Result<Function, String> {
    let properties = &resource["Properties"];
    let name = resource["Metadata"]["BuildProperties"]["Binary"].as_str();
    let mut function = Function {
        name: name
            .ok_or_else(|| format!("{logical}: Metadata.BuildProperties.Binary is missing"))?
            .to_owned(),
        timeout_s: properties["Timeout"]
            .as_u64()
            .ok_or_else(|| format!("{logical}: Timeout is missing"))?,
        environment: everywhere.clone(),
        routes: Vec::new(),
        triggers: Vec::new(),
        schedules: Vec::new(),
    };
    function
        .environment
        .extend(strings(&properties["Environment"]["Variables"]));
    for (event, described) in properties["Events"].as_object().into_iter().flatten() {
        let text = |name: &str| {
            let found = described["Properties"][name].as_str().map(str::to_owned);
            found.ok_or_else(|| format!("{logical}.{event}: {name} is missing"))
        };
        match described["Type"].as_str().unwrap_or_default() {
            "HttpApi" => function.routes.push((text("Method")?, text("Path")?)),
            "SQS" => function.triggers.push(Trigger {
                queue: text("Queue")?,
                batch: batch(&described["Properties"]),
            }),
            "Schedule" => function.schedules.push((text("Input")?, minutes(&text("Schedule")?)?)),
            other => return Err(format!("{logical}.{event}: the local stack does not know {other}")),
        }
    }
    Ok(function)
}

/// `rate(10 minutes)`, `rate(1 hour)`.
fn minutes(rate: &str) -> Result<u32, String> {
    let said = rate.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')'));
    let minutes = said.and_then(|said| said.split_once(' ')).and_then(|(count, unit)| {
        let each = match unit {
            "minute" | "minutes" => 1,
            "hour" | "hours" => 60,
            _ => return None,
        };
        count.parse::<u32>().ok()?.checked_mul(each)
    });
    minutes.ok_or_else(|| {
        format!("the local stack does not know the schedule {rate}: write rate(n minutes) or rate(n hours)")
    })
}

/// Ten, where nobody says otherwise.
fn batch(properties: &Value) -> usize {
    let said = properties["BatchSize"].as_u64();
    said.and_then(|size| usize::try_from(size).ok()).unwrap_or(10)
}

fn strings(map: &Value) -> BTreeMap<String, String> {
    let pairs = map.as_object().into_iter().flatten();
    pairs
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn queue(name: &str, properties: &Value) -> Queue {
    let redrive = &properties["RedrivePolicy"];
    let target = redrive["deadLetterTargetArn"].as_str().map(str::to_owned);
    let count = redrive["maxReceiveCount"]
        .as_u64()
        .and_then(|count| u32::try_from(count).ok());
    Queue {
        name: name.to_owned(),
        visibility_s: properties["VisibilityTimeout"].as_i64().unwrap_or(30),
        redrive: target.zip(count),
    }
}

/// As its description says, for whoever puts the values in.
fn held(properties: &Value) -> Vec<String> {
    let said = properties["Description"].as_str().unwrap_or_default();
    said.split(", ").map(str::to_owned).collect()
}

fn table(properties: &Value) -> Value {
    let mut request = json!({ "TableName": "Table" });
    for name in [
        "BillingMode",
        "AttributeDefinitions",
        "KeySchema",
        "GlobalSecondaryIndexes",
    ] {
        request[name] = properties[name].clone();
    }
    request
}

#[cfg(test)]
mod tests {
    use super::{Template, minutes};

    #[test]
    fn the_template_names_every_function_with_its_triggers() {
        let template = Template::read().unwrap();
        let names: Vec<&str> = template
            .functions
            .iter()
            .map(|function| function.name.as_str())
            .collect();
        assert_eq!(names.len(), 9, "{names:?}");
        let coordination = template
            .functions
            .iter()
            .find(|function| function.name == "coordination")
            .unwrap();
        assert_eq!(coordination.triggers.len(), 6);
        assert!(coordination.triggers.iter().all(|trigger| trigger.batch == 1));
        assert_eq!(template.queues.len(), 18);
    }

    #[test]
    fn a_rate_is_read_in_minutes() {
        let read = [
            "rate(1 minute)",
            "rate(10 minutes)",
            "rate(1 hour)",
            "rate(1 day)",
            "cron(0 8 * * ? *)",
        ]
        .map(minutes);
        assert_eq!(read.map(Result::ok), [Some(1), Some(10), Some(60), None, None]);
    }
}
