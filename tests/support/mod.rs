//! What every test starts from: a server of its own, and people to talk to it.

mod agent;
mod app;
mod balancer;
mod cluster;
mod control;
mod database;
mod demo;
mod disk;
mod door;
mod example;
pub(crate) mod mcp;
pub(crate) mod model;
mod output;
mod postgres;
mod process;
mod proxy;
pub(crate) mod pusher;
pub(crate) mod pusher_api;
mod receiver;
mod redis;
pub(crate) mod rest;
mod script;
mod socket;
mod tls;
mod usage;
mod visitor;
mod wait;

pub(crate) use agent::{Agent, AgentApi, submit_login};
pub(crate) use app::TestApp;
pub(crate) use balancer::{Balancer, Kind as BalancerKind, deploy};
pub(crate) use cluster::{Cluster, Node};
pub(crate) use database::Database;
pub(crate) use demo::{Demo, DemoAgent, plain_id};
pub(crate) use disk::Disk;
pub(crate) use door::Door;
pub(crate) use example::Example;
pub(crate) use output::skip;
pub(crate) use postgres::PostgresServer;
pub(crate) use process::free_port;
pub(crate) use receiver::{Answer, Hook, Receiver};
pub(crate) use redis::RedisServer;
pub(crate) use script::{Script, run_script};
pub(crate) use socket::Socket;
pub(crate) use visitor::{Visitor, message_id};
pub(crate) use wait::{eventually, found};

use std::time::Duration;

/// How long a test waits for something that should happen at once. Long, because a debug build on a
/// busy machine is slow and a test that fails for that reason alone teaches nothing.
pub(crate) const SOON: Duration = Duration::from_secs(15);
