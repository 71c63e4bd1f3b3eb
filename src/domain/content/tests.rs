use serde_json::json;

use super::*;

fn refused(kind: &str, text: &str, rich: Value) -> String {
    Content::new(kind, text.to_owned(), Some(rich)).unwrap_err().field
}

#[test]
fn the_documented_examples_are_taken() {
    let examples = [
        ("text", "Hello", json!(null)),
        ("image", "", json!({"url": "https://example.com/photo.jpg", "alt": "A scenic view"})),
        (
            "file",
            "invoice.pdf",
            json!({"url": "https://example.com/invoice.pdf", "filename": "invoice.pdf",
                   "size": 204_800, "mime_type": "application/pdf"}),
        ),
        (
            "quick_button",
            "Choose an option:",
            json!({"buttons": [{"label": "Yes", "value": "yes"}, {"label": "No", "value": "no"}]}),
        ),
        (
            "carousel",
            "",
            json!({"cards": [{"image_url": "https://example.com/a.png", "title": "Product A",
                              "subtitle": "Short", "buttons": [{"label": "Buy", "value": "buy_A"}]}]}),
        ),
        (
            "dropdown",
            "Select your region:",
            json!({"placeholder": "-- pick one --", "options": [{"label": "Europe", "value": "eu"}]}),
        ),
    ];
    for (kind, text, rich) in examples {
        let content = Content::new(kind, text.to_owned(), Some(rich.clone())).unwrap();
        assert_eq!(content.kind.as_str(), kind);
        assert_eq!(content.rich.unwrap_or_default(), rich);
    }
}

#[test]
fn a_text_needs_words_and_nothing_beside_them() {
    assert_eq!(refused("text", " \n", json!(null)), "content");
    assert_eq!(refused("text", "hello", json!({})), "rich_media");
}

#[test]
fn a_structure_that_does_not_fit_its_type_is_refused_by_its_path() {
    assert_eq!(refused("image", "", json!(null)), "rich_media");
    assert_eq!(refused("image", "", json!("https://example.com")), "rich_media");
    assert_eq!(refused("image", "", json!({})), "rich_media.url");
    assert_eq!(refused("image", "", json!({"url": "https://a.test/", "alt": 1})), "rich_media.alt");
    assert_eq!(refused("file", "", json!({"url": "https://a.test/"})), "rich_media.filename");
    let sized = json!({"url": "https://a.test/", "filename": "a", "size": -1});
    assert_eq!(refused("file", "", sized), "rich_media.size");
    assert_eq!(refused("quick_button", "", json!({"buttons": []})), "rich_media.buttons");
    let buttons = json!({"buttons": [{"label": "a", "value": "b"}, {"label": "a"}]});
    assert_eq!(refused("quick_button", "", buttons), "rich_media.buttons[1].value");
    assert_eq!(refused("carousel", "", json!({"cards": [{}]})), "rich_media.cards[0].title");
    let card = json!({"cards": [{"title": "a", "buttons": [{"value": "b"}]}]});
    assert_eq!(refused("carousel", "", card), "rich_media.cards[0].buttons[0].label");
    assert_eq!(refused("dropdown", "", json!({"options": "x"})), "rich_media.options");
}

#[test]
fn urls_that_run_code_are_refused() {
    for url in
        ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//a.test", "http:"]
    {
        assert_eq!(refused("image", "", json!({ "url": url })), "rich_media.url", "{url}");
    }
}

#[test]
fn an_unknown_type_is_refused() {
    assert_eq!(refused("video", "x", json!(null)), "content_type");
}

#[test]
fn keys_nobody_knows_are_kept() {
    let rich = json!({"url": "https://a.test/x.png", "width": 640});
    let content = Content::new("image", String::new(), Some(rich.clone())).unwrap();
    assert_eq!(content.rich, Some(rich));
}

#[test]
fn a_text_is_limited_in_characters_and_not_in_bytes() {
    assert!(Content::new("text", "ü".repeat(10_000), None).is_ok());
    assert_eq!(refused("text", &"ü".repeat(10_001), json!(null)), "content");
    let unlimited = ContentLimits { chars_max: 0 };
    assert!(Content::within(unlimited, "text", "x".repeat(10_001), None).is_ok());
}

#[test]
fn a_structure_is_limited_in_bytes() {
    let rich = json!({"url": "https://a.test/", "alt": "x".repeat(RICH_BYTES_MAX)});
    assert_eq!(refused("image", "", rich), "rich_media");
}
