//! The applications in memory.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;
use tracing::warn;

use crate::domain::{PusherApp, PusherAppId};

/// Every application that was seen, by both of its names.
pub(super) struct Directory {
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    by_id: HashMap<String, Arc<PusherApp>>,
    by_key: HashMap<String, Arc<PusherApp>>,
    /// Applications of the database that one of the configuration stands before.
    shadowed: HashSet<PusherAppId>,
}

/// What became of an application that was put.
#[derive(Debug, Default)]
pub(super) struct Put {
    /// The application as it is now known; `None` when one of the configuration has its name.
    pub(super) current: Option<Arc<PusherApp>>,
    /// The same, where it was known before and was different.
    pub(super) changed: Option<Arc<PusherApp>>,
}

impl Directory {
    /// A directory with the applications of the configuration, which nothing replaces.
    pub(super) fn new(fixed: Vec<PusherApp>) -> Self {
        let mut known = Known::default();
        for app in fixed {
            known.keep(Arc::new(app));
        }
        Self { known: RwLock::new(known) }
    }

    pub(super) fn by_id(&self, id: &str) -> Option<Arc<PusherApp>> {
        self.known.read().by_id.get(id).cloned()
    }

    pub(super) fn by_key(&self, key: &str) -> Option<Arc<PusherApp>> {
        self.known.read().by_key.get(key).cloned()
    }

    /// The applications of the configuration.
    pub(super) fn fixed(&self) -> Vec<Arc<PusherApp>> {
        let known = self.known.read();
        let mut fixed: Vec<_> =
            known.by_id.values().filter(|app| app.organization_id.is_none()).cloned().collect();
        fixed.sort_by(|a, b| a.id.cmp(&b.id));
        fixed
    }

    /// Takes an application as the database has it.
    pub(super) fn put(&self, app: PusherApp) -> Put {
        self.known.write().put(app)
    }
}

impl Known {
    fn keep(&mut self, app: Arc<PusherApp>) {
        self.by_key.insert(app.key.clone(), Arc::clone(&app));
        self.by_id.insert(app.id.to_string(), app);
    }

    fn put(&mut self, app: PusherApp) -> Put {
        if self.is_shadowed(&app) {
            if self.shadowed.insert(app.id.clone()) {
                warn!(app.id = %app.id, "an application of the configuration has its id or key; it is left out");
            }
            return Put::default();
        }
        let before = self.by_id.get(app.id.as_str());
        if let Some(before) = before.filter(|before| ***before == app) {
            return Put { current: Some(Arc::clone(before)), changed: None };
        }
        let was_known = before.is_some();
        let app = Arc::new(app);
        self.keep(Arc::clone(&app));
        Put { changed: was_known.then(|| Arc::clone(&app)), current: Some(app) }
    }

    fn is_shadowed(&self, app: &PusherApp) -> bool {
        let same = [self.by_id.get(app.id.as_str()), self.by_key.get(&app.key)];
        same.into_iter().flatten().any(|other| other.organization_id.is_none())
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("apps", &self.known.read().by_id.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secrets::Secret;
    use crate::domain::{OrganizationId, PusherSettings};

    fn app(id: &str, key: &str, organization_id: Option<OrganizationId>) -> PusherApp {
        PusherApp {
            id: id.into(),
            name: String::new(),
            key: key.to_owned(),
            secret: Secret::default(),
            organization_id,
            enabled: true,
            settings: PusherSettings::default(),
        }
    }

    #[test]
    fn an_app_of_the_configuration_stands_before_one_of_the_database() {
        let directory = Directory::new(vec![app("1", "fixed", None)]);
        let organization = Some(OrganizationId::generate());
        for other in [app("1", "other", organization), app("2", "fixed", organization)] {
            assert!(directory.put(other).current.is_none());
        }
        assert!(directory.by_key("other").is_none() && directory.by_id("2").is_none());
        assert_eq!(directory.by_key("fixed").unwrap().organization_id, None);
        assert_eq!(directory.fixed().len(), 1);
    }

    #[test]
    fn only_what_was_known_and_differs_has_changed() {
        let directory = Directory::new(Vec::new());
        let first = app("1", "key", Some(OrganizationId::generate()));
        assert!(directory.put(first.clone()).changed.is_none());
        assert!(directory.put(first.clone()).changed.is_none());
        let disabled = PusherApp { enabled: false, ..first };
        assert!(!directory.put(disabled).changed.unwrap().enabled);
        assert!(!directory.by_key("key").unwrap().enabled);
    }
}
