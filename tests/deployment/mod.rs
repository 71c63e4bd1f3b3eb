//! What operators are given in `deploy/` works: the files are read by the programs they are for, and clients
//! come through the proxies.

mod files;
mod proxies;
mod sessions;
