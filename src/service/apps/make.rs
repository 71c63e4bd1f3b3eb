//! How an application comes to be.

use crate::domain::secrets::{SealingKey, Secret, random_hex};
use crate::domain::{Organization, OrganizationId, PusherAppId, PusherOverrides, Timestamp};
use crate::service::ServiceError;
use crate::store::{KeptPusherApp, StoreError, Tx};

/// How often an id or a key is drawn that another application has. Of nine digits few are taken.
const DRAWS_MAX: u32 = 20;
/// Random bytes of a key; it names, and protects nothing.
const KEY_BYTES: usize = 10;
/// Random bytes of a secret.
const SECRET_BYTES: usize = 16;

/// An application that is to be made.
#[derive(Clone, Debug)]
pub(in crate::service) struct DraftApp {
    pub(in crate::service) organization_id: OrganizationId,
    pub(in crate::service) name: String,
    pub(in crate::service) overrides: PusherOverrides,
}

impl DraftApp {
    /// Makes it, with an id, a key and a secret of its own.
    pub(in crate::service) async fn make(
        &self,
        tx: &mut Tx,
        sealing_key: &SealingKey,
        now: Timestamp,
    ) -> Result<KeptPusherApp, ServiceError> {
        for _ in 0..DRAWS_MAX {
            let app = KeptPusherApp {
                id: PusherAppId::generate(),
                organization_id: self.organization_id,
                name: self.name.clone(),
                key: random_hex(KEY_BYTES),
                secret: sealing_key.seal(&new_secret()),
                overrides: self.overrides.clone(),
                enabled: true,
                created_at: now,
            };
            if tx.insert_pusher_app(&app).await? {
                return Ok(app);
            }
        }
        Err(ServiceError::Conflict("no id is free for another application".to_owned()))
    }
}

/// Makes an organization, and with it the application its conversations are told on.
pub(in crate::service) async fn found_organization(
    tx: &mut Tx,
    sealing_key: &SealingKey,
    name: &str,
    overrides: PusherOverrides,
    now: Timestamp,
) -> Result<Organization, ServiceError> {
    let organization = Organization { id: OrganizationId::generate(), name: name.to_owned() };
    tx.insert_organization(&organization, now).await?;
    let app =
        DraftApp { organization_id: organization.id, name: organization.name.clone(), overrides };
    app.make(tx, sealing_key, now).await?;
    Ok(organization)
}

/// A new secret for an application.
pub(super) fn new_secret() -> Secret {
    Secret::new(random_hex(SECRET_BYTES))
}

/// The secret of an application; it can only fail when the key file was changed or lost.
pub(in crate::service) fn open_secret(
    sealing_key: &SealingKey,
    kept: &KeptPusherApp,
) -> Result<Secret, StoreError> {
    sealing_key.open(&kept.secret).map_err(|_| StoreError::Corrupt {
        table: "pusher_apps",
        column: "secret",
        id: kept.id.to_string(),
    })
}
