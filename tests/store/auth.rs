//! Who is asking.

use futures_util::future::join_all;
use switchboard::domain::secrets::{Secret, TokenHash};
use switchboard::service::{Noun, ServiceError, ServiceLimits};

use super::on_both_engines;

on_both_engines! {
    async fn a_login_lasts_until_it_is_ended_everywhere(desk) {
        let ada = &desk.demo.agents[0];
        let password = Secret::new(ada.password.clone());
        let first = desk.services.log_in(" Ada@Example.com ", &password, "127.0.0.1").await.unwrap();
        let second = desk.services.log_in(&ada.email, &password, "127.0.0.1").await.unwrap();
        assert_ne!(first.token, second.token);
        let login = desk.services.authenticate_session(first.token.expose()).await.unwrap().unwrap();
        assert_eq!((login.agent.actor(), login.csrf_token), (desk.ada(), first.csrf_token));
        desk.services.log_out_everywhere(desk.ada().user_id).await.unwrap();
        for token in [first.token, second.token] {
            assert!(desk.services.authenticate_session(token.expose()).await.unwrap().is_none());
        }
        assert_eq!(*desk.heard.logged_out.lock(), [desk.ada().user_id]);
    }

    async fn a_login_ends_by_itself(desk) {
        let ada = &desk.demo.agents[0];
        let password = Secret::new(ada.password.clone());
        let login = desk.services.log_in(&ada.email, &password, "127.0.0.1").await.unwrap();
        let ms = login.expires_at.ms_since(desk.clock.now());
        desk.clock.advance_ms(ms - 1);
        assert!(desk.services.authenticate_session(login.token.expose()).await.unwrap().is_some());
        desk.clock.advance_ms(1);
        assert!(desk.services.authenticate_session(login.token.expose()).await.unwrap().is_none());
        desk.services.sweep().await.unwrap();
    }

    async fn of_many_logins_those_that_ended_are_told(desk) {
        let services = &desk.services;
        let log_in = async |number: usize| {
            let agent = &desk.demo.agents[number];
            let password = Secret::new(agent.password.clone());
            let login = services.log_in(&agent.email, &password, "127.0.0.1").await.unwrap();
            TokenHash::of(login.token.expose())
        };
        let (out, over) = (log_in(0).await, log_in(1).await);
        desk.clock.advance_ms(1_000);
        let lasting = log_in(1).await;
        let never = TokenHash::of("never made");
        services.log_out_everywhere(desk.ada().user_id).await.unwrap();
        let all = vec![out.clone(), over.clone(), lasting, never.clone()];
        let ended = services.ended_logins(all.clone()).await.unwrap();
        assert_eq!(ended, [out.clone(), never.clone()]);
        desk.clock.advance_ms(ServiceLimits::default().login_ms - 1_000);
        assert_eq!(services.ended_logins(all).await.unwrap(), [out, over, never]);
        assert!(services.ended_logins(Vec::new()).await.unwrap().is_empty());
    }

    async fn a_new_password_ends_what_the_old_one_opened(desk) {
        let ada = &desk.demo.agents[0];
        let password = Secret::new(ada.password.clone());
        let login = desk.services.log_in(&ada.email, &password, "127.0.0.1").await.unwrap();
        desk.services.demo(None, "http://localhost").await.unwrap();
        assert!(desk.services.authenticate_session(login.token.expose()).await.unwrap().is_none());
    }

    async fn guesses_are_refused_alike_and_run_out(desk) {
        let ada = &desk.demo.agents[0];
        let wrong = Secret::new("wrong");
        let guess = |email| desk.services.log_in(email, &wrong, "127.0.0.1");
        let known = guess(&ada.email).await.unwrap_err();
        let unknown = guess("nobody@example.com").await.unwrap_err();
        assert!(matches!(known, ServiceError::Unauthenticated(_)));
        assert_eq!(known.to_string(), unknown.to_string());
        join_all((0..9).map(|_| guess(&ada.email))).await;
        let password = Secret::new(ada.password.clone());
        let late = desk.services.log_in(&ada.email, &password, "127.0.0.1").await;
        assert!(matches!(late, Err(ServiceError::TooMany { .. })), "{late:?}");
        desk.services.log_in(&ada.email, &password, "127.0.0.2").await.unwrap();
        desk.clock.advance_ms(60_000);
        desk.services.log_in(&ada.email, &password, "127.0.0.1").await.unwrap();
        let nul = desk.services.log_in("a\0b", &wrong, "127.0.0.1").await;
        assert!(matches!(nul, Err(ServiceError::Unauthenticated(_))));
    }

    async fn a_key_acts_as_its_agent_until_it_is_revoked(desk) {
        let new = desk.services.create_agent_key("ada@example.com", "bot").await.unwrap();
        let key = desk.services.authenticate_key(new.key.expose()).await.unwrap().unwrap();
        assert_eq!(key.agent_actor(), Some(desk.ada()));
        assert!(new.key.expose().starts_with(&key.prefix));
        assert!(desk.services.list_keys().await.unwrap().contains(&new.kept));
        let revoked = desk.services.revoke_key(key.id).await.unwrap();
        assert!(revoked.revoked_at.is_some());
        assert_eq!(desk.services.revoke_key(key.id).await.unwrap(), revoked);
        assert!(desk.services.authenticate_key(new.key.expose()).await.unwrap().is_none());
        let nobody = desk.services.create_agent_key("nobody@example.com", "bot").await;
        assert!(matches!(nobody, Err(ServiceError::NotFound(Noun::Agent))));
    }

    async fn a_key_of_another_dialect_is_no_agent(desk) {
        let key = desk.services.authenticate_key(&desk.demo.muro.key).await.unwrap().unwrap();
        assert_eq!(key.agent_actor(), None);
        assert_eq!(key.scopes, ["read", "write"]);
    }
}
