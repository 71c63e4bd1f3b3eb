//! Websites, as programs see them.

use url::Url;

use super::{Noun, ServiceError, Services};
use crate::domain::text::{check_chars, clean_name};
use crate::domain::{ChannelId, Invalid, Program, Website};
use crate::store::Done;

/// Most characters of a website's address.
const URL_CHARS_MAX: usize = 2048;

/// What is to be otherwise of a website; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebsiteChange {
    /// What agents call it.
    pub name: Option<String>,
    /// Where it is; an empty text says that nobody knows.
    pub url: Option<String>,
}

impl Services {
    /// The websites a program sees, the oldest first, and with them every other way in for visitors.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn list_websites(&self, program: Program) -> Result<Vec<Website>, ServiceError> {
        let mut websites = self.store().list_websites(program.organization_id).await?;
        websites.retain(|website| program.sees(website.id));
        Ok(websites)
    }

    /// Changes a website.
    ///
    /// # Errors
    /// `NotFound` for a website the program does not see; `Invalid` for a change of nothing, a name that is
    /// blank or too long, and an address that is not one of the web.
    pub async fn change_website(
        &self,
        program: Program,
        id: ChannelId,
        change: WebsiteChange,
    ) -> Result<Website, ServiceError> {
        if change == WebsiteChange::default() {
            return Err(ServiceError::invalid("body", "must change something"));
        }
        if !program.sees(id) {
            return Err(ServiceError::NotFound(Noun::Website));
        }
        let change = change.checked()?;
        let organization = program.organization_id;
        self.commit(Some(organization), move |tx| {
            let change = change.clone();
            Box::pin(async move {
                let website = tx.lookup_website(organization, id).await?;
                let website = website.ok_or(ServiceError::NotFound(Noun::Website))?;
                let website = change.applied_to(website);
                tx.update_website(&website).await?;
                Ok(Done::quietly(website))
            })
        })
        .await
    }
}

impl WebsiteChange {
    fn checked(self) -> Result<Self, Invalid> {
        let name = self.name.map(|name| {
            clean_name("name", &name)?.ok_or_else(|| Invalid::new("name", "must not be blank"))
        });
        Ok(Self { name: name.transpose()?, url: self.url.as_deref().map(clean_url).transpose()? })
    }

    fn applied_to(self, website: Website) -> Website {
        Website {
            id: website.id,
            name: self.name.unwrap_or(website.name),
            url: self.url.unwrap_or(website.url),
        }
    }
}

/// Takes an address as people write it; an empty one is none.
fn clean_url(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    check_chars("url", text, URL_CHARS_MAX)?;
    // The parser passes over line breaks, and those who read the address later may not.
    let is_one_word = !text.contains(|it: char| it.is_control() || it.is_whitespace());
    let is_web = |url: Url| matches!(url.scheme(), "http" | "https");
    if text.is_empty() || (is_one_word && Url::parse(text).is_ok_and(is_web)) {
        return Ok(text.to_owned());
    }
    Err(Invalid::new("url", "must begin with https:// or http://, or be empty"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_the_web_or_none() {
        assert_eq!(
            clean_url(" https://shop.example/a?b#c ").unwrap(),
            "https://shop.example/a?b#c"
        );
        assert_eq!(clean_url(" ").unwrap(), "");
        let longest = format!("https://shop.example/{}", "x".repeat(URL_CHARS_MAX - 21));
        assert_eq!(clean_url(&longest).unwrap(), longest);
        let too_long = format!("{longest}x");
        for text in ["shop", "javascript:alert(1)", "https://", &too_long] {
            assert!(clean_url(text).is_err(), "{text}");
        }
        assert!(clean_url("https://a.example/\u{1}b").is_err());
        assert!(clean_url("https://a.example/\nb").is_err());
    }

    #[test]
    fn a_name_is_not_blank() {
        let named = |name: &str| {
            WebsiteChange { name: Some(name.to_owned()), url: None }.checked().map(|it| it.name)
        };
        assert_eq!(named(" Shop ").unwrap().as_deref(), Some("Shop"));
        assert!(named(" ").is_err());
        assert!(named(&"x".repeat(201)).is_err());
    }
}
