//! Bytes as a hostile or broken peer sends them.

use rand::Rng;
use rand::rngs::StdRng;

/// One of these texts, damaged or, now and then, whole.
pub(super) fn damaged(random: &mut StdRng, among: &[&str]) -> Vec<u8> {
    let text = among[random.random_range(0..among.len())];
    damage(random, text.as_bytes())
}

/// The same bytes with a few changed, missing, doubled or added.
pub(super) fn damage(random: &mut StdRng, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.random_range(0..4) {
        if bytes.is_empty() {
            break;
        }
        let at = random.random_range(0..bytes.len());
        match random.random_range(0..5) {
            0 => bytes[at] = random.random(),
            1 => bytes.truncate(at),
            2 => bytes.insert(at, *b"[]{}\",:\x1e\x00\xff9".get(at % 12).unwrap_or(&b'0')),
            3 => {
                bytes.remove(at);
            }
            _ => bytes.extend_from_within(at..),
        }
    }
    bytes
}
