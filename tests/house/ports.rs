//! What a function's code can do, read from its source: the ports that its handler names, and the variables that it asks
//! for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use local::tools::root;

pub(crate) type Names = BTreeSet<String>;

/// Files of ours below a folder, without their tests.
pub(crate) fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    assert!(!found.is_empty(), "{folder} has no source");
    found
}

fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        if name == "tests" {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            let ours = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default()
                .to_owned();
            found.push((path.display().to_string(), ours));
        }
    }
}

/// Every port that there is, and those that it is made of.
pub(crate) fn all_ports() -> BTreeMap<String, Names> {
    let mut text = fs::read_to_string(root().join("shared/flow/src/ports.rs")).expect("the ports");
    text.extend(sources("shared/flow/src/ports").into_iter().map(|(_, people)| people));
    let traits = text.split("\npub trait ").skip(1).map(|rest| {
        let head = rest.split('{').next().unwrap_or_default();
        let (name, made_of) = head.split_once(':').unwrap_or((head, ""));
        let made_of = made_of.split('+').map(str::trim).filter(|part| !part.is_empty());
        (name.trim().to_owned(), made_of.map(str::to_owned).collect())
    });
    traits.collect()
}

/// The ports that a function's code names. It has no other: a handler takes its world as `impl Port`, and the compiler
/// lets it use what is named there.
pub(crate) fn ports_of(function: &str) -> Names {
    let ports = all_ports();
    let mut named = Names::new();
    for (_, text) in sources(&format!("functions/{function}/src")) {
        for rest in text.split("ports::").skip(1) {
            let list = rest.strip_prefix('{').and_then(|rest| rest.split('}').next());
            let list = list.unwrap_or_else(|| rest.split(|letter| !is_of_a_name(letter)).next().unwrap_or_default());
            let words = list.split(|letter| !is_of_a_name(letter));
            named.extend(words.filter(|word| ports.contains_key(*word)).map(str::to_owned));
        }
        // What it asks of the queues themselves has no port, since no order depends on it.
        if text.contains("adapters::depths::") {
            named.insert("Depths".to_owned());
        }
    }
    let made_of: Vec<String> = named
        .iter()
        .filter_map(|name| ports.get(name))
        .flatten()
        .cloned()
        .collect();
    named.extend(made_of);
    named
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Calls of AWS in the adapters, as `dynamodb:get_item`. Who calls is asked by the operator's command alone.
pub(crate) fn calls_of_aws() -> Names {
    let mut calls = Names::new();
    let adapters = sources("shared/adapters/src").into_iter();
    for (path, text) in adapters.filter(|(path, _)| !path.ends_with("/sts.rs")) {
        let service = match () {
            () if path.contains("/dynamodb") => "dynamodb",
            () if path.contains("/sns") => "sns",
            () if path.ends_with("/secret.rs") => "secretsmanager",
            () => "sqs",
        };
        for rest in text.split("client").skip(1) {
            let called = rest
                .trim_start()
                .strip_prefix('.')
                .and_then(|rest| rest.split_once("()"));
            if let Some((name, _)) = called.filter(|(name, _)| name.chars().all(is_of_a_name)) {
                calls.insert(format!("{service}:{name}"));
            }
        }
    }
    calls
}

/// A piece of code that asks for variables: a function of an adapter or of the function's own.
struct Reader {
    /// `Type::name`, or a name alone.
    name: String,
    of: String,
    body: String,
}

/// The variables of ours that a function's code asks for, from its `main` on.
pub(crate) fn variables_of(function: &str) -> Names {
    let mut readers = Vec::new();
    for folder in ["shared/adapters/src".to_owned(), format!("functions/{function}/src")] {
        for (_, text) in sources(&folder) {
            readers.extend(readers_in(&text));
        }
    }
    let main = fs::read_to_string(root().join(format!("functions/{function}/src/main.rs"))).expect("its main");
    let (mut asked, mut seen) = (variables_in(&main), BTreeSet::new());
    let calls_systems = main.contains("MAKEGOOD_SCIM_URL");
    // What `start` does for every function.
    let mut next = vec![(String::new(), main), (String::new(), "begin(".to_owned())];
    while let Some((of, body)) = next.pop() {
        for (at, reader) in readers.iter().enumerate() {
            if calls(&body, &of, reader) && seen.insert(at) {
                asked.extend(variables_in(&reader.body));
                next.push((reader.of.clone(), reader.body.clone()));
            }
        }
    }
    if !ports_of(function).contains("Depths") {
        // Of the three addresses that one list names, all but the console's code leaves the last.
        asked.retain(|name| !name.ends_with("_DEAD"));
    }
    if !calls_systems {
        // Whoever calls no system has no use for its authority, and goes without.
        asked.remove("MAKEGOOD_SYSTEMS_CA");
    }
    asked
}

fn calls(body: &str, of: &str, reader: &Reader) -> bool {
    let own = reader.name.strip_prefix(of).and_then(|rest| rest.strip_prefix("::"));
    let own = own.is_some_and(|name| !of.is_empty() && body.contains(&format!("Self::{name}(")));
    let named = if reader.of.is_empty() {
        format!("{}(", reader.name)
    } else {
        reader.name.clone()
    };
    let apart = |(at, _): (usize, &str)| !body[..at].ends_with(is_of_a_name);
    own || body.match_indices(&named).any(apart)
        // `names` is handed over, not called.
        || (reader.of.is_empty() && body.contains(&format!("::{})", reader.name)))
}

fn readers_in(text: &str) -> Vec<Reader> {
    let constants: Vec<(&str, &str)> = text.lines().filter_map(constant).collect();
    let (mut readers, mut of) = (Vec::new(), String::new());
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        if *line == "}" {
            of.clear();
        } else if let Some(head) = line.strip_prefix("impl") {
            let named = head.trim_end_matches(" {").rsplit(' ').next().unwrap_or_default();
            of = named.split('<').next().unwrap_or_default().to_owned();
        }
        let Some((before, rest)) = line.split_once("fn ") else {
            continue;
        };
        let indent = " ".repeat(line.len() - line.trim_start().len());
        let name = rest.split(|letter| !is_of_a_name(letter)).next().unwrap_or_default();
        let body = lines[at + 1..]
            .iter()
            .take_while(|line| **line != format!("{indent}}}"));
        let mut body = body.copied().collect::<Vec<_>>().join("\n");
        if before.trim_start().starts_with("//") || !(line.contains("env: &Env") || body.contains("\"MAKEGOOD_")) {
            continue;
        }
        for (constant, value) in &constants {
            if body.contains(constant) {
                body.push_str(value);
            }
        }
        let name = if of.is_empty() {
            name.to_owned()
        } else {
            format!("{of}::{name}")
        };
        readers.push(Reader {
            name,
            of: of.clone(),
            body,
        });
    }
    readers
}

/// `const ADDRESSES: &str = "MAKEGOOD_...";` of a file: its name, and its value in quotes.
fn constant(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix("const ")?.split_once(": &str = ")?;
    value.starts_with("\"MAKEGOOD_").then_some((name, value))
}

fn variables_in(text: &str) -> Names {
    let quoted = text.split('"').filter(|part| part.starts_with("MAKEGOOD_"));
    quoted
        .filter(|part| part.chars().all(is_of_a_name))
        .map(str::to_owned)
        .collect()
}
