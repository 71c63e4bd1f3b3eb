//! The connection over which this node speaks: publications, beats, and commands of others.
//!
//! Whatever waits in the backlog goes out in one pipeline, is taken from the backlog when Redis has
//! answered, and is sent again over the next connection when it has not. After an outage the
//! backlog waits until the other nodes listen again; they are all busy subscribing just then.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use redis::aio::AsyncPushSender;
use redis::{PushInfo, PushKind};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_util::sync::CancellationToken;

use super::BusError;
use super::commands::Commands;
use super::core::Core;
use super::envelope::Kind;
use super::link::Link;
use super::pace::{BEAT, FAREWELL, SETTLE};
use super::pulse::Standing;
use super::retry::repeat;

/// Speaks until `stop`, and then says what is left to say.
pub(super) async fn run(core: Arc<Core>, stop: CancellationToken) {
    repeat(&stop, &core.status, || session(&core)).await;
    // Nobody can wait for it: what does not go out now has nowhere to go.
    let _ = timeout(FAREWELL, farewell(&core)).await;
    core.disconnected();
}

/// One connection, from its beginning to its end.
async fn session(core: &Arc<Core>) -> BusError {
    let gone = CancellationToken::new();
    let (link, commands) = match open(core, &gone).await {
        Ok(opened) => opened,
        Err(error) => return error,
    };
    core.connected(link.clone(), commands);
    let ended = Mouth { core, link }.speak(gone).await;
    core.disconnected();
    match ended {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

async fn open(core: &Core, gone: &CancellationToken) -> Result<(Link, Commands), BusError> {
    let link = core.address.open(&watch_end(gone.clone())).await?;
    let commands = match &link {
        Link::Server(server) if !core.address.is_cluster() => Commands::Server(server.clone()),
        _ => Commands::Cluster(core.address.open_cluster().await?),
    };
    Ok((link, commands))
}

/// Says when the connection ends, so that it is not noticed at the next publication only.
fn watch_end(gone: CancellationToken) -> Arc<dyn AsyncPushSender> {
    Arc::new(move |info: PushInfo| -> Result<(), Infallible> {
        if info.kind == PushKind::Disconnection {
            gone.cancel();
        }
        Ok(())
    })
}

async fn farewell(core: &Arc<Core>) -> Result<(), BusError> {
    let link = core.link()?;
    let mut mouth = Mouth { core, link };
    while !core.backlog.is_empty() {
        mouth.flush().await?;
    }
    core.pulse.set_standing(Standing::Leaving);
    mouth.beat().await
}

struct Mouth<'a> {
    core: &'a Core,
    link: Link,
}

impl Mouth<'_> {
    async fn speak(mut self, gone: CancellationToken) -> Result<Infallible, BusError> {
        let core = self.core;
        let settled = timeout(SETTLE, core.pulse.all_listen());
        tokio::pin!(settled);
        let mut waits = true;
        self.call().await?;
        let mut beats = interval_at(Instant::now() + BEAT, BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = gone.cancelled() => return Err(BusError::Closed),
                _ = beats.tick() => self.beat().await?,
                () = core.stood.notified() => self.call().await?,
                () = core.called.notified() => self.beat().await?,
                // Over the time as well: those who are not there by then ask what they missed.
                _ = &mut settled, if waits => waits = false,
                () = core.backlog.filled(), if !waits => self.flush().await?,
            }
        }
    }

    /// Sends what waits, as much as goes into one pipeline.
    async fn flush(&mut self) -> Result<(), BusError> {
        let core = self.core;
        let batch = core.backlog.next();
        let control = core.names.control();
        let dropped = batch.dropped.map(|dropped| core.sign(Kind::Dropped, dropped, Bytes::new()));
        let notes = dropped.iter().map(|note| (control.as_str(), note));
        let publications = batch.publications.iter();
        let publications = publications.map(|next| (next.channel.as_ref(), &next.bytes));
        let messages: Vec<_> = notes.chain(publications).collect();
        self.link.publish(&messages).await?;
        core.backlog.sent(&batch);
        Ok(())
    }

    /// Says that this node is there, and asks the others to say so.
    async fn call(&mut self) -> Result<(), BusError> {
        let call = self.core.sign(Kind::Call, 0, Bytes::new());
        self.link.publish(&[(self.core.names.control().as_str(), &call)]).await?;
        self.beat().await
    }

    async fn beat(&mut self) -> Result<(), BusError> {
        let core = self.core;
        let (number, body) = core.pulse.beat();
        let beat = core.sign(Kind::Beat, number, body);
        self.link.publish(&[(core.names.control().as_str(), &beat)]).await?;
        core.pulse.taken(number);
        Ok(())
    }
}
