//! `makegood`: see `makegood --help`.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use adapters::http::Http;
use desk::access::Actor;
use flow::ports::Trouble;
use makegood::setting::Setting;
use makegood::{Code, Command, Ending, Person, Typed, doctor, offline, parse, run};

fn main() -> ExitCode {
    let mut words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let called = words.next().unwrap_or_default();
    // What is printed to be typed next is typed as this was.
    let program = if called.contains('/') {
        called
    } else {
        "makegood".to_owned()
    };
    let words: Vec<String> = words.collect();
    let ending = parse(&program, &words).and_then(|typed| began(&typed));
    let Ending { code, out, err } = ending.unwrap_or_else(|ending| ending);
    // A closed pipe is no reason to complain.
    let _ignored = std::io::stdout().write_all(out.as_bytes());
    let _ignored = std::io::stderr().write_all(err.as_bytes());
    ExitCode::from(code as u8)
}

fn began(typed: &Typed) -> Result<Ending, Ending> {
    if let Some(ending) = offline(typed) {
        return Ok(ending);
    }
    let setting = Setting::read(typed, std::env::vars())?;
    let broken = |wrong: String| Ending {
        code: Code::Trouble,
        out: String::new(),
        err: format!("{wrong}\n"),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|wrong| broken(wrong.to_string()))?;
    let http = Http::new(None).map_err(broken)?;
    if matches!(typed.command, Command::Doctor) {
        return Ok(runtime.block_on(doctor(&setting, &http, typed)));
    }
    setting.verdict(typed)?;
    let (store, stripe) = (setting.store(&http), setting.stripe(&http));
    let person = AtTerminal {
        setting: &setting,
        http: &http,
    };
    Ok(runtime.block_on(run(&store, stripe.as_ref(), &person, typed, setting.live)))
}

struct AtTerminal<'a> {
    setting: &'a Setting,
    http: &'a Http,
}

impl Person for AtTerminal<'_> {
    async fn actor(&self) -> Result<Actor, Trouble> {
        self.setting.actor(self.http).await
    }

    fn agrees(&self, shown: &str) -> Option<bool> {
        let (keyboard, mut screen) = (std::io::stdin(), std::io::stderr());
        if !(keyboard.is_terminal() && screen.is_terminal()) {
            return None;
        }
        let asked = write!(screen, "{shown}\nType yes to do it: ").and_then(|()| screen.flush());
        let mut line = String::new();
        let read = asked.and_then(|()| keyboard.lock().read_line(&mut line));
        Some(read.is_ok() && line.trim() == "yes")
    }
}
