//! A node that writes down what it hears.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use switchboard_rooms::{Bus, BusOptions, Hearing};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{LIMIT, until};

/// What a node was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Heard(String, String),
    Listening(Vec<String>),
    Lost,
    Missed,
}

/// What tests publish: words and numbers.
pub(crate) struct Payload(String);

impl From<&str> for Payload {
    fn from(word: &str) -> Self {
        Self(word.to_owned())
    }
}

impl From<u64> for Payload {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

#[derive(Debug, Default)]
struct Notebook(Mutex<Vec<Told>>);

impl Hearing for Notebook {
    fn heard(&self, topic: &str, payload: Bytes) {
        let payload = String::from_utf8_lossy(&payload).into_owned();
        self.0.lock().push(Told::Heard(topic.to_owned(), payload));
    }

    fn listening(&self, topics: &[Arc<str>]) {
        self.0.lock().push(Told::Listening(topics.iter().map(ToString::to_string).collect()));
    }

    fn lost(&self) {
        self.0.lock().push(Told::Lost);
    }

    fn missed(&self) {
        self.0.lock().push(Told::Missed);
    }
}

/// A bus with its tasks and what it was told. Stopped when dropped.
pub(crate) struct Node {
    pub(crate) bus: Bus,
    notebook: Arc<Notebook>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Node {
    pub(crate) fn start(url: &str) -> Self {
        Self::start_with(&BusOptions::new(url, rand::random()))
    }

    /// Several nodes of an installation of their own.
    pub(crate) fn several<const N: usize>(url: &str) -> [Self; N] {
        let prefix = format!("test-{:x}", rand::random::<u64>());
        std::array::from_fn(|_| {
            let options = BusOptions::new(url, rand::random());
            Self::start_with(&BusOptions { prefix: prefix.clone(), ..options })
        })
    }

    pub(crate) fn start_with(options: &BusOptions) -> Self {
        let notebook = Arc::new(Notebook::default());
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let hearing: Arc<dyn Hearing> = Arc::clone(&notebook) as _;
        let bus = Bus::start(options, hearing, &tasks, stop.clone()).expect("the address is good");
        Self { bus, notebook, tasks, stop }
    }

    /// Wants the topics and waits until they are heard.
    pub(crate) async fn listen(&self, topics: &[&str]) {
        for topic in topics {
            self.bus.want((*topic).into());
        }
        for topic in topics {
            self.listens(topic).await;
        }
    }

    /// Waits until the topic is heard, also when Redis is away at first.
    pub(crate) async fn listens(&self, topic: &str) {
        let listens = async {
            while !self.bus.listening(topic, Duration::from_secs(1)).await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(LIMIT, listens).await.is_ok(), "listens to {topic} in time");
    }

    pub(crate) fn publish(&self, topic: &str, payload: impl Into<Payload>) {
        self.bus.publish(topic, payload.into().0.into());
    }

    /// What was heard on the topic so far.
    pub(crate) fn heard(&self, topic: &str) -> Vec<String> {
        let told = self.told();
        let on_topic = told.into_iter().filter_map(|told| match told {
            Told::Heard(on, payload) if on == topic => Some(payload),
            _ => None,
        });
        on_topic.collect()
    }

    /// Waits until this was heard on the topic as the last thing, and gives all that was heard.
    pub(crate) async fn hears(&self, topic: &str, last: impl Into<Payload>) -> Vec<String> {
        let Payload(last) = last.into();
        let what = format!("{last} is heard on {topic}");
        until(&what, || self.heard(topic).last() == Some(&last)).await;
        self.heard(topic)
    }

    /// Everything the node was told, in order.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.notebook.0.lock().clone()
    }

    /// How often it was told this.
    pub(crate) fn times(&self, what: &Told) -> usize {
        self.told().iter().filter(|told| *told == what).count()
    }

    pub(crate) async fn is_up(&self) {
        until("the bus is up", || self.bus.is_up()).await;
    }

    pub(crate) async fn is_away(&self) {
        until("the bus is away", || !self.bus.is_up()).await;
    }

    /// Stops it in good order.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
