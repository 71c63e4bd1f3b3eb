//! What applications sign, against the vectors of Pusher's documents.

use proptest::prelude::*;
use switchboard_protocol::pusher::{BadAuth, BadRequestAuth, SignedRequest, Token, body_md5};

const KEY: &str = "278d425bdf160c739803";
const TOKEN: Token<'_> = Token::new(KEY, "7ad3773142a6692b25b8");
const SOCKET: &str = "1234.1234";

const BODY: &[u8] = br#"{"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"}"#;
const BODY_MD5: &str = "ec365a775a4cd0599faeb73354201b6f";
const SIGNATURE: &str = "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c";

/// The parameters of the request in the documents, changed or left out one by one in tests.
fn params() -> Vec<(&'static str, &'static str)> {
    vec![
        ("body_md5", BODY_MD5),
        ("auth_version", "1.0"),
        ("auth_key", KEY),
        ("auth_timestamp", "1353088179"),
        ("auth_signature", SIGNATURE),
    ]
}

fn verify(params: &[(&str, &str)], body: &[u8]) -> Result<i64, BadRequestAuth> {
    SignedRequest { method: "POST", path: "/apps/3/events", params, body }.verify(&TOKEN)
}

fn without(name: &str) -> Vec<(&'static str, &'static str)> {
    params().into_iter().filter(|(other, _)| *other != name).collect()
}

fn with(name: &'static str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut params = without(name);
    params.push((name, value));
    params
}

#[test]
fn a_private_channel_is_signed_as_documented() {
    let auth = TOKEN.channel_auth(SOCKET, "private-foobar", None);
    assert_eq!(
        auth,
        format!("{KEY}:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4")
    );
    assert_eq!(TOKEN.verify_channel(&auth, SOCKET, "private-foobar", None), Ok(()));
}

#[test]
fn a_presence_channel_is_signed_as_documented() {
    // The documents changed the name, and with it the signature, when the product was renamed.
    for (name, signature) in [
        ("Mr. Pusher", "afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c"),
        ("Mr. Channels", "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80"),
    ] {
        let data = format!(r#"{{"user_id":10,"user_info":{{"name":"{name}"}}}}"#);
        let auth = TOKEN.channel_auth(SOCKET, "presence-foobar", Some(&data));
        assert_eq!(auth, format!("{KEY}:{signature}"));
        assert_eq!(TOKEN.verify_channel(&auth, SOCKET, "presence-foobar", Some(&data)), Ok(()));
    }
}

#[test]
fn a_user_is_signed_as_documented() {
    let auth = TOKEN.user_auth(SOCKET, r#"{"id":"12345"}"#);
    assert_eq!(
        auth,
        format!("{KEY}:4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba")
    );
    assert_eq!(TOKEN.verify_user(&auth, SOCKET, r#"{"id":"12345"}"#), Ok(()));
}

#[test]
fn an_organizations_channel_is_signed_as_documented() {
    assert_eq!(
        Token::new("key", "secret").channel_auth("1234.5678", "private-org-org_1", None),
        "key:9f32d9c5c151340002a0ce9d9042ad53fe2d50938c0ee177330648426b871781"
    );
}

#[test]
fn data_is_signed_on_plain_private_channels_too() {
    let auth = TOKEN.channel_auth(SOCKET, "private-x", Some("{}"));
    assert!(TOKEN.verify_channel(&auth, SOCKET, "private-x", Some("{}")).is_ok());
    for data in [None, Some(""), Some("{} "), Some("{\"a\":1}")] {
        assert!(TOKEN.verify_channel(&auth, SOCKET, "private-x", data).is_err(), "{data:?}");
    }
}

#[test]
fn consent_is_good_for_one_connection_one_channel_and_one_secret() {
    let auth = TOKEN.channel_auth(SOCKET, "private-x", None);
    let refused = |token: Token<'_>, socket_id, channel| {
        token.verify_channel(&auth, socket_id, channel, None).unwrap_err().to_string()
    };
    let expected = |signed| {
        format!("auth: expected the HMAC-SHA256 hex digest of {signed} with the secret of the app")
    };
    assert_eq!(refused(TOKEN, "1234.1235", "private-x"), expected("1234.1235:private-x"));
    assert_eq!(refused(TOKEN, SOCKET, "private-y"), expected("1234.1234:private-y"));
    let other_secret = Token::new(KEY, "another");
    assert_eq!(refused(other_secret, SOCKET, "private-x"), expected("1234.1234:private-x"));
    assert!(TOKEN.verify_user(&auth, SOCKET, "private-x").is_err());
}

#[test]
fn consent_names_the_apps_own_key() {
    let refused = |auth: &str| TOKEN.verify_channel(auth, SOCKET, "private-foobar", None);
    let digest = "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4";
    assert_eq!(refused(""), Err(BadAuth::Missing));
    assert_eq!(refused(digest), Err(BadAuth::Form));
    assert_eq!(refused(&format!(":{digest}")), Err(BadAuth::Key));
    assert_eq!(refused(&format!("other:{digest}")), Err(BadAuth::Key));
    assert_eq!(refused(&format!("{KEY}::user::{digest}")), Err(BadAuth::Key));
    for signature in ["", "00", "é", &digest[..62], &format!("{digest}00"), &"0".repeat(64)] {
        let error = refused(&format!("{KEY}:{signature}")).unwrap_err();
        assert!(matches!(error, BadAuth::Signature { .. }), "{signature}: {error}");
    }
}

#[test]
fn the_secret_is_never_shown() {
    assert_eq!(format!("{TOKEN:?}"), format!(r#"Token {{ key: "{KEY}", .. }}"#));
}

#[test]
fn a_request_is_signed_as_documented() {
    assert_eq!(body_md5(BODY), BODY_MD5);
    let params = params();
    let request =
        SignedRequest { method: "POST", path: "/apps/3/events", params: &params, body: BODY };
    assert_eq!(
        request.string_to_sign(),
        format!(
            "POST\n/apps/3/events\nauth_key={KEY}&auth_timestamp=1353088179&auth_version=1.0&body_md5={BODY_MD5}"
        )
    );
    assert_eq!(request.sign(&TOKEN), SIGNATURE);
    assert_eq!(request.verify(&TOKEN), Ok(1_353_088_179));
}

#[test]
fn a_request_lacks_nothing() {
    for name in ["auth_key", "auth_version", "auth_timestamp", "body_md5", "auth_signature"] {
        let error = verify(&without(name), BODY).unwrap_err();
        assert_eq!(error.to_string(), format!("{name}: expected this parameter in the query"));
    }
}

#[test]
fn each_part_of_a_request_is_checked() {
    let refused = |params: &[(&str, &str)], body: &[u8]| verify(params, body).unwrap_err();
    assert_eq!(refused(&with("auth_key", "other"), BODY), BadRequestAuth::Key);
    assert_eq!(refused(&with("auth_version", "2.0"), BODY), BadRequestAuth::Version);
    for timestamp in ["", "now", "1353088179.5", "99999999999999999999"] {
        let error = refused(&with("auth_timestamp", timestamp), BODY);
        assert_eq!(error, BadRequestAuth::Timestamp);
    }
    assert!(matches!(
        refused(&with("auth_timestamp", "1353088180"), BODY),
        BadRequestAuth::Signature { .. }
    ));
    assert_eq!(
        refused(&params(), b"{}").to_string(),
        "body_md5: expected 99914b932bd37a50b983c5e7c90ae93b, the MD5 hex digest of the body"
    );
    assert!(matches!(refused(&params(), b""), BadRequestAuth::BodyMd5 { .. }));
    for signature in ["", "x", "00", &SIGNATURE[1..]] {
        assert!(matches!(
            refused(&with("auth_signature", signature), BODY),
            BadRequestAuth::Signature { .. }
        ));
    }
    let error = refused(&with("info", "user_count"), BODY).to_string();
    assert!(error.contains(r#""POST\n/apps/3/events\nauth_key=278d"#), "{error}");
    assert!(error.contains("&info=user_count"), "{error}");
    assert!(!error.contains("7ad3773142a6692b25b8"), "{error}");
}

#[test]
fn names_of_parameters_may_be_in_any_case() {
    let mut params = params();
    params[1].0 = "Auth_Version";
    params[4].0 = "AUTH_SIGNATURE";
    assert_eq!(verify(&params, BODY), Ok(1_353_088_179));
}

#[test]
fn a_body_must_be_signed_but_needs_not_be_there() {
    let request = |params, body| SignedRequest { method: "GET", path: "/x", params, body };
    let unsigned = [
        ("auth_key", KEY),
        ("auth_timestamp", "1"),
        ("auth_version", "1.0"),
        ("filter_by_prefix", "presence-é &="),
    ];
    let signature = request(&unsigned, b"").sign(&TOKEN);
    let signed = [&unsigned[..], &[("auth_signature", &signature)]].concat();
    assert_eq!(request(&signed, b"").verify(&TOKEN), Ok(1));
    assert_eq!(request(&signed, b"x").verify(&TOKEN), Err(BadRequestAuth::Missing("body_md5")));
}

#[test]
fn a_webhook_is_signed_over_its_raw_body() {
    let signature = Token::new("key", "secret").sign_webhook(b"{}");
    assert_eq!(signature, "77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13");
    assert!(Token::new("key", "secret").verifies_webhook(b"{}", &signature));
    assert!(!Token::new("key", "secret").verifies_webhook(b"{} ", &signature));
    assert!(!Token::new("key", "other").verifies_webhook(b"{}", &signature));
}

proptest! {
    #[test]
    fn a_signature_does_not_depend_on_the_order_of_parameters(
        (params, shuffled) in prop::collection::btree_map("[a-z_]{1,8}", ".{0,8}", 0..8)
            .prop_map(|params| params.into_iter().collect::<Vec<_>>())
            .prop_flat_map(|params| (Just(params.clone()), Just(params).prop_shuffle())),
    ) {
        let sign = |params: &[(String, String)]| {
            SignedRequest { method: "GET", path: "/apps/3/channels", params, body: b"" }.sign(&TOKEN)
        };
        prop_assert_eq!(sign(&params), sign(&shuffled));
    }

    #[test]
    fn what_is_signed_is_verified_and_nothing_else(
        secret: String,
        socket_id in "[0-9]{1,9}\\.[0-9]{1,9}",
        channel in "private-[a-z]{0,9}",
        data: Option<String>,
        other: Option<String>,
    ) {
        let token = Token::new("key", &secret);
        let auth = token.channel_auth(&socket_id, &channel, data.as_deref());
        prop_assert!(token.verify_channel(&auth, &socket_id, &channel, data.as_deref()).is_ok());
        prop_assert_eq!(
            token.verify_channel(&auth, &socket_id, &channel, other.as_deref()).is_ok(),
            data == other
        );
    }
}
