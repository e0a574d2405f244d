//! The story by one command.

use local::story::tell;

use crate::panel::BECAUSE;
use crate::town::Town;

#[tokio::test(flavor = "multi_thread")]
async fn the_story_in_a_terminal_is_one_sentence_and_six_answers() {
    let town = Town::open().await;
    let told = tell(&town.stack).await.expect("the story");
    let text = told.lines.join("\n");
    assert!(told.one, "{text}");
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("  ") && line.ends_with(BECAUSE))
            .count(),
        11,
        "{text}"
    );
    for question in [
        "1. What is this?",
        "2. Who or what triggered it?",
        "3. Is it a glitch, or intended?",
        "4. What is done, and what is not?",
        "5. Should Customer Service contact the customer, and saying what?",
        "6. Why did it happen?",
    ] {
        assert!(text.contains(question), "{question}: {text}");
    }
    assert!(!text.contains('<'), "{text}");
}
