use super::*;

const OURS: &str = include_str!("../../../../infra/catalogue.toml");

#[test]
fn a_link_is_a_whole_and_safe_address() {
    let linked = |link: &str| parse(&OURS.replacen("steps =", &format!("link = '{link}'\nsteps ="), 1));
    let products = linked("https://app.example.com/start?from=shop").unwrap();
    assert_eq!(products[0].link, "https://app.example.com/start?from=shop");
    assert_eq!(products[1].link, "");
    for wrong in [
        "",
        "app.example.com",
        "http://app.example.com/",
        "javascript:alert(1)",
        "https://",
        "https:///x",
        "https://a b",
        "https://a\"b",
    ] {
        let refusal = linked(wrong).expect_err(wrong);
        let said = (refusal.line, refusal.say.contains("begins with https://"));
        let at = OURS.lines().position(|line| line.starts_with("steps =")).unwrap() + 1;
        assert_eq!(said, (at, true), "{wrong}: {refusal}");
    }
}
