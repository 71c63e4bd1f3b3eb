//! The pages: their files, and filling them in.

mod assets;
mod page;

pub use assets::{Asset, Assets};
pub use page::{Page, escape};
