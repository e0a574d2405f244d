//! What is wrong in each, where it is blamed, and what to write instead.

/// What stands in our file, what stands there instead, a part of the line that is blamed, and of what is said.
pub(super) type Row = (&'static str, &'static str, &'static str, &'static str);

const RETRY: &str = "\"retry 24h, then coordinate\"";
const BACK: &str = "\"read back 24h, then coordinate\"";
const MONEY: &str = "\"retry 7d with a case after 1h, then coordinate\"";
const UNDO: &str = "rejected = \"undo\"";
const MAIL: &str = "\"retry 24h, then ignore\"";
const RECORD: &str = "unknown = \"record\"";
const PERSON: &str = "with_person = [\"customer\", \"finance\", \"customer_service\", \"ops\"]";

pub(super) const WRONG_POLICY: &[Row] = &[
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
        "[answers.tell]",
        "[answers.tell]\ntold_within = \"9m\"",
        "told_within",
        "leave \"told_within\" out",
    ),
    (
        "told_within = \"1h\"",
        "told_within = \"9s\"",
        "told_within",
        "write at least told_within = \"1m\"",
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

pub(super) const WRONG_CATALOGUE: &[Row] = &[
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
