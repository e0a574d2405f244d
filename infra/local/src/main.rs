//! `cargo run -p local`: the whole system on this machine. With `-- story`: one story of it, told in this terminal.

use std::process::ExitCode;

use local::say::say;
use local::stack::Stack;
use local::story;
use tokio::signal::unix::{Signal, SignalKind, signal};

const PORT: u16 = 4400;

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1);
    let story = wanted.as_deref() == Some("story");
    if let Some(other) = wanted.filter(|_| !story) {
        say(&format!(
            "There is no \"{other}\" here. Write nothing for the whole system, or story."
        ));
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(wrong) => {
            say(&format!("The system starts no threads: {wrong}"));
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(run(story));
    // What still waits, for a lock or for a build that was ended, is nobody's any more.
    runtime.shutdown_background();
    ended
}

async fn run(story: bool) -> ExitCode {
    let stops = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let mut stops: Vec<Signal> = stops.into_iter().filter_map(Result::ok).collect();
    say("Makegood on this machine. Building the functions first; the first time takes some minutes.");
    let started = tokio::select! {
        started = Stack::start(if story { 0 } else { PORT }) => started,
        () = any(&mut stops) => {
            say("Stopped while starting. Nothing is left running.");
            return ExitCode::FAILURE;
        }
    };
    let stack = match started {
        Ok(stack) => stack,
        Err(why) => {
            say(&why);
            return ExitCode::FAILURE;
        }
    };
    let ended = if story {
        tokio::select! {
            told = tell(&stack) => told,
            () = any(&mut stops) => ExitCode::FAILURE,
        }
    } else {
        welcome(&stack);
        any(&mut stops).await;
        ExitCode::SUCCESS
    };
    say("Stopping.");
    drop(stack);
    say("Stopped. Nothing is left running.");
    ended
}

/// Success only if every reader has the same sentence.
async fn tell(stack: &Stack) -> ExitCode {
    let told = match story::tell(stack).await {
        Ok(told) => told,
        Err(why) => {
            say(&why);
            return ExitCode::FAILURE;
        }
    };
    told.lines.iter().for_each(|line| say(line));
    if told.one { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn welcome(stack: &Stack) {
    let places = &stack.places;
    say("");
    say(&format!("  Start here   {}/", places.world));
    say(&format!("  Shop         {}/", places.shop));
    say(&format!("  Console      {}/enter/operator", places.world));
    say(&format!(
        "  Keyboard     cargo run -q -p makegood -- --env {} inbox",
        stack.keyboard().display()
    ));
    say("");
    say(&format!(
        "Logs of the functions are in {} while this runs.",
        stack.logs().display()
    ));
    say("Ctrl-C stops everything; nothing is kept.");
}

/// Waits for the first of these.
async fn any(signals: &mut [Signal]) {
    std::future::poll_fn(|context| {
        let told = signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
        if told {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}
