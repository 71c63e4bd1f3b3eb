//! What an operator does with applications.

use std::collections::HashMap;
use std::sync::Arc;

use super::make::{DraftApp, new_secret};
use crate::domain::text::clean_name;
use crate::domain::{Organization, PusherApp, PusherAppId, PusherOverrides, Timestamp};
use crate::service::{Noun, ServiceError, Services};
use crate::store::Done;

const FIXED: &str = "this application is of the configuration; change it there and restart";

/// An application to be made for an organization.
#[derive(Clone, Debug)]
pub struct CreateApp {
    /// The organization's name or its id.
    pub organization: String,
    /// What people call it; the organization's name when none is given.
    pub name: Option<String>,
    /// What it has otherwise than the defaults.
    pub overrides: PusherOverrides,
}

/// An application as an operator sees it.
#[derive(Clone, Debug)]
pub struct AppView {
    /// The application.
    pub app: Arc<PusherApp>,
    /// The name of its organization; `None` for one of the configuration.
    pub organization: Option<String>,
    /// When it was made; `None` for one of the configuration.
    pub created_at: Option<Timestamp>,
}

impl Services {
    /// Makes another application for an organization. Servers that run find it at once.
    ///
    /// # Errors
    /// `NotFound` without such an organization; `Invalid` for a name that is too long.
    pub async fn create_app(&self, request: CreateApp) -> Result<PusherApp, ServiceError> {
        let organization = self.organization_named(&request.organization).await?;
        let name = clean_name("name", request.name.as_deref().unwrap_or_default())?;
        let draft = DraftApp {
            organization_id: organization.id,
            name: name.unwrap_or(organization.name),
            overrides: request.overrides,
        };
        let (sealing_key, now) = (self.inner.sealing_key.clone(), self.now());
        let kept = self
            .commit(None, move |tx| {
                let (draft, sealing_key) = (draft.clone(), sealing_key.clone());
                Box::pin(async move { Ok(Done::quietly(draft.make(tx, &sealing_key, now).await?)) })
            })
            .await?;
        Ok(self.apps().opened(kept)?)
    }

    /// All applications: those of the configuration, then those of organizations, the oldest first.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn list_apps(&self) -> Result<Vec<AppView>, ServiceError> {
        let fixed = self.apps().directory.fixed().into_iter();
        let mut views: Vec<_> =
            fixed.map(|app| AppView { app, organization: None, created_at: None }).collect();
        let organizations = self.store().list_organizations().await?.into_iter();
        let names: HashMap<_, _> = organizations.map(|it| (it.id, it.name)).collect();
        for listed in self.store().list_pusher_apps_changed_since(Timestamp::from_micros(0)).await?
        {
            let kept = listed.now?;
            let organization = names.get(&kept.organization_id).cloned();
            let created_at = Some(kept.created_at);
            let app = Arc::new(self.apps().opened(kept)?);
            views.push(AppView { app, organization, created_at });
        }
        Ok(views)
    }

    /// Gives an application another secret; the key stays. The old one stops working within seconds.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for an application of the configuration.
    pub async fn rotate_app(&self, id: &PusherAppId) -> Result<PusherApp, ServiceError> {
        self.refuse_fixed(id)?;
        let sealed = self.inner.sealing_key.seal(&new_secret());
        let (id, now) = (id.clone(), self.now());
        let kept = self
            .commit(None, move |tx| {
                let (id, sealed) = (id.clone(), sealed.clone());
                Box::pin(async move {
                    let kept = tx.set_pusher_app_secret(&id, &sealed, now).await?;
                    kept.map(Done::quietly).ok_or(ServiceError::NotFound(Noun::App))
                })
            })
            .await?;
        Ok(self.apps().opened(kept)?)
    }

    /// Lets an application work, or not. One that is disabled loses its connections within seconds.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for an application of the configuration.
    pub async fn set_app_enabled(
        &self,
        id: &PusherAppId,
        enabled: bool,
    ) -> Result<PusherApp, ServiceError> {
        self.refuse_fixed(id)?;
        let (id, now) = (id.clone(), self.now());
        let kept = self
            .commit(None, move |tx| {
                let id = id.clone();
                Box::pin(async move {
                    let kept = tx.set_pusher_app_enabled(&id, enabled, now).await?;
                    kept.map(Done::quietly).ok_or(ServiceError::NotFound(Noun::App))
                })
            })
            .await?;
        Ok(self.apps().opened(kept)?)
    }

    fn refuse_fixed(&self, id: &PusherAppId) -> Result<(), ServiceError> {
        let known = self.apps().current(id);
        if known.is_some_and(|app| app.organization_id.is_none()) {
            return Err(ServiceError::Conflict(FIXED.to_owned()));
        }
        Ok(())
    }

    pub(in crate::service) async fn organization_named(
        &self,
        text: &str,
    ) -> Result<Organization, ServiceError> {
        if let Some(organization) = self.store().lookup_organization_by_name(text).await? {
            return Ok(organization);
        }
        let id = text.parse().map_err(|_| ServiceError::NotFound(Noun::Organization))?;
        let organization = self.store().lookup_organization(id).await?;
        organization.ok_or(ServiceError::NotFound(Noun::Organization))
    }
}
