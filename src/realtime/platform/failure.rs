//! Why an event was not done.

use tracing::{error, warn};

use crate::service::ServiceError;

/// Why an event was not done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The sender is told.
    Refused(String),
    /// The sender is told only if it asked: the dialect drops silently what is too much.
    Dropped(String),
}

/// Logs what the one who asked can do nothing about.
pub(super) fn log(failure: &ServiceError) {
    match failure {
        ServiceError::Internal(source) => error!(error = %source, "a socket's event failed"),
        ServiceError::TooMany { .. } => warn!(error = %failure, "a visitor sends too much"),
        _ => {}
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        log(&error);
        match error {
            ServiceError::TooMany { .. } => Self::Dropped(error.to_string()),
            _ => Self::Refused(error.to_string()),
        }
    }
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self::Refused(why)
    }
}

impl From<&str> for Failure {
    fn from(why: &str) -> Self {
        Self::Refused(why.to_owned())
    }
}
