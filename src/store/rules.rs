//! Automation rules of organizations.

use sqlx::{FromRow, query, query_as};

use super::row::{Query, Source, to_json};
use super::{Store, StoreError, Tx};
use crate::domain::rules::{Rule, RuleBody};
use crate::domain::{OrganizationId, RuleId, Timestamp};

#[derive(FromRow)]
struct RuleRow {
    id: String,
    organization_id: String,
    name: String,
    enabled: i64,
    happening: String,
    conditions: String,
    actions: String,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<RuleRow> for Rule {
    type Error = StoreError;

    fn try_from(row: RuleRow) -> Result<Self, StoreError> {
        let source = Source { table: "automation_rules", id: &row.id };
        Ok(Self {
            id: source.parse("id", &row.id)?,
            organization_id: source.parse("organization_id", &row.organization_id)?,
            body: RuleBody {
                enabled: row.enabled != 0,
                trigger: source.json("happening", &row.happening)?,
                conditions: source.json("conditions", &row.conditions)?,
                actions: source.json("actions", &row.actions)?,
                name: row.name,
            },
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

/// The beginning of a query that gives [`RuleRow`]s.
macro_rules! select_rules {
    ($rest:literal) => {
        concat!(
            "select id, organization_id, name, enabled, happening, conditions, actions, created_at, ",
            "updated_at from automation_rules ",
            $rest
        )
    };
}

fn one(organization: OrganizationId, id: RuleId) -> Query<'static, RuleRow> {
    let query = query_as(select_rules!("where organization_id = $1 and id = $2"));
    query.bind(organization.to_string()).bind(id.to_string())
}

impl Store {
    /// Rules of an organization after this one, in the order in which they run.
    pub async fn list_rules(
        &self,
        organization: OrganizationId,
        after: Option<RuleId>,
        limit: i64,
    ) -> Result<Vec<Rule>, StoreError> {
        let query = query_as::<_, RuleRow>(select_rules!(
            "where organization_id = $1 and id > $2 order by id limit $3"
        ));
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let query = query.bind(organization.to_string()).bind(after).bind(limit);
        self.fetch_all(query).await?.into_iter().map(TryInto::try_into).collect()
    }

    /// A rule of an organization.
    pub async fn lookup_rule(
        &self,
        organization: OrganizationId,
        id: RuleId,
    ) -> Result<Option<Rule>, StoreError> {
        self.fetch_optional(one(organization, id)).await?.map(TryInto::try_into).transpose()
    }
}

impl Tx {
    /// A rule of an organization, as it stands in this transaction.
    pub async fn lookup_rule(
        &mut self,
        organization: OrganizationId,
        id: RuleId,
    ) -> Result<Option<Rule>, StoreError> {
        self.fetch_optional(one(organization, id)).await?.map(TryInto::try_into).transpose()
    }

    /// All rules of an organization, in the order in which they run.
    pub async fn list_all_rules(
        &mut self,
        organization: OrganizationId,
    ) -> Result<Vec<Rule>, StoreError> {
        let query = query_as::<_, RuleRow>(select_rules!("where organization_id = $1 order by id"));
        let rows = self.fetch_all(query.bind(organization.to_string())).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// A new rule.
    pub async fn insert_rule(&mut self, new: &Rule) -> Result<(), StoreError> {
        let statement = query(
            "insert into automation_rules (id, organization_id, name, enabled, happening, \
             conditions, actions, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        );
        let statement = statement
            .bind(new.id.to_string())
            .bind(new.organization_id.to_string())
            .bind(new.body.name.as_str())
            .bind(i64::from(new.body.enabled))
            .bind(to_json(&new.body.trigger))
            .bind(to_json(&new.body.conditions))
            .bind(to_json(&new.body.actions))
            .bind(new.created_at.micros())
            .bind(new.updated_at.micros());
        self.execute(statement).await.map(drop)
    }

    /// A rule says something else now.
    pub async fn update_rule(&mut self, changed: &Rule) -> Result<(), StoreError> {
        let statement = query(
            "update automation_rules set name = $1, enabled = $2, happening = $3, conditions = $4, \
             actions = $5, updated_at = $6 where id = $7",
        );
        let statement = statement
            .bind(changed.body.name.as_str())
            .bind(i64::from(changed.body.enabled))
            .bind(to_json(&changed.body.trigger))
            .bind(to_json(&changed.body.conditions))
            .bind(to_json(&changed.body.actions))
            .bind(changed.updated_at.micros())
            .bind(changed.id.to_string());
        self.execute(statement).await.map(drop)
    }

    /// Forgets a rule of an organization; tells whether it was there.
    pub async fn delete_rule(
        &mut self,
        organization: OrganizationId,
        id: RuleId,
    ) -> Result<bool, StoreError> {
        let statement =
            query("delete from automation_rules where organization_id = $1 and id = $2");
        let statement = statement.bind(organization.to_string()).bind(id.to_string());
        Ok(self.execute(statement).await? == 1)
    }
}
