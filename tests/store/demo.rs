//! The demo organization.

use switchboard::domain::secrets::Secret;
use switchboard::service::ServiceError;

use super::on_both_engines;

on_both_engines! {
    async fn demo_is_repeatable(desk) {
        let (first, second) = (&desk.demo, desk.services.demo(None, "http://localhost/").await.unwrap());
        assert_eq!(first.organization_id, second.organization_id);
        assert_eq!(first.agents[0].id, second.agents[0].id);
        assert_eq!(first.platform.channel_id, second.platform.channel_id);
        assert_eq!(first.chatwoot.hmac_token, second.chatwoot.hmac_token);
        assert_eq!(first.chatwoot.website_token, second.chatwoot.website_token);
        assert_eq!(first.pusher.secret, second.pusher.secret);
        let services = &desk.services;
        for (view, works) in [(first, false), (&second, true)] {
            let keys = [&view.platform.agent_key, &view.muro.key, &view.muro.read_key,
                        &view.munin.admin_key, &view.munin.widget_key];
            for key in keys {
                assert_eq!(services.authenticate_key(key).await.unwrap().is_some(), works);
            }
            let token = services.resolve_embed_token(&view.platform.embed_token).await.unwrap();
            assert_eq!(token.is_some(), works);
            let (email, password) = (&view.agents[0].email, &view.agents[0].password);
            let login = services.log_in(email, &Secret::new(password.clone()), "127.0.0.1").await;
            assert_eq!(login.is_ok(), works);
        }
        assert_eq!(second.base_url, "http://localhost");
    }

    async fn another_demo_is_another_organization(desk) {
        let other = desk.services.demo(Some("other"), "http://localhost").await.unwrap();
        assert_ne!(other.organization_id, desk.demo.organization_id);
        assert_eq!(other.agents[0].email, "ada@other.example.com");
        for name in ["", "two words", "-", "a@b", "a.b"] {
            let refused = desk.services.demo(Some(name), "http://localhost").await;
            assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{name}");
        }
    }
}
