//! A Socket.IO server such as one writes with `socketioxide`: the same as `peers/server.js` is with Node.

use std::net::SocketAddr;

use axum::Router;
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};
use tokio::net::TcpSocket;

/// As many as the others let wait.
const BACKLOG: u32 = 4096;
/// Frames that wait for one client: enough for a burst of every scenario.
const BUFFERED_FRAMES_MAX: usize = 4096;

/// Serves until the process is ended.
pub(crate) fn serve(address: SocketAddr) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let options = SocketIo::builder().max_buffer_size(BUFFERED_FRAMES_MAX);
        let (layer, io) = options.max_payload(1_000_000).build_layer();
        io.ns("/", greet);
        let socket = TcpSocket::new_v4()?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        Ok(axum::serve(listener, Router::new().layer(layer)).await?)
    })
}

async fn greet(socket: SocketRef) {
    socket.on("join", async |socket: SocketRef, Data(room): Data<String>, ack: AckSender| {
        socket.join(room);
        let _ = ack.send(&());
    });
    socket.on("say", say);
}

async fn say(io: SocketIo, Data((room, text)): Data<(String, String)>, ack: AckSender) {
    // A client that is gone or too slow is noticed by whoever checks the deliveries.
    let _ = io.to(room).emit("said", &text).await;
    let _ = ack.send(&());
}
