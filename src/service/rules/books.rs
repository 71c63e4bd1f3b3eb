//! The rules of organizations in memory, ready to be asked.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::error;

use crate::domain::rules::Rule;
use crate::domain::{OrganizationId, RulesRevisionId};
use crate::service::ServiceError;
use crate::store::{StoreError, Tx};

/// Most organizations whose rules are remembered; beyond them all are forgotten, and read again.
const BOOKS_MAX: usize = 256;

/// The rules of an organization, as they were read.
struct Book {
    revision: RulesRevisionId,
    rules: Arc<[Rule]>,
}

/// What was read. The database names the state that holds, so what is remembered here is either that state or
/// not used.
#[derive(Clone, Default)]
pub(in crate::service) struct RuleBooks(Arc<Mutex<HashMap<OrganizationId, Book>>>);

impl RuleBooks {
    /// The rules of an organization of which `tx` has taken a position, as they are in that transaction.
    pub(super) async fn open(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        revision: RulesRevisionId,
    ) -> Result<Arc<[Rule]>, ServiceError> {
        if let Some(rules) = self.remembered(organization, revision) {
            return Ok(rules);
        }
        let rules: Arc<[Rule]> = read(tx, organization).await?.into();
        self.remember(organization, Book { revision, rules: Arc::clone(&rules) });
        Ok(rules)
    }

    fn remembered(
        &self,
        organization: OrganizationId,
        revision: RulesRevisionId,
    ) -> Option<Arc<[Rule]>> {
        let books = self.0.lock();
        let book = books.get(&organization).filter(|book| book.revision == revision)?;
        Some(Arc::clone(&book.rules))
    }

    fn remember(&self, organization: OrganizationId, book: Book) {
        let mut books = self.0.lock();
        if books.len() >= BOOKS_MAX && !books.contains_key(&organization) {
            books.clear();
        }
        books.insert(organization, book);
    }
}

/// Rules that are broken must not keep visitors from writing: none of them runs then.
async fn read(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<Rule>, StoreError> {
    match tx.list_all_rules(organization).await {
        Err(corrupt @ StoreError::Corrupt { .. }) => {
            error!(organization.id = %organization, %corrupt, "automation rules cannot be read and do not run");
            Ok(Vec::new())
        }
        other => other,
    }
}

impl fmt::Debug for RuleBooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleBooks").field("books", &self.0.lock().len()).finish()
    }
}
