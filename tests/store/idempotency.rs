//! Requests that are carried out once.

use switchboard::service::{Attempt, Reservation, ServiceError, ServiceLimits};

use super::on_both_engines;

on_both_engines! {
    async fn a_request_that_may_wait_for_a_model_keeps_its_key_meanwhile(desk) {
        let patient = ServiceLimits { model_patience_ms: 120_000, ..ServiceLimits::default() };
        let services = desk.services_with(patient);
        let key = services.authenticate_key(&desk.demo.muro.key).await.unwrap().unwrap().id;
        let reserve = || services.reserve_request(Attempt::begin(), key, "once", "the same");
        assert!(matches!(reserve().await, Ok(Reservation::CarryOut(_))));
        desk.clock.advance_ms(120_001);
        assert!(matches!(reserve().await, Err(ServiceError::Conflict(_))), "the model may answer yet");
        desk.clock.advance_ms(60_000);
        assert!(matches!(reserve().await, Ok(Reservation::CarryOut(_))), "it has died");
    }
}
