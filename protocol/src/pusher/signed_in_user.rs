//! Whom a whole connection belongs to.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::BadUser;
use super::channel_name::is_name_char;
use super::user::{object, text_or_number};
use crate::json;

const FIELD: &str = "user_data";

/// The user of a connection, as the application tells.
#[derive(Debug, Clone)]
pub struct SignedInUser {
    /// The user's id within the app, never empty, of the characters of channel names.
    pub id: String,
    /// What members of presence channels are told of the user: any JSON but `null`.
    pub user_info: Option<Box<RawValue>>,
    /// The users whose coming and going this one wants to hear of.
    pub watchlist: Vec<String>,
}

#[derive(Deserialize)]
struct UserData<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    user_info: Option<Box<RawValue>>,
    #[serde(borrow)]
    watchlist: Option<&'a RawValue>,
}

impl SignedInUser {
    /// Reads `user_data`: `{"id":"42","user_info":{…},"watchlist":["7"]}`.
    ///
    /// # Errors
    /// Text that is no JSON object, nests too deep, has no id that is a string of the characters of
    /// channel names, or has a watchlist that is no list of ids.
    pub fn parse(user_data: &str) -> Result<Self, BadUser> {
        let data: UserData<'_> = object(FIELD, user_data)?;
        Ok(Self {
            id: id(data.id)?,
            user_info: data.user_info,
            watchlist: data.watchlist.map_or(Ok(Vec::new()), watchlist)?,
        })
    }
}

/// Numbers are refused here: clients take nothing but a string for the id of their user.
fn id(json: Option<&RawValue>) -> Result<String, BadUser> {
    let id = json.and_then(|json| json::string(json.get()));
    let id = id.filter(|id| !id.is_empty() && id.chars().all(is_name_char));
    id.map(String::from).ok_or(BadUser::Part {
        field: FIELD,
        part: "id",
        expected: "a string of letters, digits and _ - = @ , . ;",
    })
}

fn watchlist(json: &RawValue) -> Result<Vec<String>, BadUser> {
    let expected = "a list of user ids";
    let wrong = || BadUser::Part { field: FIELD, part: "watchlist", expected };
    let ids: Vec<&RawValue> = serde_json::from_str(json.get()).map_err(|_| wrong())?;
    ids.into_iter().map(|id| text_or_number(id.get()).ok_or_else(wrong)).collect()
}
