//! A transaction: the only thing that writes.

use sqlx::any::AnyArguments;
use sqlx::{Any, Transaction};

use super::StoreError;
use super::row::{Query, Reading, fetch_all, fetch_optional};

/// What writes; counted, so that a job that was refused before it wrote is known to have left nothing.
pub(super) type Statement<'q> = sqlx::query::Query<'q, Any, AnyArguments>;

/// A transaction; rolled back when dropped. Each statement goes through one of four doors, which count writes
/// and remember the first failure: Postgres refuses every statement after one.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Any>,
    writes: u64,
    failure: Option<StoreError>,
}

impl Tx {
    pub(super) fn new(inner: Transaction<'static, Any>) -> Self {
        Self { inner, writes: 0, failure: None }
    }

    /// Makes what was written durable.
    ///
    /// # Errors
    /// `Unavailable`: whether it was kept is then unknown.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.inner.commit().await?)
    }

    /// Forgets what was written.
    ///
    /// # Errors
    /// `Unavailable`; it is forgotten all the same.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.inner.rollback().await?)
    }

    /// How many statements have written.
    pub(super) fn writes(&self) -> u64 {
        self.writes
    }

    /// The first statement's failure, if one failed.
    pub(super) fn failure(&self) -> Option<&StoreError> {
        self.failure.as_ref()
    }

    /// Writes; tells how many rows were touched.
    pub(super) async fn execute(&mut self, statement: Statement<'_>) -> Result<u64, StoreError> {
        self.writes += 1;
        let result = statement.execute(&mut *self.inner).await;
        self.noted(result.map(|done| done.rows_affected()).map_err(StoreError::from))
    }

    /// Writes, and reads what `returning` says of the row.
    pub(super) async fn returning<R: for<'r> Reading<'r>>(
        &mut self,
        query: Query<'_, R>,
    ) -> Result<Option<R>, StoreError> {
        self.writes += 1;
        let result = fetch_optional(&mut *self.inner, query).await;
        self.noted(result)
    }

    /// Writes, and reads what `returning` says of each row.
    pub(super) async fn returning_all<R: for<'r> Reading<'r>>(
        &mut self,
        query: Query<'_, R>,
    ) -> Result<Vec<R>, StoreError> {
        self.writes += 1;
        let result = fetch_all(&mut *self.inner, query).await;
        self.noted(result)
    }

    pub(super) async fn fetch_optional<R: for<'r> Reading<'r>>(
        &mut self,
        query: Query<'_, R>,
    ) -> Result<Option<R>, StoreError> {
        let result = fetch_optional(&mut *self.inner, query).await;
        self.noted(result)
    }

    fn noted<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let (Err(error), None) = (&result, &self.failure) {
            self.failure = Some(error.clone());
        }
        result
    }
}
