//! Who visitors are, as their site says.
//!
//! What a site says without a signature, anybody could say: it is kept beside what the visitor has written, and shows
//! them nothing else. A signed e-mail address moves the visitor to the one id that the address has on the channel,
//! and so to its history, from whatever device.

use super::contacts::{ContactChange, change_known};
use super::{ServiceError, Services, VisitorProof, WorkResult};
use crate::domain::secrets::{identity_signature, verify_identity};
use crate::domain::text::{check_source_id, clean_name};
use crate::domain::{
    Channel, ChannelId, ContactChannelId, ContactId, Email, OrganizationId, Timestamp, visitor_id,
};
use crate::store::{NewContact, Tx};

const UNSIGNED: &str = "user_hash is missing or wrong";

/// What a site says of the visitor in front of it.
#[derive(Clone, Debug)]
pub struct IdentifyVisitor {
    /// The embed token or the widget id of the page.
    pub widget: String,
    /// The origin of the page.
    pub page_origin: Option<String>,
    /// Who the visitor has been up to now.
    pub proof: VisitorProof,
    /// Their e-mail address, as the site writes it.
    pub email: String,
    /// The site's signature of that.
    pub user_hash: Option<String>,
    /// What they are called.
    pub name: Option<String>,
}

impl Services {
    /// Notes who a visitor is, and answers what they show from now on to be that. With a signature it is the id of
    /// the address; what they have written so far goes with them, unless the address has a history already, which
    /// then takes its place.
    ///
    /// # Errors
    /// `Forbidden` for a widget that is not there or not for pages of this origin, for a wrong signature, for a
    /// missing one where the channel requires one or the visitor had one of another address; `Invalid`; `TooMany`
    /// beyond `limits.visitor_messages`.
    pub async fn identify_visitor(
        &self,
        request: IdentifyVisitor,
    ) -> Result<VisitorProof, ServiceError> {
        let opened = self.admit_page(&request.widget, request.page_origin.as_deref()).await?;
        let (channel, email) = (opened.channel, request.email.parse::<Email>()?);
        let name = clean_name("name", request.name.as_deref().unwrap_or_default())?;
        check_source_id("external_id", &request.proof.external_id)?;
        self.count_visitor(channel.id, &request.proof.external_id).await?;
        let before = self.id_so_far(&channel, &request.proof).await?;
        let proof = match &request.user_hash {
            Some(hash) => self.signed_proof(&channel, &request.email, &email, hash).await?,
            None => unsigned_proof(&channel, request.proof, before.as_deref(), &email)?,
        };
        let identification = Identification {
            organization_id: channel.organization_id,
            channel_id: channel.id,
            source_id: proof.external_id.clone(),
            before,
            email,
            name,
            now: self.now(),
        };
        self.commit(Some(channel.organization_id), move |tx| {
            let identification = identification.clone();
            Box::pin(async move { identification.run(tx).await })
        })
        .await?;
        Ok(proof)
    }

    /// The id that a visitor can show to be theirs; `None` when they cannot.
    async fn id_so_far(
        &self,
        channel: &Channel,
        proof: &VisitorProof,
    ) -> Result<Option<String>, ServiceError> {
        match self.admit_newcomer(channel, proof).await {
            Ok(()) => Ok(Some(proof.external_id.clone())),
            Err(ServiceError::Forbidden(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What someone shows to be the owner of an address, once `hash` has proved it. The site has signed the address
    /// as it writes it; the proof is of the address in the one spelling that is kept.
    async fn signed_proof(
        &self,
        channel: &Channel,
        as_written: &str,
        email: &Email,
        hash: &str,
    ) -> Result<VisitorProof, ServiceError> {
        let secret = self.identity_secret(channel.id).await?;
        if !verify_identity(&secret, as_written, hash) {
            return Err(ServiceError::Forbidden(UNSIGNED));
        }
        let external_id = visitor_id::of_email(email);
        check_source_id("email", &external_id)?;
        let external_id_hash = Some(identity_signature(&secret, email.as_str()));
        Ok(VisitorProof { external_id, external_id_hash })
    }
}

/// The visitor stays who they are. Whoever was vouched for by one address is not of another because a page says so.
fn unsigned_proof(
    channel: &Channel,
    proof: VisitorProof,
    before: Option<&str>,
    email: &Email,
) -> Result<VisitorProof, ServiceError> {
    let vouched_for = before.and_then(visitor_id::email_of);
    let is_another = vouched_for.is_some_and(|other| other != email.as_str());
    if channel.require_identity || before.is_none() || is_another {
        return Err(ServiceError::Forbidden(UNSIGNED));
    }
    Ok(proof)
}

/// The transaction: the contact, made where it is missing, and what is known of it now.
#[derive(Clone)]
struct Identification {
    organization_id: OrganizationId,
    channel_id: ChannelId,
    /// The visitor's id from now on.
    source_id: String,
    /// Their id up to now, where it was shown to be theirs.
    before: Option<String>,
    email: Email,
    name: Option<String>,
    now: Timestamp,
}

impl Identification {
    async fn run(self, tx: &mut Tx) -> WorkResult<()> {
        let known = tx.lookup_contact_channel(self.channel_id, &self.source_id).await?;
        let contact = match known {
            Some((_, contact)) => contact,
            None => match self.nameless_so_far(tx).await? {
                Some((on_channel, contact)) => {
                    tx.set_source_id(on_channel, &self.source_id).await?;
                    contact
                }
                None => self.make_contact(tx).await?,
            },
        };
        let change = ContactChange {
            name: self.name.map(Some),
            email: Some(Some(self.email)),
            metadata: None,
        };
        change_known(tx, self.organization_id, contact, change, self.now).await
    }

    /// The contact under the id that the visitor leaves: theirs to take along, unless someone else at the same
    /// computer has said who they are.
    async fn nameless_so_far(
        &self,
        tx: &mut Tx,
    ) -> Result<Option<(ContactChannelId, ContactId)>, ServiceError> {
        let before = self.before.as_deref().filter(|id| visitor_id::email_of(id).is_none());
        let Some(before) = before else { return Ok(None) };
        let found = tx.lookup_contact_channel(self.channel_id, before).await?;
        let Some((on_channel, contact)) = found else { return Ok(None) };
        let known = tx.lookup_contact(self.organization_id, contact).await?;
        let email = known.and_then(|known| known.email);
        let is_theirs = email.is_none_or(|email| email == self.email);
        Ok(is_theirs.then_some((on_channel, contact)))
    }

    async fn make_contact(&self, tx: &mut Tx) -> Result<ContactId, ServiceError> {
        let new = NewContact {
            id: ContactId::generate(),
            contact_channel_id: ContactChannelId::generate(),
            organization_id: self.organization_id,
            number: tx.next_number(self.organization_id).await?,
            channel_id: self.channel_id,
            source_id: &self.source_id,
            name: self.name.as_deref(),
        };
        let id = new.id;
        tx.insert_contact(new, self.now).await?;
        Ok(id)
    }
}
