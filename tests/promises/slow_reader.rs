//! A slow reader harms itself only.

use std::time::Duration;

use serde_json::json;
use socket2::{Domain, Socket as RawSocket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Agent, Database, SOON, TestApp, Visitor};

/// A visitor that joins its conversation and then stops reading, on a connection whose own buffers hold
/// next to nothing.
pub(super) struct DeafVisitor {
    stream: TcpStream,
    pub(super) visitor: Visitor,
}

impl DeafVisitor {
    pub(super) async fn arrive(app: &TestApp, external_id: &str) -> Self {
        let visitor = Visitor::with_conversation(app, external_id).await.unwrap();
        let mut stream = connect(&app.address);
        let request = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: {}\r\nupgrade: websocket\r\n\
             connection: Upgrade\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            app.address
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let join = json!(["join_conversation",
            { "conversation_id": visitor.conversation(), "external_id": external_id }]);
        for text in ["40".to_owned(), format!("420{join}")] {
            stream.write_all(&masked(&text)).await.unwrap();
        }
        let mut heard = Vec::new();
        while !String::from_utf8_lossy(&heard).contains("430[") {
            let reading = timeout(SOON, stream.read_buf(&mut heard));
            assert!(reading.await.unwrap().unwrap() > 0, "closed before it joined");
        }
        Self { stream, visitor }
    }

    /// Reads what is left and says how much that was.
    async fn rest(mut self) -> usize {
        let mut rest = Vec::new();
        // A reset is as good an end as an orderly one.
        let _ = timeout(SOON, self.stream.read_to_end(&mut rest)).await.expect("it was closed");
        rest.len()
    }
}

#[tokio::test]
async fn a_client_that_stops_reading_is_closed_and_the_room_goes_on() {
    const MESSAGES: usize = 400;
    const SIZE: usize = 60_000;
    let settings = [
        ("REALTIME__QUEUE_BYTES_MAX", "262144"),
        ("REALTIME__EVENTS_PER_SECOND", "0"),
        ("LIMITS__CONTENT_CHARS_MAX", "0"),
    ];
    let app = TestApp::start_with(&Database::Sqlite, &settings).await;
    let deaf = DeafVisitor::arrive(&app, "deaf").await;
    let id = deaf.visitor.conversation().to_owned();
    let mut agent = Agent::arrive(&app, &app.demo.agents[0]).await.unwrap();
    let mut colleague = Agent::arrive(&app, &app.demo.agents[1]).await.unwrap();
    agent.join(&id).await.unwrap();
    colleague.join(&id).await.unwrap();
    let text = "x".repeat(SIZE);
    for number in 0..MESSAGES {
        agent.say(&id, &format!("{number} {text}")).await.unwrap();
        let own = agent.socket.next("message_received").await.unwrap();
        let heard = colleague.socket.next("message_received").await.unwrap();
        assert_eq!(heard["seq"], own["seq"], "the room goes on");
    }
    let read = timeout(Duration::from_secs(30), deaf.rest()).await.expect("it was closed");
    assert!(read < MESSAGES * SIZE, "it was sent everything");
    assert!(app.is_alive().await);
}

/// A connection that asks the kernel for the smallest receive buffer.
fn connect(address: &str) -> TcpStream {
    let socket = RawSocket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let address: std::net::SocketAddr = address.parse().unwrap();
    socket.connect(&address.into()).unwrap();
    socket.set_nonblocking(true).unwrap();
    TcpStream::from_std(socket.into()).unwrap()
}

/// A short text as a masked frame, with the mask that changes nothing.
fn masked(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap().to_be_bytes();
    [&[0x81, 0x80 | 0x7e][..], &length, &[0; 4], text.as_bytes()].concat()
}
