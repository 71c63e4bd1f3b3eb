use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::{ConversationStatus, Tags, UserId};

fn facts() -> Facts {
    let tags = Tags::new(["vip".to_owned(), "Billing".to_owned()]).unwrap();
    [
        (Field::Content, "I want a REFUND, é!"),
        (Field::Status, "open"),
        (Field::WebsiteId, "web_1"),
        (Field::VisitorEmail, "marie@example.com"),
        (Field::VisitorName, "Marie"),
        (Field::Url, "https://shop.example/cart"),
        (Field::Language, "fr"),
    ]
    .into_iter()
    .fold(Facts::default(), |facts, (field, value)| facts.with(field, Some(value)))
    .with_tags(&tags)
}

fn condition(field: &str, op: &str, value: &str) -> Condition {
    serde_json::from_value(json!({"field": field, "op": op, "value": value})).unwrap()
}

/// A field, with a part, the whole, the beginning and the end of what it holds.
const FIELDS: [(&str, [&str; 4]); 8] = [
    ("content", ["refund", "i want a refund, É!", "I WANT", "é!"]),
    ("status", ["pe", "open", "op", "en"]),
    ("tags", ["illi", "billing", "bill", "IP"]),
    ("website_id", ["eb_", "web_1", "web", "_1"]),
    ("visitor.email", ["@example", "Marie@Example.com", "marie", ".com"]),
    ("visitor.name", ["ari", "marie", "M", "e"]),
    ("url", ["shop.", "https://shop.example/cart", "https://", "/cart"]),
    ("language", ["r", "FR", "f", "r"]),
];

#[test]
fn every_field_is_compared_in_every_way() {
    let known = facts();
    for (field, [part, whole, beginning, end]) in FIELDS {
        let (none, expression) = ("nothing of it", format!("(?i){}$", regex::escape(whole)));
        for (op, value, holds) in [
            ("contains", part, true),
            ("contains", none, false),
            ("not_contains", part, false),
            ("not_contains", none, true),
            ("equals", whole, true),
            ("equals", none, false),
            ("not_equals", whole, false),
            ("not_equals", none, true),
            ("starts_with", beginning, true),
            ("starts_with", none, false),
            ("ends_with", end, true),
            ("ends_with", none, false),
            ("is_empty", "", false),
            ("is_not_empty", "", true),
            ("matches", expression.as_str(), true),
            ("matches", none, false),
        ] {
            let condition = condition(field, op, value);
            assert_eq!(condition.holds(&known), holds, "{field} {op} {value}");
        }
    }
}

#[test]
fn of_what_is_not_known_only_its_absence_holds() {
    let nothing = Facts::default();
    for (field, _) in FIELDS {
        for (op, holds) in [
            ("contains", false),
            ("not_contains", true),
            ("equals", false),
            ("not_equals", true),
            ("starts_with", false),
            ("ends_with", false),
            ("is_empty", true),
            ("is_not_empty", false),
            ("matches", false),
        ] {
            assert_eq!(condition(field, op, ".*").holds(&nothing), holds, "{field} {op}");
        }
    }
}

#[test]
fn a_condition_on_tags_asks_each_of_them() {
    let known = facts();
    assert!(condition("tags", "equals", "vip").holds(&known));
    assert!(!condition("tags", "equals", "vip, Billing").holds(&known));
    assert!(!condition("tags", "not_contains", "vip").holds(&known), "one of them is enough");
    assert!(condition("tags", "matches", "^B").holds(&known));
}

#[test]
fn spaces_alone_are_nothing() {
    let blank = Facts::default().with(Field::Content, Some(" \n\t"));
    assert!(condition("content", "is_empty", "").holds(&blank));
    assert!(!condition("content", "is_not_empty", "").holds(&blank));
}

#[test]
fn expressions_tell_upper_case_from_lower_unless_they_say_otherwise() {
    let known = facts();
    assert!(!condition("content", "matches", "refund").holds(&known));
    assert!(condition("content", "matches", r"(?i)\brefund\b").holds(&known));
}

fn conditions(how: &str, values: &[&str]) -> Conditions {
    let item = |value: &&str| json!({"field": "content", "op": "contains", "value": value});
    let items: Vec<_> = values.iter().map(item).collect();
    serde_json::from_value(json!({"match": how, "items": items})).unwrap()
}

#[test]
fn all_means_every_one_and_any_means_one() {
    let known = facts();
    assert!(conditions("all", &["want", "refund"]).hold(&known));
    assert!(!conditions("all", &["want", "return"]).hold(&known));
    assert!(conditions("any", &["want", "return"]).hold(&known));
    assert!(!conditions("any", &["give", "return"]).hold(&known));
}

#[test]
fn without_conditions_a_rule_always_applies() {
    for how in ["all", "any"] {
        assert!(conditions(how, &[]).hold(&Facts::default()), "{how}");
    }
}

/// Why this JSON is no `T`.
fn refusal<T: serde::de::DeserializeOwned>(json: Value) -> String {
    serde_json::from_value::<T>(json).err().expect("it is refused").to_string()
}

#[test]
fn a_condition_that_cannot_be_asked_is_refused() {
    let with = |value: Value| {
        let mut json = json!({"field": "content", "op": "contains", "value": "a"});
        json.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        refusal::<Condition>(json)
    };
    for (wrong, why) in [
        (json!({"field": "subject"}), "unknown variant `subject`"),
        (json!({"op": "is"}), "unknown variant `is`"),
        (json!({"value": ""}), "value: must not be empty"),
        (json!({"value": null}), "value: must not be empty"),
        (json!({"value": 1}), "invalid type"),
        (json!({"value": "x".repeat(513)}), "value: must have at most 512 characters"),
        (json!({"value": "a\u{0}"}), "value: must not contain a NUL"),
        (json!({"op": "matches", "value": "("}), "value: must be a regular expression"),
        (json!({"op": "matches", "value": "(?=a)"}), "value: must be a regular expression"),
        (json!({"op": "matches", "value": r"(a)\1"}), "value: must be a regular expression"),
    ] {
        let refusal = with(wrong);
        assert!(refusal.contains(why), "{refusal}");
    }
    let many = vec![json!({"field": "url", "op": "is_empty"}); 21];
    assert!(refusal::<Conditions>(json!({"items": many})).contains("at most 20"));
}

#[test]
fn an_expression_that_would_take_much_memory_is_refused() {
    for bomb in ["(a{1000}){1000}", r"\w{1000}", "((a{100}){100}){100}", r"(\pL{50}){50}"] {
        let json = json!({"field": "content", "op": "matches", "value": bomb});
        assert!(refusal::<Condition>(json).contains("too large"), "{bomb}");
    }
}

/// Where a search goes back and tries again, each of these takes longer than the universe has.
#[test]
fn no_expression_takes_longer_than_the_text_is_long() {
    let text = Facts::default().with(Field::Content, Some(&"a".repeat(32 * 1024)));
    for bomb in ["(a+)+$x", "(a|aa)+$x", "(a*)*b", "(?:a?){100}a{100}$x", "(.*a){20}x"] {
        let condition = condition("content", "matches", bomb);
        let began = Instant::now();
        assert!(!condition.holds(&text), "{bomb}");
        assert!(began.elapsed() < Duration::from_secs(2), "{bomb}: {:?}", began.elapsed());
    }
}

#[test]
fn conditions_and_actions_are_written_as_they_are_read() {
    let written = json!({"match": "any", "items": [
        {"field": "visitor.email", "op": "ends_with", "value": "@Example.com"},
        {"field": "content", "op": "matches", "value": "(?i)refund"},
        {"field": "url", "op": "is_empty"},
    ]});
    let read: Conditions = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(json!(read), written);
    assert_eq!(read.patterns(), 1);
    let user = UserId::generate().prefixed("usr_");
    let written = json!([
        {"type": "add_tag", "value": "refund"},
        {"type": "assign", "user_id": user},
        {"type": "set_status", "value": "closed"},
        {"type": "reply", "text": " We'll sort this out. "},
    ]);
    let read: Actions = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(json!(read), written);
    assert_eq!(read.assignees().map(|id| id.prefixed("usr_")).collect::<Vec<_>>(), [user]);
}

#[test]
fn a_status_is_read_under_both_of_its_names_and_a_tag_trimmed() {
    let read = |json: Value| serde_json::from_value::<Action>(json).unwrap();
    let closed = Action::SetStatus(ConversationStatus::Closed);
    assert_eq!(read(json!({"type": "set_status", "status": "closed"})), closed);
    assert_eq!(read(json!({"type": "set_status", "value": "closed"})), closed);
    assert_eq!(
        read(json!({"type": "add_tag", "value": " vip "})),
        Action::AddTag("vip".to_owned())
    );
}

#[test]
fn an_action_that_cannot_be_done_is_refused() {
    for (wrong, why) in [
        (json!({"type": "delete"}), "unknown variant `delete`"),
        (json!({"value": "a"}), "missing field `type`"),
        (json!({"type": "add_tag"}), "missing field `value`"),
        (json!({"type": "add_tag", "value": " "}), "value: must not be blank"),
        (json!({"type": "add_tag", "value": "x".repeat(65)}), "value: must have at most 64"),
        (json!({"type": "assign", "user_id": "me"}), "user_id: must be the id of an agent"),
        (json!({"type": "set_status", "value": "pending"}), "status: must be"),
        (json!({"type": "reply", "text": " "}), "text: must not be blank"),
        (json!({"type": "reply", "text": "x".repeat(32_769)}), "text: must be at most 32768 bytes"),
        (json!({"type": "reply", "text": "a\u{0}"}), "text: must not contain a NUL"),
    ] {
        let refusal = refusal::<Action>(wrong);
        assert!(refusal.contains(why), "{refusal}");
    }
    let action = json!({"type": "add_tag", "value": "a"});
    assert!(refusal::<Actions>(json!([])).contains("must be 1 to 10"));
    assert!(refusal::<Actions>(json!(vec![action; 11])).contains("must be 1 to 10"));
}

fn rule(trigger: &str, conditions: Value, actions: Value) -> Rule {
    Rule {
        id: RuleId::generate(),
        organization_id: OrganizationId::generate(),
        body: RuleBody {
            name: "rule".to_owned(),
            enabled: true,
            trigger: serde_json::from_value(json!(trigger)).unwrap(),
            conditions: serde_json::from_value(conditions).unwrap(),
            actions: serde_json::from_value(actions).unwrap(),
        },
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}

fn tag(value: &str) -> Value {
    json!([{"type": "add_tag", "value": value}])
}

fn actions(due: Vec<Due>) -> Vec<Action> {
    due.into_iter().map(|due| due.action).collect()
}

#[test]
fn a_rule_waits_for_its_trigger() {
    let begins = rule("conversation.created", json!({}), tag("new"));
    let writes = rule("message.created", json!({}), tag("wrote"));
    let rules = [writes, begins];
    let due = |happened: &[Trigger]| actions(decide(&rules, happened, facts()));
    let [new, wrote] = ["new", "wrote"].map(|tag| Action::AddTag(tag.to_owned()));
    assert_eq!(due(&[Trigger::MessageCreated]), std::slice::from_ref(&wrote));
    assert_eq!(due(&[Trigger::ConversationCreated]), std::slice::from_ref(&new));
    let both = [Trigger::ConversationCreated, Trigger::MessageCreated];
    assert_eq!(due(&both), [wrote, new], "rules run in their own order");
    assert_eq!(due(&[]), []);
}

#[test]
fn a_rule_that_is_switched_off_or_does_not_apply_does_nothing() {
    let mut off = rule("message.created", json!({}), tag("off"));
    off.body.enabled = false;
    let other = json!({"items": [{"field": "content", "op": "contains", "value": "other"}]});
    let other = rule("message.created", other, tag("other"));
    assert_eq!(decide(&[off, other], &[Trigger::MessageCreated], facts()), []);
}

#[test]
fn a_rule_sees_what_those_before_it_did() {
    let has = |field: &str, value: &str| json!({"items": [{"field": field, "op": "equals", "value": value}]});
    let set_status = json!([{"type": "set_status", "value": "closed"}]);
    let first = rule("message.created", has("tags", "vip"), tag("gold"));
    let second = rule("message.created", has("tags", "gold"), set_status);
    let third = rule("message.created", has("status", "closed"), tag("done"));
    let rules = [first.clone(), second.clone(), third.clone()];
    let due = decide(&rules, &[Trigger::MessageCreated], facts());
    let by: Vec<RuleId> = due.iter().map(|due| due.rule).collect();
    assert_eq!(by, [first.id, second.id, third.id]);
    let backwards = [third, second, first.clone()];
    let due = decide(&backwards, &[Trigger::MessageCreated], facts());
    assert_eq!(due.iter().map(|due| due.rule).collect::<Vec<_>>(), [first.id]);
}

#[test]
fn a_rule_has_a_name() {
    let named = |name: &str| {
        let body = rule("message.created", json!({}), tag("a")).body;
        RuleBody { name: name.to_owned(), ..body }.checked().map(|body| body.name)
    };
    assert_eq!(named(" Refunds "), Ok("Refunds".to_owned()));
    assert!(named(" ").is_err() && named(&"x".repeat(201)).is_err());
}

proptest! {
    #[test]
    fn each_way_and_its_opposite_never_agree(text in ".*", value in "[^\0]+") {
        let facts = Facts::default().with(Field::Content, Some(&text));
        for (op, opposite) in [
            (Op::Contains, Op::NotContains),
            (Op::Equals, Op::NotEquals),
            (Op::IsEmpty, Op::IsNotEmpty),
        ] {
            let holds = |op| Condition::new(Field::Content, op, Some(value.clone())).map(|it| it.holds(&facts));
            prop_assert_ne!(holds(op), holds(opposite));
        }
    }

    #[test]
    fn any_expression_is_taken_or_refused(value in ".{1,600}", text in ".{0,400}") {
        let facts = Facts::default().with(Field::Content, Some(&text));
        if let Ok(condition) = Condition::new(Field::Content, Op::Matches, Some(value)) {
            let _ = condition.holds(&facts);
        }
    }
}
