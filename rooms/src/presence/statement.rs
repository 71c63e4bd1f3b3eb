//! What one node says of its members, and what that makes of them on another.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A process of the cluster. One that starts again is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct NodeId(pub u128);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl From<NodeId> for String {
    fn from(node: NodeId) -> Self {
        node.to_string()
    }
}

impl TryFrom<String> for NodeId {
    type Error = ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for NodeId {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

/// With which words a member came. Of the words of several nodes the oldest hold, everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin<D> {
    /// The counter of the node to which it came, which is past that of everything the node had heard.
    pub at: u64,
    /// That node.
    pub node: NodeId,
    /// What the member shows.
    pub shown: D,
}

impl<D> Origin<D> {
    pub(super) fn is_older_than(&self, other: &Self) -> bool {
        (self.at, self.node) < (other.at, other.node)
    }
}

/// One difference: what became of a member on the node that says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement<M, D> {
    /// Grows with each thing the node says.
    pub counter: u64,
    /// Who.
    pub member: M,
    /// What became of it.
    pub stated: Stated<D>,
}

/// What became of a member on one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stated<D> {
    /// It has a connection there.
    Here(Origin<D>),
    /// It has none there any more.
    Gone {
        /// The node is draining and asked it to come back elsewhere: wait for it a while.
        held: bool,
    },
}

/// All members of a group on one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole<M, D> {
    /// What the node said with this counter or a smaller one is in it, and nothing else.
    pub counter: u64,
    /// Who has a connection there.
    pub members: Vec<(M, Origin<D>)>,
}

/// Who came to a group and who went, as the connections of this node are to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes<M, D> {
    /// Those who were nowhere before, each with what it shows.
    pub came: Vec<(M, D)>,
    /// Those who are nowhere any more.
    pub went: Vec<M>,
}

impl<M, D> Default for Changes<M, D> {
    fn default() -> Self {
        Self { came: Vec::new(), went: Vec::new() }
    }
}

impl<M, D> Changes<M, D> {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.came.is_empty() && self.went.is_empty()
    }
}
