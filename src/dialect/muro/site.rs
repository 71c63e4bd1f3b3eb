//! A website as the muro dialect shows it by itself.

use serde::Serialize;

use crate::domain::Website;

/// A website, or another way in for visitors.
#[derive(Debug, Serialize)]
pub struct SiteJson<'a> {
    object: &'static str,
    id: String,
    name: &'a str,
    url: &'a str,
}

impl<'a> From<&'a Website> for SiteJson<'a> {
    fn from(website: &'a Website) -> Self {
        Self {
            object: "website",
            id: website.id.prefixed("web_"),
            name: &website.name,
            url: &website.url,
        }
    }
}
