//! A wrong `infra/policy.toml` or `infra/catalogue.toml`: the real `checkout` refuses to start, with file, line and mend.
//! Both files are compiled in, so a copy of the binary has the wrong text at their place.

mod rows;

use std::collections::BTreeSet;
use std::fs::{File, copy, read, read_to_string};
use std::io::{ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use local::emulator::Launch;
use local::tools::root;
use serde_json::Value;

use crate::town::{Town, between};

use rows::{WRONG_CATALOGUE, WRONG_POLICY};

const POLICY: &str = "infra/policy.toml";
const CATALOGUE: &str = "infra/catalogue.toml";

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
