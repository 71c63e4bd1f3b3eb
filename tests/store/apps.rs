//! Pusher applications.

use std::sync::Arc;

use serde_json::json;
use switchboard::domain::secrets::Secret;
use switchboard::domain::{PusherApp, PusherAppId, PusherOverrides, PusherSettings};
use switchboard::service::{AppsOptions, CreateApp, Noun, ServiceError, ServiceLimits};

use super::on_both_engines;

fn request(organization: &str, overrides: serde_json::Value) -> CreateApp {
    let serde_json::Value::Object(named) = overrides else { panic!("an object") };
    CreateApp {
        organization: organization.to_owned(),
        name: None,
        overrides: PusherOverrides::new(named).unwrap(),
    }
}

fn fixed(id: &str, key: &str) -> PusherApp {
    PusherApp {
        id: id.into(),
        name: "fixed".to_owned(),
        key: key.to_owned(),
        secret: Secret::new("fixed"),
        organization_id: None,
        enabled: true,
        settings: PusherSettings::default(),
    }
}

on_both_engines! {
    async fn an_organization_is_made_with_an_app_of_its_own(desk) {
        let demo = &desk.demo;
        let app = desk.services.apps().by_key(&demo.pusher.key).await.unwrap().unwrap();
        assert_eq!(app.id.as_str(), demo.pusher.app_id);
        assert_eq!(app.secret.expose(), demo.pusher.secret);
        assert_eq!((app.name.as_str(), app.enabled), ("Demo", true));
        assert!(app.settings.client_events, "people try the demo");
        assert_eq!(app.organization_id, Some(desk.ada().organization_id));
        assert_eq!(demo.pusher.app_id.parse::<u32>().unwrap().to_string(), demo.pusher.app_id);
        let other = desk.services.demo(Some("other"), "http://localhost").await.unwrap();
        assert_ne!(other.pusher.key, demo.pusher.key);
    }

    async fn an_app_is_found_at_once_by_both_of_its_names(desk) {
        let named = json!({ "watchlist_max": 3, "webhooks": [{ "url": "https://a.example/h" }] });
        let made = desk.services.create_app(request("Demo", named)).await.unwrap();
        let apps = desk.services.apps();
        let by_id = apps.by_id(made.id.as_str()).await.unwrap().unwrap();
        let by_key = apps.by_key(&made.key).await.unwrap().unwrap();
        assert!(Arc::ptr_eq(&by_id, &by_key) && *by_id == made);
        assert_eq!((made.settings.limits.watchlist_max, made.settings.webhooks.len()), (3, 1));
        assert!(!made.settings.client_events);
        assert_eq!(apps.current(&made.id), Some(by_id));
        assert_eq!(apps.by_id(&made.key).await.unwrap(), None);
        assert_eq!(apps.by_key(made.id.as_str()).await.unwrap(), None);
        let id = desk.demo.organization_id.as_str();
        let second = desk.services.create_app(request(id, json!({}))).await.unwrap();
        assert_eq!(second.organization_id, made.organization_id);
        let nobody = desk.services.create_app(request("Nobody", json!({}))).await;
        assert!(matches!(nobody, Err(ServiceError::NotFound(Noun::Organization))));
    }

    async fn what_another_process_changed_is_told_once(desk) {
        let here = desk.services_with(ServiceLimits::default());
        let made = desk.services.create_app(request("Demo", json!({}))).await.unwrap();
        assert_eq!(here.refresh_apps().await.unwrap(), []);
        assert_eq!(here.apps().current(&made.id).as_deref(), Some(&made));

        let rotated = desk.services.rotate_app(&made.id).await.unwrap();
        assert_eq!(rotated.key, made.key);
        assert_ne!(rotated.secret, made.secret);
        assert_eq!(here.refresh_apps().await.unwrap(), [Arc::new(rotated)]);
        assert_eq!(here.refresh_apps().await.unwrap(), []);

        let disabled = desk.services.set_app_enabled(&made.id, false).await.unwrap();
        desk.clock.advance_ms(50_000);
        assert_eq!(here.refresh_apps().await.unwrap(), [Arc::new(disabled)]);
        assert!(!here.apps().by_key(&made.key).await.unwrap().unwrap().enabled);
        desk.services.set_app_enabled(&made.id, true).await.unwrap();
        assert_eq!(here.refresh_apps().await.unwrap().len(), 1);

        let nobody = PusherAppId::from("1");
        let refused = desk.services.rotate_app(&nobody).await;
        assert!(matches!(refused, Err(ServiceError::NotFound(Noun::App))));
        let refused = desk.services.set_app_enabled(&nobody, true).await;
        assert!(matches!(refused, Err(ServiceError::NotFound(Noun::App))));
    }

    async fn an_app_that_cannot_be_read_does_not_stand_before_the_others(desk) {
        let here = desk.services_with(ServiceLimits::default());
        let named = CreateApp { name: Some("broken".to_owned()), ..request("Demo", json!({})) };
        let broken = desk.services.create_app(named).await.unwrap();
        let sound = desk.services.create_app(request("Demo", json!({}))).await.unwrap();
        here.refresh_apps().await.unwrap();
        desk.execute("update pusher_apps set settings = 'spoiled' where name = 'broken'").await;
        let disabled = desk.services.set_app_enabled(&sound.id, false).await.unwrap();
        assert_eq!(here.refresh_apps().await.unwrap(), [Arc::new(disabled)]);
        assert_eq!(here.apps().current(&broken.id).as_deref(), Some(&broken), "as it was known");

        let fresh = desk.services_with(ServiceLimits::default());
        fresh.refresh_apps().await.unwrap();
        assert!(fresh.apps().current(&sound.id).is_some());
        assert_eq!(fresh.apps().current(&broken.id), None);
        desk.execute("update pusher_apps set settings = '{}' where name = 'broken'").await;
        fresh.refresh_apps().await.unwrap();
        assert_eq!(fresh.apps().current(&broken.id).as_deref(), Some(&broken));
    }

    async fn an_organization_speaks_on_its_first_enabled_app(desk) {
        let organization = desk.ada().organization_id;
        desk.clock.advance_ms(1);
        let second = desk.services.create_app(request("Demo", json!({}))).await.unwrap();
        let apps = desk.services.apps();
        let first = apps.of_organization(organization).await.unwrap().unwrap();
        assert_eq!(first.id.as_str(), desk.demo.pusher.app_id);
        desk.services.set_app_enabled(&first.id, false).await.unwrap();
        assert_eq!(apps.of_organization(organization).await.unwrap().as_deref(), Some(&second));
        desk.services.set_app_enabled(&second.id, false).await.unwrap();
        assert_eq!(apps.of_organization(organization).await.unwrap(), None);
    }

    async fn an_app_of_the_configuration_stands_before_all_others(desk) {
        let key = desk.demo.pusher.key.as_str();
        let options = AppsOptions { fixed: vec![fixed("7", key)], ..AppsOptions::default() };
        let services = desk.services_of(ServiceLimits::default(), options);
        services.refresh_apps().await.unwrap();
        let found = services.apps().by_key(key).await.unwrap().unwrap();
        assert_eq!((found.id.as_str(), found.organization_id), ("7", None));
        assert_eq!(services.apps().by_id(&desk.demo.pusher.app_id).await.unwrap(), None);
        let listed = services.list_apps().await.unwrap();
        let shown: Vec<_> = listed.iter().map(|view| view.organization.as_deref()).collect();
        assert_eq!(shown, [None, Some("Demo")]);
        let refused = services.rotate_app(&"7".into()).await;
        assert!(matches!(refused, Err(ServiceError::Conflict(_))), "{refused:?}");
    }

    async fn the_defaults_of_the_server_are_under_what_an_app_names(desk) {
        let mut defaults = PusherSettings { subscription_count: true, ..PusherSettings::default() };
        defaults.limits.presence_members_max = 5;
        let made = desk.services.create_app(request("Demo", json!({ "watchlist_max": 9 }))).await;
        let options = AppsOptions { defaults, ..AppsOptions::default() };
        let services = desk.services_of(ServiceLimits::default(), options);
        let app = services.apps().by_id(made.unwrap().id.as_str()).await.unwrap().unwrap();
        assert!(app.settings.subscription_count);
        let limits = &app.settings.limits;
        assert_eq!((limits.presence_members_max, limits.watchlist_max), (5, 9));
    }

    async fn names_that_nothing_can_have_are_nobody(desk) {
        for text in ["", "a b", "a\0b", "ä", "../x", &"x".repeat(10_000)] {
            assert_eq!(desk.services.apps().by_key(text).await.unwrap(), None, "{text:?}");
            assert_eq!(desk.services.apps().by_id(text).await.unwrap(), None, "{text:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_asks_the_database_once_in_a_while() {
    let desk = super::Desk::on_sqlite().await;
    let apps = desk.services.apps();
    let (known, stranger) = (desk.demo.pusher.key.as_str(), "nobody");
    assert!(apps.by_key(known).await.unwrap().is_some());
    assert_eq!(apps.by_key(stranger).await.unwrap(), None);
    desk.store.close().await;
    assert_eq!(apps.by_key(stranger).await.unwrap(), None, "it is remembered");
    assert!(apps.by_key(known).await.unwrap().is_some(), "so is who was seen");
    desk.clock.advance_ms(3_000);
    assert!(apps.by_key(stranger).await.is_err(), "and asked for again");
    desk.close().await;
}
