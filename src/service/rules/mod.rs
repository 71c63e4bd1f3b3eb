//! Automation rules: keeping them, and having done what they say.
//!
//! Rules run in the transaction of the visitor's message that starts them (see [`run`]): nothing is lost when the
//! server is killed in between, and whoever reads the message sees what the rules made of it.

mod books;
mod run;

use super::saved_replies::check_unpinned;
use super::{Noun, ServiceError, Services};
use crate::domain::rules::{Actions, Conditions, PATTERNS_MAX, RULES_MAX, Rule, RuleBody, Trigger};
use crate::domain::{OrganizationId, Program, RuleId};
use crate::store::{Done, Tx};

pub(super) use books::RuleBooks;
pub(super) use run::{Occasion, Running};

/// What a rule is to say; `None` leaves a part as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleChange {
    /// What its maker calls it.
    pub name: Option<String>,
    /// Whether it runs.
    pub enabled: Option<bool>,
    /// What it waits for.
    pub trigger: Option<Trigger>,
    /// What has to hold then.
    pub conditions: Option<Conditions>,
    /// What is done then.
    pub actions: Option<Actions>,
}

impl RuleChange {
    fn applied_to(self, body: RuleBody) -> RuleBody {
        RuleBody {
            name: self.name.unwrap_or(body.name),
            enabled: self.enabled.unwrap_or(body.enabled),
            trigger: self.trigger.unwrap_or(body.trigger),
            conditions: self.conditions.unwrap_or(body.conditions),
            actions: self.actions.unwrap_or(body.actions),
        }
    }
}

impl Services {
    /// The rules of an organization after this one, in the order in which they run.
    ///
    /// # Errors
    /// `Forbidden` for a key of one website.
    pub async fn list_rules(
        &self,
        program: Program,
        after: Option<RuleId>,
        limit: u32,
    ) -> Result<Vec<Rule>, ServiceError> {
        check_unpinned(program)?;
        Ok(self.store().list_rules(program.organization_id, after, i64::from(limit)).await?)
    }

    /// One rule.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for a key of one website.
    pub async fn get_rule(&self, program: Program, id: RuleId) -> Result<Rule, ServiceError> {
        check_unpinned(program)?;
        let found = self.store().lookup_rule(program.organization_id, id).await?;
        found.ok_or(ServiceError::NotFound(Noun::Rule))
    }

    /// Makes a rule, which runs from the next message on.
    ///
    /// # Errors
    /// `Invalid` for a name that is none and for an agent who is not of the organization; `Conflict` beyond
    /// [`RULES_MAX`] rules or [`PATTERNS_MAX`] regular expressions; `Forbidden` for a key of one website.
    pub async fn create_rule(
        &self,
        program: Program,
        body: RuleBody,
    ) -> Result<Rule, ServiceError> {
        check_unpinned(program)?;
        self.check_assignees(program.organization_id, &body.actions).await?;
        let now = self.now();
        let rule = Rule {
            id: RuleId::generate(),
            organization_id: program.organization_id,
            body: body.checked()?,
            created_at: now,
            updated_at: now,
        };
        self.commit(Some(program.organization_id), move |tx| {
            let rule = rule.clone();
            Box::pin(async move {
                tx.lock_organization(rule.organization_id).await?;
                check_limits(tx, &rule).await?;
                tx.insert_rule(&rule).await?;
                tx.revise_rules(rule.organization_id).await?;
                Ok(Done::quietly(rule))
            })
        })
        .await
    }

    /// Changes a rule, from the next message on.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a change of nothing; `Conflict` and the rest as [`Services::create_rule`].
    pub async fn change_rule(
        &self,
        program: Program,
        id: RuleId,
        change: RuleChange,
    ) -> Result<Rule, ServiceError> {
        check_unpinned(program)?;
        if change == RuleChange::default() {
            return Err(ServiceError::invalid("body", "must change something"));
        }
        let (organization, now) = (program.organization_id, self.now());
        if let Some(actions) = &change.actions {
            self.check_assignees(organization, actions).await?;
        }
        self.commit(Some(organization), move |tx| {
            let change = change.clone();
            Box::pin(async move {
                tx.lock_organization(organization).await?;
                let kept = tx.lookup_rule(organization, id).await?;
                let kept = kept.ok_or(ServiceError::NotFound(Noun::Rule))?;
                let body = change.applied_to(kept.body).checked()?;
                let rule = Rule { body, updated_at: now, ..kept };
                check_limits(tx, &rule).await?;
                tx.update_rule(&rule).await?;
                tx.revise_rules(organization).await?;
                Ok(Done::quietly(rule))
            })
        })
        .await
    }

    /// Forgets a rule, from the next message on.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for a key of one website.
    pub async fn delete_rule(&self, program: Program, id: RuleId) -> Result<(), ServiceError> {
        check_unpinned(program)?;
        let organization = program.organization_id;
        self.commit(Some(organization), move |tx| {
            Box::pin(async move {
                tx.lock_organization(organization).await?;
                if !tx.delete_rule(organization, id).await? {
                    return Err(ServiceError::NotFound(Noun::Rule));
                }
                tx.revise_rules(organization).await?;
                Ok(Done::quietly(()))
            })
        })
        .await
    }

    /// Checks that whoever a rule gives conversations to works for its organization.
    async fn check_assignees(
        &self,
        organization: OrganizationId,
        actions: &Actions,
    ) -> Result<(), ServiceError> {
        for id in actions.assignees() {
            let agent = self.store().lookup_user(id).await?;
            if agent.is_none_or(|agent| agent.organization_id != organization) {
                return Err(ServiceError::invalid("actions", "assign: there is no such agent"));
            }
        }
        Ok(())
    }
}

/// Checks that an organization may have this rule among its others. Its lock is held.
async fn check_limits(tx: &mut Tx, rule: &Rule) -> Result<(), ServiceError> {
    let mut rules = tx.list_all_rules(rule.organization_id).await?;
    rules.retain(|other| other.id != rule.id);
    if rules.len() >= RULES_MAX {
        let why = format!("an organization can have {RULES_MAX} rules, and no more");
        return Err(ServiceError::Conflict(why));
    }
    let patterns = |rule: &Rule| rule.body.conditions.patterns();
    let others: usize = rules.iter().map(patterns).sum();
    if patterns(rule) > 0 && others + patterns(rule) > PATTERNS_MAX {
        let why = format!(
            "the rules of an organization can have {PATTERNS_MAX} conditions with matches, and no more"
        );
        return Err(ServiceError::Conflict(why));
    }
    Ok(())
}
