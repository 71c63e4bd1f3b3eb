//! Queues, postmen and wires together, on sockets of this machine.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use switchboard_rooms::{Closing, ConnectionId};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::{Letterbox, Postmen, WebSocket, Wire};
use crate::realtime::close::Close;
use crate::realtime::connection::mind;
use crate::realtime::frame::Frame;
use crate::realtime::line::Line;
use crate::service::Coming;

const SOON: Duration = Duration::from_secs(20);
/// More than any pair of sockets holds by itself.
const MANY: usize = 60_000;

/// A connection that a postman serves, and its other end.
struct Bench {
    line: Arc<Line>,
    wire: Arc<Wire>,
    letterbox: Letterbox,
    far: TcpStream,
}

async fn bench(postmen: &Postmen, queue_bytes_max: usize) -> Bench {
    bench_with(postmen, queue_bytes_max, Bytes::new()).await
}

/// The same, on which `answer` is still to be written.
async fn bench_with(postmen: &Postmen, queue_bytes_max: usize, answer: Bytes) -> Bench {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (far, near) = tokio::join!(TcpStream::connect(address), listener.accept());
    let socket = WebSocket::new(near.unwrap().0, &[], 1000, answer);
    let (line, wire) = (Arc::new(Line::new(queue_bytes_max)), Arc::clone(socket.wire()));
    let letterbox = Letterbox::new(&line.outbound, &wire, postmen.of(ConnectionId(0)));
    Bench { line, wire, letterbox, far: far.unwrap() }
}

fn frame(number: usize) -> Frame {
    Frame::text(&format!("{number:0>200}"))
}

/// The other end hears these, and nothing before, between or after them.
async fn assert_hears(far: &mut TcpStream, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let expected = frame(number);
        let mut bytes = vec![0; expected.wire().len()];
        far.read_exact(&mut bytes).await.unwrap();
        assert!(bytes == **expected.wire(), "frame {number} came changed, or not in its turn");
    }
    assert!(far.try_read(&mut [0]).is_err(), "there was more");
}

#[tokio::test]
async fn what_waits_is_written_in_its_order_also_when_the_kernel_takes_no_more() {
    let postmen = Postmen::new(&TaskTracker::new(), &Coming::default());
    let Bench { line, wire, letterbox, mut far } = bench(&postmen, usize::MAX).await;
    let talking = async {
        for number in 0..MANY {
            line.send(frame(number));
            if number % 1000 == 0 {
                tokio::task::yield_now().await;
            }
        }
        assert_hears(&mut far, 0..MANY).await;
    };
    tokio::select! {
        close = mind(&wire, &line, SOON) => panic!("ended: {close:?}"),
        heard = timeout(SOON, talking) => heard.unwrap(),
    }
    drop(letterbox);
}

#[tokio::test]
async fn a_postman_writes_what_is_left_on_a_wire_before_what_waits_in_its_queue() {
    let postmen = Postmen::new(&TaskTracker::new(), &Coming::default());
    let answer = frame(0).wire().clone();
    let Bench { line, wire: _wire, letterbox, mut far } =
        bench_with(&postmen, usize::MAX, answer).await;
    line.send(frame(1));
    timeout(SOON, assert_hears(&mut far, 0..2)).await.unwrap();
    drop(letterbox);
}

#[tokio::test]
async fn what_a_postman_left_behind_an_answer_that_stalled_is_written_once_the_answer_is() {
    let postmen = Postmen::new(&TaskTracker::new(), &Coming::default());
    let Bench { line, wire, letterbox, mut far } = bench(&postmen, usize::MAX).await;
    let answering = async {
        for number in 0..MANY {
            wire.send(&frame(number)).await.unwrap();
        }
    };
    let mut answering = std::pin::pin!(answering);
    // The answers go on until the kernel takes no more, and the postman comes meanwhile.
    assert!(timeout(Duration::from_millis(200), &mut answering).await.is_err());
    line.send(frame(MANY));
    tokio::time::sleep(Duration::from_millis(50)).await;
    tokio::join!(answering, timeout(SOON, assert_hears(&mut far, 0..MANY))).1.unwrap();
    tokio::select! {
        close = mind(&wire, &line, SOON) => panic!("ended: {close:?}"),
        heard = timeout(SOON, assert_hears(&mut far, MANY..MANY + 1)) => heard.unwrap(),
    }
    drop(letterbox);
}

#[tokio::test]
async fn each_connection_of_a_round_is_sent_its_own_frames_however_many_and_large() {
    let postmen = Postmen::new(&TaskTracker::new(), &Coming::default());
    let mut benches = Vec::new();
    for _ in 0..100 {
        benches.push(bench(&postmen, usize::MAX).await);
    }
    let frame_of = |number: usize, nth: usize| {
        // One frame, a few small ones, and more than is copied behind each other.
        let size = [10, 10, 20_000][number % 3];
        Frame::text(&format!("{number} {nth} {:0>size$}", 0))
    };
    let count = |number: usize| [1, 3, 5][number % 3];
    for (number, Bench { line, .. }) in benches.iter().enumerate() {
        (0..count(number)).for_each(|nth| line.send(frame_of(number, nth)));
    }
    for (number, Bench { far, .. }) in benches.iter_mut().enumerate() {
        for nth in 0..count(number) {
            let expected = frame_of(number, nth);
            let mut bytes = vec![0; expected.wire().len()];
            timeout(SOON, far.read_exact(&mut bytes)).await.unwrap().unwrap();
            assert!(bytes == **expected.wire(), "frame {nth} of connection {number}");
        }
    }
}

/// Time stands still, so that only what is being written can end the wait.
#[tokio::test(start_paused = true)]
async fn before_a_long_round_a_postman_waits_for_what_is_about_to_be_told() {
    let coming = Coming::default();
    let postmen = Postmen::new(&TaskTracker::new(), &coming);
    let mut benches = Vec::new();
    for _ in 0..256 {
        benches.push(bench(&postmen, usize::MAX).await);
    }
    let underway = coming.start();
    let all_wait = async |benches: &[Bench]| {
        // Enough turns for him to have gone round.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        benches.iter().all(|bench| !bench.line.outbound.is_empty())
    };
    benches[0].line.send(frame(0));
    assert!(!all_wait(&benches[..1]).await, "a short round waits for nothing");
    benches.iter().skip(1).for_each(|bench| bench.line.send(frame(0)));
    benches[0].line.send(frame(1));
    assert!(all_wait(&benches).await, "he went without what was about to be told");
    drop(underway);
    benches.iter().skip(1).for_each(|bench| bench.line.send(frame(1)));
    for bench in &mut benches {
        assert_hears(&mut bench.far, 0..2).await;
    }
}

#[tokio::test]
async fn a_reader_that_stalls_ends_alone() {
    let postmen = Postmen::new(&TaskTracker::new(), &Coming::default());
    let stalled = bench(&postmen, usize::MAX).await;
    let Bench { line, wire: _, letterbox: _letterbox, mut far } = bench(&postmen, usize::MAX).await;
    for number in 0..MANY {
        stalled.line.send(frame(number));
    }
    for number in 0..10 {
        line.send(frame(number));
    }
    timeout(SOON, assert_hears(&mut far, 0..10)).await.unwrap();
    let patience = Duration::from_millis(50);
    assert_eq!(mind(&stalled.wire, &stalled.line, patience).await, Close::SlowReader);
    drop(stalled.letterbox);
}

#[tokio::test]
async fn a_queue_that_overflows_ends_its_connection_at_once() {
    let postmen = Postmen::new(&TaskTracker::new(), &Coming::default());
    let bench = bench(&postmen, 100_000).await;
    for number in 0..MANY {
        bench.line.send(frame(number));
    }
    let close = timeout(SOON, mind(&bench.wire, &bench.line, SOON)).await.unwrap();
    assert_eq!(close, Close::Server(Closing::QueueFull));
}

#[tokio::test]
async fn what_a_session_still_had_to_say_goes_before_the_last_word() {
    let postmen = Postmen::new(&TaskTracker::new(), &Coming::default());
    let Bench { line, wire, letterbox, mut far } = bench(&postmen, usize::MAX).await;
    drop(letterbox);
    for number in 0..5 {
        line.send(frame(number));
    }
    wire.finish(&line.outbound).await.unwrap();
    wire.send(&frame(5)).await.unwrap();
    assert_hears(&mut far, 0..6).await;
}
