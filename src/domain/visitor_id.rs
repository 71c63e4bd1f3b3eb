//! Ids by which visitors are known on a channel.
//!
//! A site gives its visitors any ids it likes, and where it signs none of them, whoever knows an id is that visitor.
//! E-mail addresses are known to many. So the id of whoever a site has vouched for by their address is set apart by
//! a prefix, and counts with the signature of the address alone, whatever the channel asks of other ids.

use super::Email;

/// As in the URLs of RFC 6068.
const PREFIX: &str = "mailto:";

/// The id of whoever has this address.
#[must_use]
pub fn of_email(email: &Email) -> String {
    format!("{PREFIX}{email}")
}

/// The address that an id stands for, where it is one of [`of_email`].
#[must_use]
pub fn email_of(id: &str) -> Option<&str> {
    id.strip_prefix(PREFIX)
}

/// What a site signs to vouch for an id.
#[must_use]
pub fn signed_part(id: &str) -> &str {
    email_of(id).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_address_is_vouched_for_by_the_address() {
        let id = of_email(&"Marie@Example.com".parse().unwrap());
        assert_eq!(id, "mailto:marie@example.com");
        assert_eq!(
            (email_of(&id), signed_part(&id)),
            (Some("marie@example.com"), "marie@example.com")
        );
    }

    #[test]
    fn any_other_id_is_vouched_for_as_it_is() {
        for id in ["marie@example.com", "user 42", "MAILTO:marie@example.com", ""] {
            assert_eq!((email_of(id), signed_part(id)), (None, id));
        }
    }
}
