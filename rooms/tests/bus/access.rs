//! Getting into a Redis that does not let everybody in.

use switchboard_rooms::BusOptions;
use tempfile::tempdir;

use crate::support::node::Node;
use crate::support::redis::{Redis, free_port};
use crate::support::until;

#[tokio::test]
async fn a_password_opens_and_without_it_the_trouble_is_told() {
    let Some(redis) = Redis::start_with(&["--requirepass", "open sesame"]) else { return };
    let address = redis.address();
    let outsider = Node::start(&format!("redis://:wrong@{address}"));
    let node = Node::start(&format!("redis://:open%20sesame@{address}/3"));
    node.listen(&["room"]).await;
    until("the trouble is told", || outsider.bus.health().trouble.is_some()).await;
    let trouble = outsider.bus.health().trouble.unwrap_or_default();
    assert!(trouble.contains("WRONGPASS"), "{trouble}");
    assert!(!trouble.contains("wrong@"), "{trouble}");
    assert!(!outsider.bus.is_up());
}

#[tokio::test]
async fn a_user_confined_to_the_prefix_can_do_all_the_bus_does() {
    let user = "user hub on >pass resetchannels &switchboard:* ~switchboard:* \
                -@all +publish +subscribe +unsubscribe +ping\n";
    let folder = tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join("users.acl"), user).expect("it can be written");
    let Some(redis) = Redis::start_in(folder, &["--aclfile", "FOLDER/users.acl"]) else { return };
    let url = format!("redis://hub:pass@{}", redis.address());
    let [speaker, listener] = [0; 2].map(|_| Node::start(&url));
    listener.listen(&["room"]).await;
    speaker.publish("room", "hello");
    listener.hears("room", "hello").await;
}

#[tokio::test]
async fn over_tls_a_certificate_that_is_trusted_is_enough_and_another_is_not() {
    let folder = tempdir().expect("a folder can be made");
    let names = vec!["localhost".to_owned()];
    let own = rcgen::generate_simple_self_signed(names).expect("a certificate can be made");
    let (certificate, key) = (own.cert.pem(), own.signing_key.serialize_pem());
    std::fs::write(folder.path().join("cert.pem"), &certificate).expect("it can be written");
    std::fs::write(folder.path().join("key.pem"), key).expect("it can be written");
    let port = free_port().to_string();
    let redis = Redis::start_in(
        folder,
        &[
            &["--tls-port", port.as_str()][..],
            &["--tls-cert-file", "FOLDER/cert.pem", "--tls-key-file", "FOLDER/key.pem"],
            &["--tls-auth-clients", "no"],
        ]
        .concat(),
    );
    let Some(_redis) = redis else { return };
    let options = BusOptions::new(format!("rediss://localhost:{port}"), 1);
    let trusting = BusOptions { ca_pem: Some(certificate.into_bytes()), ..options.clone() };
    let node = Node::start_with(&trusting);
    node.listen(&["room"]).await;
    let doubting = Node::start_with(&BusOptions { node: 2, ..options });
    until("the trouble is told", || doubting.bus.health().trouble.is_some()).await;
    assert!(!doubting.bus.is_up());
}
