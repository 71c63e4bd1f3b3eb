//! Who comes in: every conversation is reached through one of these.

use subtle::ConstantTimeEq;

use super::{Noun, ServiceError, Services, VisitorProof};
use crate::domain::secrets::{Secret, verify_identity};
use crate::domain::text::check_source_id;
use crate::domain::{
    Actor, AgentActor, Channel, ChannelId, ConversationId, Invalid, Program, VisitorActor, policy,
    visitor_id,
};
use crate::store::{Standing, StoreError};

/// One text for a conversation that is not there and for one that is someone else's: who guesses
/// ids learns nothing from it.
pub(super) const NOT_YOURS: &str = "conversation_id and external_id do not match";
const UNSIGNED: &str = "external_id_hash is missing or wrong";

impl Services {
    /// A conversation of the agent's organization.
    pub(super) async fn standing_for_agent(
        &self,
        agent: AgentActor,
        id: ConversationId,
    ) -> Result<Standing, ServiceError> {
        self.inner
            .standings
            .lookup(id)
            .await?
            .filter(|standing| policy::agent_may_handle(agent, &standing.conversation))
            .ok_or(ServiceError::NotFound(Noun::Conversation))
    }

    /// A conversation that the program sees.
    pub(super) async fn standing_for_program(
        &self,
        program: Program,
        id: ConversationId,
    ) -> Result<Standing, ServiceError> {
        self.inner
            .standings
            .lookup(id)
            .await?
            .filter(|standing| policy::program_may_handle(program, &standing.conversation))
            .ok_or(ServiceError::NotFound(Noun::Conversation))
    }

    /// The conversation of which `proof` shows someone to be the end user.
    pub(super) async fn standing_for_visitor(
        &self,
        id: ConversationId,
        proof: &VisitorProof,
    ) -> Result<(Standing, VisitorActor), ServiceError> {
        let standing = self.inner.standings.lookup(id).await?;
        let standing = standing.ok_or(ServiceError::Forbidden(NOT_YOURS))?;
        let actor = self.admit_visitor(&standing, proof)?;
        Ok((standing, actor))
    }

    /// Checks a visitor's proof against a conversation.
    pub(super) fn admit_visitor(
        &self,
        standing: &Standing,
        proof: &VisitorProof,
    ) -> Result<VisitorActor, ServiceError> {
        let same: bool = standing.source_id.as_bytes().ct_eq(proof.external_id.as_bytes()).into();
        if !same {
            return Err(ServiceError::Forbidden(NOT_YOURS));
        }
        if needs_signature(standing.require_identity, proof) {
            let sealed = &standing.identity_secret;
            check_signature(&self.open_seal("channels", "identity_secret", sealed)?, proof)?;
        }
        Ok(VisitorActor {
            organization_id: standing.conversation.organization_id,
            conversation_id: standing.conversation.id,
            source_id: proof.external_id.clone(),
        })
    }

    /// Checks a visitor's proof where no conversation says who they are yet.
    pub(super) async fn admit_newcomer(
        &self,
        channel: &Channel,
        proof: &VisitorProof,
    ) -> Result<(), ServiceError> {
        check_source_id("external_id", &proof.external_id)?;
        if !needs_signature(channel.require_identity, proof) {
            return Ok(());
        }
        check_signature(&self.identity_secret(channel.id).await?, proof)
    }

    /// What a channel's site signs its visitors' ids with.
    pub(super) async fn identity_secret(&self, channel: ChannelId) -> Result<Secret, ServiceError> {
        let kept = self.store().lookup_channel_secret(channel).await?;
        let kept = kept.ok_or(ServiceError::Forbidden(UNSIGNED))?;
        self.open_seal("channels", "identity_secret", &kept.identity_secret)
    }

    /// A conversation that `actor` may still read and write in.
    pub(super) async fn standing_for(
        &self,
        actor: &Actor,
        id: ConversationId,
    ) -> Result<Standing, ServiceError> {
        self.inner
            .standings
            .lookup(id)
            .await?
            .filter(|standing| policy::may_converse(actor, &standing.conversation))
            .ok_or(ServiceError::NotFound(Noun::Conversation))
    }

    /// Whether the key of this server opens what is sealed in its database.
    pub async fn has_right_key(&self) -> Result<bool, ServiceError> {
        let seal = self.store().lookup_any_seal().await?;
        Ok(seal.is_none_or(|seal| self.inner.sealing_key.open(&seal).is_ok()))
    }

    /// Opens a sealed column; it can only fail when the key file was changed or lost.
    pub(super) fn open_seal(
        &self,
        table: &'static str,
        column: &'static str,
        sealed: &str,
    ) -> Result<Secret, ServiceError> {
        self.inner.sealing_key.open(sealed).map_err(|broken| {
            ServiceError::Internal(StoreError::Corrupt { table, column, id: broken.to_string() })
        })
    }
}

/// Whether an id counts with a signature alone: it is an e-mail address, or its channel asks it of all.
fn needs_signature(required: bool, proof: &VisitorProof) -> bool {
    required || visitor_id::email_of(&proof.external_id).is_some()
}

fn check_signature(secret: &Secret, proof: &VisitorProof) -> Result<(), ServiceError> {
    let signature = proof.external_id_hash.as_deref().unwrap_or_default();
    let signed = verify_identity(secret, visitor_id::signed_part(&proof.external_id), signature);
    signed.then_some(()).ok_or(ServiceError::Forbidden(UNSIGNED))
}

/// Checks that a list a caller asks for has a length.
pub(super) fn check_limit(limit: u32, max: u32) -> Result<i64, Invalid> {
    if (1..=max).contains(&limit) {
        return Ok(i64::from(limit));
    }
    Err(Invalid::new("limit", format!("must be 1 to {max}")))
}

/// Checks that an offset is one the database can count to.
pub(super) fn check_offset(offset: u64) -> Result<i64, Invalid> {
    i64::try_from(offset).map_err(|_| Invalid::new("offset", "is too large"))
}
