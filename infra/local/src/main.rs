//! `cargo run -p local`: the whole system on this machine.

use std::process::ExitCode;

use local::say::say;
use local::stack::Stack;
use tokio::signal::unix::{SignalKind, signal};

const PORT: u16 = 4400;

#[tokio::main]
async fn main() -> ExitCode {
    say("Makegood on this machine. Building the functions first; the first time takes some minutes.");
    let stack = match Stack::start(PORT).await {
        Ok(stack) => stack,
        Err(why) => {
            say(&why);
            return ExitCode::FAILURE;
        }
    };
    let places = &stack.places;
    say("");
    say(&format!("  Start here   {}/", places.world));
    say(&format!("  Shop         {}/", places.shop));
    say(&format!(
        "  Console      {}/console?token={}",
        places.shop, places.console_token
    ));
    say("");
    say(&format!(
        "Logs of the functions are in {} while this runs.",
        stack.logs().display()
    ));
    say("Ctrl-C stops everything; nothing is kept.");
    let ended = signal(SignalKind::terminate());
    match ended {
        Ok(mut ended) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = ended.recv() => {}
            }
        }
        Err(_) => {
            let _interrupted = tokio::signal::ctrl_c().await;
        }
    }
    say("Stopping.");
    drop(stack);
    say("Stopped. Nothing is left running.");
    ExitCode::SUCCESS
}
