//! What travels in a message of Redis: who says it, its number, and what is said.
//!
//! One byte for the kind, 16 for the node, 8 for the number, then the body. Kinds that are not known
//! are skipped, so that nodes of two versions can share a Redis while they are replaced one by one.

use bytes::{BufMut, Bytes, BytesMut};

const HEAD: usize = 1 + 16 + 8;

/// What an envelope is for, with its byte on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A publication on a topic. The number grows with each publication of the node.
    Publication = 1,
    /// A sign of life of a node. The number grows with each beat; the body is a `Beat`.
    Beat = 2,
    /// Publications were dropped before they reached Redis. The number is how many, ever.
    Dropped = 3,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        [Self::Publication, Self::Beat, Self::Dropped].into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// One message between nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) kind: Kind,
    /// The node that says it.
    pub(super) node: u128,
    pub(super) number: u64,
    pub(super) body: Bytes,
}

impl Envelope {
    pub(super) fn encode(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(HEAD + self.body.len());
        bytes.put_u8(self.kind as u8);
        bytes.put_u128(self.node);
        bytes.put_u64(self.number);
        bytes.put_slice(&self.body);
        bytes.freeze()
    }

    /// `None` for what no node of this version would say. The body shares the bytes.
    pub(super) fn decode(bytes: Bytes) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (node, rest) = rest.split_first_chunk()?;
        let (number, _) = rest.split_first_chunk()?;
        Some(Self {
            kind: Kind::of(*kind)?,
            node: u128::from_be_bytes(*node),
            number: u64::from_be_bytes(*number),
            body: bytes.slice(HEAD..),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        let body = Bytes::from_static(b"hello");
        Envelope { kind: Kind::Publication, node: 7 << 70, number: 1 << 40, body }
    }

    #[test]
    fn what_is_put_into_an_envelope_comes_out_of_it() {
        assert_eq!(Envelope::decode(envelope().encode()), Some(envelope()));
        let empty = Envelope { kind: Kind::Dropped, body: Bytes::new(), ..envelope() };
        assert_eq!(Envelope::decode(empty.encode()), Some(empty));
    }

    #[test]
    fn what_is_cut_off_or_unknown_is_no_envelope() {
        let bytes = envelope().encode();
        for length in 0..HEAD {
            assert_eq!(Envelope::decode(bytes.slice(..length)), None, "{length} bytes");
        }
        let mut strange = bytes.to_vec();
        strange[0] = 9;
        assert_eq!(Envelope::decode(strange.into()), None);
    }
}
