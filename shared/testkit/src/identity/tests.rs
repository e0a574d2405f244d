use super::*;

fn call(directory: &mut Directory, method: &str, path: &str, body: &Value) -> Reply {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    directory.handle(&Call {
        method,
        path,
        query,
        if_match: None,
        body,
        now: 5,
    })
}

fn jo() -> Value {
    json!({ "userName": "jo@example.com", "externalId": "ord_1:account", "active": true })
}

fn operations(all: &Value) -> Value {
    json!({ "Operations": all })
}

#[test]
fn made_found_joined_and_taken_back() {
    let mut directory = Directory::default();
    assert_eq!(call(&mut directory, "POST", "/Users", &jo()).status, 201);
    assert_eq!(call(&mut directory, "POST", "/Users", &jo()).status, 409);
    let team = json!({ "displayName": "Blue", "externalId": "ord_1:team" });
    assert_eq!(call(&mut directory, "POST", "/Groups", &team).status, 201);
    let add = operations(&json!([{ "op": "add", "path": "members", "value": [{ "value": "u-1" }] }]));
    assert_eq!(call(&mut directory, "PATCH", "/Groups/g-2", &add).status, 200);
    assert_eq!(call(&mut directory, "PATCH", "/Groups/g-2", &add).status, 200);
    let filter = "/Users?filter=externalId%20eq%20%22ord_1%3Aaccount%22";
    let found = call(&mut directory, "GET", filter, &Value::Null);
    assert_eq!(found.body["totalResults"], 1);
    let whole = Truth {
        users: 1,
        teams: 1,
        members: 1,
    };
    assert_eq!(directory.truth("ord_1"), whole);
    let remove = operations(&json!([{ "op": "Remove", "path": "members[value eq \"u-1\"]" }]));
    assert_eq!(call(&mut directory, "PATCH", "/Groups/g-2", &remove).status, 200);
    assert_eq!(directory.truth("ord_1").members, 0);
    assert_eq!(call(&mut directory, "DELETE", "/Users/u-1", &Value::Null).status, 204);
    assert_eq!(call(&mut directory, "DELETE", "/Users/u-1", &Value::Null).status, 404);
    assert_eq!(directory.truth("ord_1").users, 0);
}

#[test]
fn a_lost_reply_is_an_effect_all_the_same() {
    let mut directory = Directory {
        fault: Fault::LoseReply,
        ..Directory::default()
    };
    let team = json!({ "displayName": "Blue", "externalId": "ord_1:team" });
    assert_eq!(call(&mut directory, "POST", "/Groups", &team).fate, Fate::Lost);
    assert_eq!(directory.truth("ord_1").teams, 1);
}

#[test]
fn a_change_of_what_has_changed_is_not_done() {
    let mut directory = Directory::default();
    let made = call(&mut directory, "POST", "/Users", &jo());
    let version = made.body["meta"]["version"].as_str().expect("a version").to_owned();
    assert!(made.headers.contains(&("etag", version.clone())));
    let mark = operations(&json!([{ "op": "replace", "path": "externalId", "value": "makegood:shared" }]));
    let at = |directory: &mut Directory, method: &'static str, if_match: &str| {
        let (path, query) = ("/Users/u-1", "");
        let if_match = Some(if_match);
        let body = &mark;
        let now = 5;
        let call = Call {
            method,
            path,
            query,
            if_match,
            body,
            now,
        };
        directory.handle(&call).status
    };
    assert_eq!(at(&mut directory, "PATCH", &version), 200);
    assert_eq!(at(&mut directory, "DELETE", &version), 412);
    assert_eq!(at(&mut directory, "PATCH", &version), 412);
    assert_eq!(at(&mut directory, "DELETE", "*"), 204);
}

#[test]
fn lists_come_in_pages() {
    let mut directory = Directory {
        page_max: 2,
        ..Directory::default()
    };
    for name in ["Blue", "Red", "Blue"] {
        call(&mut directory, "POST", "/Groups", &json!({ "displayName": name }));
    }
    let page = |directory: &mut Directory, query: &str| {
        let found = call(directory, "GET", &format!("/Groups?{query}"), &Value::Null).body;
        let ids = found["Resources"].as_array().expect("a list").iter();
        let ids: Vec<String> = ids
            .map(|group| group["id"].as_str().unwrap_or_default().to_owned())
            .collect();
        (found["totalResults"].as_u64(), ids.join(" "))
    };
    assert_eq!(page(&mut directory, "count=100"), (Some(3), "g-1 g-2".to_owned()));
    assert_eq!(
        page(&mut directory, "startIndex=3&count=100"),
        (Some(3), "g-3".to_owned())
    );
    assert_eq!(page(&mut directory, "startIndex=4"), (Some(3), String::new()));
    let blue = "filter=displayName%20eq%20%22blue%22&startIndex=2&count=1";
    assert_eq!(page(&mut directory, blue), (Some(2), "g-3".to_owned()));
}

#[test]
fn a_value_of_a_filter_is_a_json_string_and_nothing_else() {
    let mut directory = Directory::default();
    let name = r#"a" or "b\"#;
    directory.enroll(&json!({ "userName": name }), 0);
    let ask = |directory: &mut Directory, filter: &str| {
        let filter: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        call(directory, "GET", &format!("/Users?filter={filter}"), &Value::Null)
    };
    let found = ask(&mut directory, r#"userName eq "a\" or \"b\\""#);
    assert_eq!(found.body["totalResults"], 1);
    for wrong in [r#"userName eq "a" or "b""#, r#"userName eq "a"#, "userName co \"a\""] {
        assert_eq!(ask(&mut directory, wrong).status, 400, "{wrong}");
    }
}

#[test]
fn who_is_switched_off_keeps_the_name_and_does_not_stand() {
    let mut directory = Directory::default();
    call(&mut directory, "POST", "/Users", &jo());
    let off = operations(&json!([{ "op": "replace", "path": "active", "value": false }]));
    assert_eq!(call(&mut directory, "PATCH", "/Users/u-1", &off).body["active"], false);
    assert_eq!(directory.truth("ord_1").users, 0);
    assert_eq!(call(&mut directory, "POST", "/Users", &jo()).status, 409);
}

#[test]
fn whoever_is_down_says_when_to_come_back_if_it_knows() {
    let mut directory = Directory {
        fault: Fault::Down,
        ..Directory::default()
    };
    let down = |directory: &mut Directory| call(directory, "GET", "/Users", &Value::Null).headers;
    assert_eq!(down(&mut directory), []);
    directory.retry_after = Some(120);
    assert_eq!(down(&mut directory), [("retry-after", "120".to_owned())]);
}
