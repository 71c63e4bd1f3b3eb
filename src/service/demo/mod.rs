//! An organization to try everything with.

mod credentials;
mod make;
mod view;

use std::sync::Arc;

pub use view::{
    DemoAgent, DemoChatwoot, DemoMunin, DemoMuro, DemoPlatform, DemoPusher, DemoUrls, DemoView,
};

use super::{ServiceError, Services};
use crate::domain::secrets::{PasswordHash, Secret, hash_password, random_hex};
use crate::store::StoreError;
use make::{Making, NewAgent};

/// The name of the demo organization when none is given.
const DEFAULT_NAME: &str = "Demo";
/// Most characters of another name: it becomes part of e-mail addresses.
const NAME_CHARS_MAX: usize = 40;

impl Services {
    /// Makes the demo organization `name` (default "Demo") if it is not there, and gives it new
    /// secrets where only hashes of the old ones are kept; the old ones stop working.
    ///
    /// # Errors
    /// `Invalid` for a name that is no word; `Internal`.
    pub async fn demo(&self, name: Option<&str>, base_url: &str) -> Result<DemoView, ServiceError> {
        let name = check_name(name)?;
        let agents =
            [new_agent("Ada", name.as_deref()).await?, new_agent("Bo", name.as_deref()).await?];
        let making = Arc::new(Making {
            name: name.unwrap_or_else(|| DEFAULT_NAME.to_owned()),
            base_url: base_url.trim_end_matches('/').to_owned(),
            agents,
            sealing_key: self.inner.sealing_key.clone(),
            now: self.now(),
        });
        self.commit(None, move |tx| {
            let making = Arc::clone(&making);
            Box::pin(async move { making.run(tx).await })
        })
        .await
    }
}

/// A name other than the default one; it must be a word, since it becomes part of e-mail addresses.
fn check_name(name: Option<&str>) -> Result<Option<String>, ServiceError> {
    let Some(name) = name else { return Ok(None) };
    let name = name.trim().to_lowercase();
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if name.is_empty() || name.len() > NAME_CHARS_MAX || !is_word || name.starts_with('-') {
        return Err(ServiceError::invalid("name", "must be a word of letters, digits and -"));
    }
    Ok((name != DEFAULT_NAME.to_lowercase()).then_some(name))
}

/// An agent of the demo, with a new password.
async fn new_agent(
    name: &'static str,
    organization: Option<&str>,
) -> Result<NewAgent, ServiceError> {
    let host = organization.map_or_else(String::new, |word| format!("{word}."));
    let email = format!("{}@{host}example.com", name.to_lowercase());
    let password = Secret::new(random_hex(8));
    let hash = hash_off_thread(password.clone()).await?;
    Ok(NewAgent { name, email, password, hash })
}

async fn hash_off_thread(password: Secret) -> Result<PasswordHash, ServiceError> {
    tokio::task::spawn_blocking(move || hash_password(&password)).await.map_err(|error| {
        ServiceError::Internal(StoreError::Unavailable(format!("hashing: {error}")))
    })
}
