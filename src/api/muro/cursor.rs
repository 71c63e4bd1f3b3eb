//! Where a page of a list ended, as an opaque text for the client to hand back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::domain::Invalid;

/// The first byte of a cursor. Cursors of another version are refused, not misread.
const VERSION: u8 = 1;
/// How many bytes of a hash follow.
const CHECK_BYTES: usize = 8;
/// No cursor of ours is longer.
const CHARS_MAX: usize = 1024;

/// The place of a row in a list: what the list is sorted by, and the id that tells equals apart.
pub(super) trait Place: Serialize + DeserializeOwned {
    /// The list's name. A cursor of one list is none of another.
    const LIST: &'static str;
}

/// The cursor that leads on from a place.
///
/// It is no secret, and whoever makes one up sees nothing that a list does not show: the hash is there so
/// that a cursor that was cut, changed or is of another list is told from a good one.
pub(super) fn encode<P: Place>(place: &P) -> String {
    let place = serde_json::to_vec(place).expect("a place is plain data");
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(&check::<P>(&place));
    bytes.extend_from_slice(&place);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that a cursor leads on from.
///
/// # Errors
/// When it is no cursor of this list.
pub(super) fn decode<P: Place>(cursor: &str) -> Result<P, Invalid> {
    read(cursor).ok_or_else(|| Invalid::new("cursor", "must be the next_cursor of this list"))
}

fn read<P: Place>(cursor: &str) -> Option<P> {
    if cursor.len() > CHARS_MAX {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (version, rest) = bytes.split_first()?;
    let (given, place) = rest.split_at_checked(CHECK_BYTES)?;
    if *version != VERSION || given != check::<P>(place) {
        return None;
    }
    serde_json::from_slice(place).ok()
}

fn check<P: Place>(place: &[u8]) -> [u8; CHECK_BYTES] {
    let hash = Sha256::new().chain_update(P::LIST).chain_update([0]).chain_update(place).finalize();
    std::array::from_fn(|index| hash[index])
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Here(i64, String);

    impl Place for Here {
        const LIST: &'static str = "here";
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct There(i64, String);

    impl Place for There {
        const LIST: &'static str = "there";
    }

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        let place = Here(-7, "cnv_é".to_owned());
        assert_eq!(decode::<Here>(&encode(&place)), Ok(place));
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        assert!(decode::<There>(&encode(&Here(1, String::new()))).is_err());
    }

    #[test]
    fn a_cursor_that_was_changed_anywhere_is_refused() {
        let cursor = encode(&Here(1, "a".to_owned()));
        for at in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(decode::<Here>(&changed).is_err(), "{changed}");
            assert!(decode::<Here>(&cursor[..at]).is_err(), "cut after {at}");
        }
        assert!(decode::<Here>(&format!("{cursor}A")).is_err());
        assert!(decode::<Here>("MjAyNi0wNi0wNVQwOToxMjowNFp8Y29udl84ZjJh").is_err());
        assert!(decode::<Here>(&"A".repeat(100_000)).is_err());
    }
}
