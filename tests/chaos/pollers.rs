//! Programs over REST: they ask for what is new, and write under keys that make repeating safe.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::ledger::{Receipt, count};
use super::verdict::Heard;
use super::world::{World, pause};
use crate::support::{Door, message_id, plain_id};

/// The messages of a conversation, as far as a program knows them.
pub(super) struct Reading {
    /// As the muro dialect names it.
    path: String,
    /// When the last one was made, as it was told.
    since: Option<String>,
    /// Plain ids in order.
    pub(super) ids: Vec<String>,
    /// The texts of the same.
    pub(super) texts: Vec<String>,
}

impl Reading {
    /// Nothing is known yet of this conversation.
    pub(super) fn of(conversation: &str) -> Self {
        let id = conversation.replace('-', "");
        let path = format!("/api/v1/conversations/cnv_{id}/messages");
        Self { path, since: None, ids: Vec::new(), texts: Vec::new() }
    }

    /// Reads on until there is nothing new.
    pub(super) async fn catch_up(&mut self, world: &World, door: &Door) -> Result<()> {
        while self.read_page(world, door).await? {}
        Ok(())
    }

    async fn read_page(&mut self, world: &World, door: &Door) -> Result<bool> {
        let mut query = vec![("limit", "100")];
        query.extend(self.since.as_deref().map(|since| ("since", since)));
        let url = format!("{}{}", door.base_url, self.path);
        let request = world.http.get(url).query(&query).bearer_auth(&door.demo.muro.key);
        let page: Value = request.send().await?.error_for_status()?.json().await?;
        let messages = page["data"].as_array().context("a page has data")?;
        for message in messages {
            self.add(message)?;
        }
        Ok(!messages.is_empty())
    }

    /// Takes a message at the end.
    pub(super) fn add(&mut self, message: &Value) -> Result<()> {
        let text = |name: &str| message[name].as_str().map(str::to_owned).context("no such field");
        self.since = Some(text("created_at")?);
        self.ids.push(plain_id(&text("id")?));
        self.texts.push(text("content")?);
        Ok(())
    }
}

/// A program that asks again and again, and writes now and then.
pub(super) struct Poller {
    world: Arc<World>,
    pub(super) who: String,
    conversation: String,
    chance: StdRng,
    reading: Reading,
    written: u64,
    /// The key and the text of what was not answered.
    unsent: Option<(String, String)>,
}

impl Poller {
    pub(super) fn new(world: &Arc<World>, name: &str, conversation: &str) -> Self {
        let who = format!("{name} (REST)");
        Self {
            world: Arc::clone(world),
            chance: world.chance(&who),
            who,
            conversation: conversation.to_owned(),
            reading: Reading::of(conversation),
            written: 0,
            unsent: None,
        }
    }

    /// Stays until the clients are to leave.
    pub(super) async fn live(mut self) -> Heard {
        let world = Arc::clone(&self.world);
        while !world.is_closed() {
            if self.turn(&world).await.is_err() {
                pause(&mut self.chance).await;
            }
            let wait = Duration::from_millis(self.chance.random_range(1_000..2_500));
            tokio::select! {
                () = sleep(wait) => {}
                () = world.closed() => {}
            }
        }
        Heard::messages(self.who, self.conversation, self.reading.ids)
    }

    async fn turn(&mut self, world: &World) -> Result<()> {
        let door = world.any_door(&mut self.chance);
        self.reading.catch_up(world, door).await?;
        world.ledger.has_heard(&self.who, self.reading.ids.len());
        if self.unsent.is_none() && world.is_writing() && self.chance.random_range(0..3) == 0 {
            self.written += 1;
            count(&world.ledger.counts.written);
            self.unsent = Some((message_id(), format!("{} {}", self.who, self.written)));
        }
        let Some((key, text)) = self.unsent.clone() else { return Ok(()) };
        let door = world.any_door(&mut self.chance);
        let sent = self.send(world, door, &key, &text).await;
        if sent.is_err() {
            count(&world.ledger.counts.tried_again);
        }
        let receipt = Receipt { id: sent?, text };
        self.unsent = None;
        world.ledger.acknowledge(&self.conversation, receipt);
        Ok(())
    }

    /// Sends a message and gives its id.
    async fn send(&self, world: &World, door: &Door, key: &str, text: &str) -> Result<String> {
        let url = format!("{}{}", door.base_url, self.reading.path);
        let request = world.http.post(url).bearer_auth(&door.demo.muro.key);
        let request = request.header("Idempotency-Key", key).json(&json!({ "content": text }));
        let answer = request.send().await?;
        ensure!(answer.status() == 201, "{}", answer.status());
        let message: Value = answer.json().await?;
        Ok(plain_id(message["id"].as_str().context("a message has an id")?))
    }
}
