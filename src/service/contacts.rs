//! The people an organization talks with, as programs see them.

use serde_json::{Map, Value};

use super::{Announcement, Noun, ServiceError, Services, WorkResult};
use crate::domain::text::clean_name;
use crate::domain::{
    ChannelId, ContactDetail, ContactId, Email, Event, EventKind, OrganizationId, Program,
    Timestamp,
};
use crate::store::{Before, Done, Tx};

/// What is known otherwise of a contact; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContactChange {
    /// What they are called; `Some(None)`, or a blank name, is nothing.
    pub name: Option<Option<String>>,
    /// Where mail reaches them; `Some(None)` is nowhere.
    pub email: Option<Option<Email>>,
    /// Keys to set in their metadata, and to drop where they are null.
    pub metadata: Option<Map<String, Value>>,
}

impl Services {
    /// The contacts a program sees, of one website where one is given, those who were seen last first, from
    /// `before` on, at most `rows` of them.
    ///
    /// # Errors
    /// `Internal` alone: of a website the program does not see, there is nobody.
    pub async fn list_contacts(
        &self,
        program: Program,
        website: Option<ChannelId>,
        before: Option<Before<ContactId>>,
        rows: u32,
    ) -> Result<Vec<ContactDetail>, ServiceError> {
        if website.is_some_and(|website| !program.sees(website)) {
            return Ok(Vec::new());
        }
        let (organization, website) = (program.organization_id, website.or(program.channel_id));
        Ok(self.store().list_contacts(organization, website, before, i64::from(rows)).await?)
    }

    /// A contact that a program sees.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_contact(
        &self,
        program: Program,
        id: ContactId,
    ) -> Result<ContactDetail, ServiceError> {
        let (organization, channel) = (program.organization_id, program.channel_id);
        let contact = self.store().lookup_contact(organization, channel, id).await?;
        contact.ok_or(ServiceError::NotFound(Noun::Contact))
    }

    /// Changes what is known of a contact. An e-mail address that was not known before identifies them,
    /// which is written to the log.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for nothing to change, for a name that is too long, and for metadata that would
    /// become too long.
    pub async fn change_contact(
        &self,
        program: Program,
        id: ContactId,
        change: ContactChange,
    ) -> Result<ContactDetail, ServiceError> {
        if change == ContactChange::default() {
            return Err(ServiceError::invalid("body", "must name something to change"));
        }
        let name =
            change.name.as_ref().map(|name| clean_name("name", name.as_deref().unwrap_or("")));
        let change = ContactChange { name: name.transpose()?, ..change };
        self.get_contact(program, id).await?;
        let (organization, now) = (program.organization_id, self.now());
        self.commit(Some(organization), move |tx| {
            let change = change.clone();
            Box::pin(async move { change_known(tx, organization, id, change, now).await })
        })
        .await?;
        self.get_contact(program, id).await
    }
}

/// Changes what is known of a contact of this organization; a name comes cleaned.
pub(super) async fn change_known(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ContactId,
    change: ContactChange,
    now: Timestamp,
) -> WorkResult<()> {
    let known = tx.lookup_contact(organization, id).await?;
    let known = known.ok_or(ServiceError::NotFound(Noun::Contact))?;
    let metadata = match change.metadata {
        Some(keys) => known.metadata.merged(keys)?,
        None => known.metadata.clone(),
    };
    let name = change.name.unwrap_or_else(|| known.name.clone());
    let email = change.email.unwrap_or_else(|| known.email.clone());
    let identified = email.clone().filter(|email| known.email.as_ref() != Some(email));
    let known = ContactDetail { name, email, metadata, ..known };
    let mut announcements = Vec::new();
    if let Some(email) = identified {
        let mut event = Event {
            organization_id: organization,
            position: Some(tx.next_position(organization).await?),
            previous: None,
            conversation_id: None,
            kind: EventKind::VisitorIdentified { contact_id: id, email, name: known.name.clone() },
        };
        tx.insert_event(&mut event, now).await?;
        announcements.push(Announcement::unprompted(event));
    }
    if !tx.change_contact(&known, now).await? {
        return Err(overtaken());
    }
    Ok(Done { value: (), announcements })
}

/// What is said when someone else was faster between the look and the write. The work runs again and sees
/// what they did.
fn overtaken() -> ServiceError {
    ServiceError::Conflict("someone else changed the contact; try again".to_owned())
}
