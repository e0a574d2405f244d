//! A wrong `infra/policy.toml` or `infra/catalogue.toml`: the real `checkout` refuses to start, with file, line and mend.
//! Both files are compiled in, so a copy of the binary has the wrong text at their place.

use std::collections::BTreeSet;
use std::fs::{File, copy, read, read_to_string};
use std::io::{ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use local::emulator::Launch;
use local::tools::root;
use serde_json::Value;

use crate::town::{Town, between};

const POLICY: &str = "infra/policy.toml";
const CATALOGUE: &str = "infra/catalogue.toml";

/// What stands in our file, what stands there instead, a part of the line that is blamed, and of what is said.
type Row = (&'static str, &'static str, &'static str, &'static str);

const RETRY: &str = "\"retry 24h, then coordinate\"";
const BACK: &str = "\"read back 24h, then coordinate\"";
const MONEY: &str = "\"retry 7d with a case after 1h, then coordinate\"";
const UNDO: &str = "rejected = \"undo\"";
const MAIL: &str = "\"retry 24h, then ignore\"";
const RECORD: &str = "unknown = \"record\"";
const PERSON: &str = "with_person = [\"customer\", \"finance\", \"customer_service\", \"ops\"]";

const WRONG_POLICY: &[Row] = &[
    // No TOML, another word, another type, something left out or said twice.
    ("version = 1", "version 1", "version 1", "expected"),
    ("version = 1\n", "", "", "missing field `version`"),
    ("version = 1", "version = \"one\"", "version", "expected u32"),
    (
        "version = 1",
        "version = 1\nversion = 2",
        "version = 2",
        "duplicate key",
    ),
    ("jitter_percent = 20", "jitter = 20", "jitter", "expected one of"),
    ("jitter_percent = 20", "jitter_percent = 70000", "70000", "expected u16"),
    ("[\"customer\"]", "[\"buyer\"]", "buyer", "expected one of"),
    (
        "[answers.alert]",
        "[answers.Alert]",
        "[answers.Alert]",
        "is no name of a step",
    ),
    (
        "[answers.licence]",
        "[answers.licences]",
        "[answers.account]",
        "add a table [answers.licence]",
    ),
    // Nothing is said about a matter, or about a class.
    (
        "[answers.alert]\ntransient = \"retry 24h, then ignore\"\nthrottled = \"retry 24h, then ignore\"\nrejected = \"ignore\"\nunknown = \"record\"",
        "",
        "[answers.account]",
        "add a table [answers.alert]",
    ),
    (
        "rejected = \"undo\"\n",
        "",
        "[answers.account]",
        "add rejected = \"retry 24h, then coordinate\"",
    ),
    // Times.
    (
        "[\"10s\", \"30s\", \"2m\", \"10m\", \"30m\"]",
        "[]",
        "waits",
        "write at least one, like waits = [\"30s\"]",
    ),
    ("[\"10s\"", "[\"0s\"", "waits", "write at least 1s"),
    (
        "look_for = \"15m\"",
        "look_for = \"15 minutes\"",
        "look_for",
        "write a number and s, m, h or d",
    ),
    (
        "look_for = \"15m\"",
        "look_for = \"5m\"",
        "look_for",
        "write at least look_for = \"6m\"",
    ),
    // Who is told.
    (
        "delivered = [\"customer\"]",
        "delivered = [\"customer\", \"customer\"]",
        "tell_whom",
        "write it once",
    ),
    (
        "delivered = [\"customer\"]",
        "delivered = [\"customer\", \"systems\"]",
        "tell_whom",
        "leave it out; what other systems are told is always announced",
    ),
    (
        PERSON,
        "with_person = []",
        "tell_whom",
        "name at least one, like [\"ops\"]",
    ),
    // Chains.
    (
        RETRY,
        "\"retry 24h\"",
        "transient",
        "add \", then coordinate\" as its last resort",
    ),
    (
        UNDO,
        "rejected = \"give up\"",
        "give up",
        "write retry 24h, read back 24h",
    ),
    (UNDO, "rejected = \"ignore\"", "rejected", "write \"coordinate\""),
    (
        RETRY,
        "\"retry 0s, then coordinate\"",
        "retry 0s",
        "write a time like 24h",
    ),
    (
        RETRY,
        "\"retry 24h, then undo, then coordinate\"",
        "then undo",
        "leave it out",
    ),
    (
        MONEY,
        "\"retry 7d with a case after 9d, then coordinate\"",
        "after 9d",
        "write a shorter time after",
    ),
    (BACK, "\"undo\"", "unknown", "write \"read back 24h, then coordinate\""),
    (BACK, RETRY, "unknown", "write \"read back 24h, then coordinate\""),
    (
        UNDO,
        "rejected = \"read back 24h, then undo\"",
        "rejected",
        "write \"retry 24h, then coordinate\"",
    ),
    (
        UNDO,
        "rejected = \"record\"",
        "rejected",
        "write \"retry 24h, then coordinate\"",
    ),
    (
        MONEY,
        "\"undo and coordinate\"",
        "transient",
        "an undo is not undone: write \"coordinate\"",
    ),
    (
        MAIL,
        "\"retry 24h, then undo\"",
        "transient",
        "no order is undone because a message failed: write \"ignore\"",
    ),
    (MAIL, RETRY, "transient", "write \"retry 24h, then ignore\""),
    (
        RECORD,
        "unknown = \"read back 24h, then record\"",
        "unknown",
        "write \"record\"",
    ),
    // Who decides, how long, how much.
    (
        "[answers.tell]",
        "[answers.tell]\nowner = \"finance\"",
        "owner",
        "leave \"owner\" out",
    ),
    (
        "[answers.account]",
        "[answers.account]\ntell = []",
        "tell",
        "mend it, or leave it out of [answers.account]",
    ),
    (
        "[answers.capture]",
        "[answers.capture]\nfor_good = true",
        "for_good",
        "leave \"for_good\" out",
    ),
    (
        "[answers.account]",
        "[answers.account]\nignore_up_to = \"9 a day\"",
        "ignore_up_to",
        "leave \"ignore_up_to\" out",
    ),
    (
        "[answers.tell]",
        "[answers.tell]\nignore_up_to = \"9\"",
        "ignore_up_to",
        "write it like \"20 a day\"",
    ),
    (
        "delivering = \"2d\"",
        "delivering = \"1d\"",
        "delivering",
        "write delivering = \"2d\" or more under [deadlines]",
    ),
    // Plans that cannot be kept.
    (
        RETRY,
        "\"retry 9m, then coordinate\"",
        "waits",
        "write no longer wait, or more time there",
    ),
    (
        RETRY,
        "\"retry 31d, then coordinate\"",
        "retry 31d",
        "write 30d at most",
    ),
    (
        "refund_final_within = \"5d\"",
        "refund_final_within = \"1h\"",
        "refund_final_within",
        "write a time no shorter than that",
    ),
    (
        "capture]\ntransient = \"retry 4d,",
        "capture]\ntransient = \"retry 9d with a case after 1h,",
        "retry 9d",
        "write 4d at most",
    ),
    (
        "[answers.account]",
        "[answers.account]\nfor_good = true",
        "rejected",
        "write \"coordinate\" in place of \"undo\"",
    ),
];

const WRONG_CATALOGUE: &[Row] = &[
    ("price = 48000", "price 48000", "price 48000", "expected"),
    ("price = 48000\n", "", "[[product]]", "missing field `price`"),
    ("price = 48000", "price = 480.5", "price", "expected i64"),
    ("price = 48000", "prise = 48000", "prise", "expected one of"),
    (
        "price = 48000",
        "price = -48000",
        "price",
        "minor units (48000 is £480.00)",
    ),
    (
        "\"gbp\"",
        "\"pounds\"",
        "currency",
        "write its three letters, like \"gbp\"",
    ),
    (
        "charge_first",
        "charge_later",
        "settlement",
        "expected `charge_first` or `authorise_first`",
    ),
    (
        "[\"account\"]",
        "[]",
        "steps",
        "needs at least one step, like [\"account\"]",
    ),
    ("[\"account\"]", "[\"Account\"]", "steps", "is no name of a step"),
    (
        "summary = \"One year for one person: a personal account, nothing else to set up.\"",
        "summary = \"One year.\"\nlink = \"http://app.example.com/\"",
        "link",
        "begins with https://",
    ),
    // The policy answers for each step, and for no other.
    (
        "[\"account\"]",
        "[\"acount\"]",
        "[answers.account]",
        "add a table [answers.acount]",
    ),
    (", \"licence\"]", "]", "[answers.licence]", "leave the table out"),
    (
        "[\"account\"]",
        "[\"account\", \"account\"]",
        "steps",
        "write each step once",
    ),
    (
        "[\"account\"]",
        "[\"account\", \"membership\"]",
        "steps",
        "write them before it",
    ),
    (
        "id = \"solo-year\"",
        "id = \"team-year\"",
        "team-year",
        "give each product its own id",
    ),
    ("[[product]]", "[[produkt]]", "produkt", "expected `product`"),
];

/// A copy of the binary, whose two texts can be other ones.
struct Shop {
    launch: Launch,
    /// Each file with its place in the binary and its length.
    places: Vec<(&'static str, usize, usize)>,
}

impl Shop {
    fn of(town: &Town) -> Self {
        let launch = town.stack.launches.iter().find(|launch| launch.name == "checkout");
        let mut launch = launch.expect("checkout").clone();
        let bytes = read(&launch.binary).expect("the binary");
        let place = |file| {
            let ours = ours_of(file);
            (file, only_place(&bytes, ours.as_bytes()), ours.len())
        };
        let places = [POLICY, CATALOGUE].map(place).to_vec();
        let other: PathBuf = town.stack.logs().join("checkout-with-other-files");
        copy(&launch.binary, &other).expect("a copy");
        launch.binary = other;
        Self { launch, places }
    }

    /// What it says with this text for the file, started as Lambda starts it but for an address to ask for work.
    fn says_with(&self, file: &str, text: &str) -> Vec<Value> {
        self.write(file, text);
        let output = loop {
            let mut command = Command::new(&self.launch.binary);
            let command = command.env_clear().envs(&self.launch.environment).stdin(Stdio::null());
            match command.output() {
                // A process that another test starts just now has our file open until it is another program.
                Err(busy) if busy.kind() == ErrorKind::ExecutableFileBusy => {}
                done => break done.expect("it starts"),
            }
        };
        assert!(!output.status.success(), "{file} is taken:\n{text}");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        self.write(file, &ours_of(file));
        said.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// Padded with empty lines, which say nothing in TOML.
    fn write(&self, file: &str, text: &str) {
        let (_, place, length) = self.places.iter().find(|(known, ..)| *known == file).expect("a file");
        assert!(text.len() <= *length, "longer than {file}");
        let padded = text.to_owned() + &"\n".repeat(length - text.len());
        let mut binary = File::options().write(true).open(&self.launch.binary).expect("the copy");
        binary.seek(SeekFrom::Start(*place as u64)).expect("its place");
        binary.write_all(padded.as_bytes()).expect("written");
    }
}

fn ours_of(file: &str) -> String {
    read_to_string(root().join(file)).expect("our own file")
}

fn only_place(bytes: &[u8], text: &[u8]) -> usize {
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == text[0]);
    let fits = starts.filter(|(at, _)| bytes[*at..].starts_with(text));
    let places: Vec<usize> = fits.map(|(at, _)| at).collect();
    assert_eq!(places.len(), 1, "the file stands in the binary once");
    places[0]
}

/// Every sentence that the sources of the parsers can say, as its pieces around what is filled in.
fn sentences() -> Vec<Vec<String>> {
    let source = |name| ours_of(&format!("shared/domain/src/{name}"));
    // Of money only what is said of a currency that is none.
    let currency = between(&source("money.rs"), "for NotACurrency", "\n}\n");
    let mut found = Vec::new();
    let parsers = [
        "policy.rs",
        "policy/parse.rs",
        "policy/rules.rs",
        "policy/written.rs",
        "policy/sold.rs",
        "catalogue.rs",
        "receipt/step.rs",
    ]
    .map(source);
    for source in parsers.into_iter().chain([currency]) {
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        // What is quoted within a sentence does not end it.
        let code = code.collect::<Vec<_>>().join("\n").replace("\\\"", "\u{1}");
        for sentence in code.split('"').skip(1).step_by(2) {
            let pieces = sentence
                .split('{')
                .map(|piece| piece.rsplit('}').next().unwrap_or_default());
            let pieces: Vec<String> = pieces.map(|piece| piece.replace('\u{1}', "\"")).collect();
            // Shorter ones are words, or parts of a chain.
            if pieces.iter().flat_map(|piece| piece.split_whitespace()).count() >= 5 {
                found.push(pieces);
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn checkout_refuses_wrong_files_at_its_start_with_file_line_and_mend() {
    let town = Town::open().await;
    let shop = Shop::of(&town);
    let mut all = BTreeSet::new();
    for (file, rows) in [(POLICY, WRONG_POLICY), (CATALOGUE, WRONG_CATALOGUE)] {
        // Room for what is longer.
        let ours: Vec<String> = ours_of(file)
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(str::to_owned)
            .collect();
        let ours = ours.join("\n");
        let said = shop.says_with(file, &ours);
        assert!(
            said.iter().all(|line| line["counted"] != "refuses_to_start"),
            "our own is refused: {said:?}"
        );
        for (find, instead, line_with, mend) in rows {
            let wrong = ours.replacen(find, instead, 1);
            assert_ne!(wrong, ours, "{file} no longer says: {find}");
            let said = shop.says_with(file, &wrong);
            let refused = said.iter().find(|line| line["counted"] == "refuses_to_start");
            let why = refused.and_then(|line| line["mend"].as_str()).unwrap_or_default();
            let blamed = why
                .split_once(", line ")
                .and_then(|(file, rest)| Some((file, rest.split_once(": ")?)));
            let (blamed, (line, sentence)) = blamed.unwrap_or_else(|| panic!("{instead}: no file and line: {said:?}"));
            let text = if blamed == file { wrong.clone() } else { ours_of(blamed) };
            let line = line.parse::<usize>().expect("a line");
            let line = text.lines().nth(line - 1).unwrap_or_default();
            assert!(line.contains(line_with), "{instead}: points at \"{line}\": {why}");
            assert!(sentence.contains(mend), "{instead}: {why}");
            all.insert(sentence.to_owned());
        }
    }
    let sentences = sentences();
    assert!(sentences.len() > 20, "{sentences:?}");
    for pieces in sentences {
        let met = all.iter().any(|said| pieces.iter().all(|piece| said.contains(piece)));
        assert!(met, "no row of a wrong file is refused with: {}", pieces.join("..."));
    }
}
