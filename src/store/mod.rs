//! The only place with SQL.

mod error;

pub use error::StoreError;
