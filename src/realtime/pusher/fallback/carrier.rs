//! Writes what waits for a client into the answers of its requests, one after another.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use switchboard_protocol::pusher::fallback as wire;
use switchboard_rooms::Closing;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::answer::{Answer, WhenFull};
use super::exchange::Signs;
use crate::realtime::close::Close;
use crate::realtime::connection::{Goodbye, cut_short};
use crate::realtime::frame::Frame;
use crate::realtime::line::Line;

/// How long a session waits for the next answer to write into.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long what was said last may wait for an answer.
const LINGER: Duration = Duration::from_secs(2);
/// Frames in one line.
const FRAMES_MAX: usize = 64;

/// What SockJS says to the reader of an answer when another one asked for the same session.
const TAKEN_OVER: (u16, &str) = (2010, "Another connection still open");

/// The writing half of a session.
#[derive(Debug)]
pub(super) struct Carrier {
    line: Arc<Line>,
    answers: mpsc::Receiver<Answer>,
    signs: Arc<Signs>,
    write_timeout: Duration,
    current: Option<Answer>,
    /// Whether the client was told that the session is open.
    opened: bool,
}

/// Why an answer is written into no more.
enum Done {
    /// It is full, or its reader went away.
    Answer,
    /// The session is over.
    Session(Close),
}

impl From<Close> for Done {
    fn from(close: Close) -> Self {
        Self::Session(close)
    }
}

impl Carrier {
    pub(super) fn new(
        line: Arc<Line>,
        answers: mpsc::Receiver<Answer>,
        signs: Arc<Signs>,
        write_timeout: Duration,
    ) -> Self {
        Self { line, answers, signs, write_timeout, current: None, opened: false }
    }

    /// Writes what comes, until the session's queue is closed or nobody fetches it any more.
    pub(super) async fn carry(&mut self) -> Close {
        loop {
            if self.current.is_none() {
                let next = tokio::select! {
                    next = timeout(PATIENCE, self.answers.recv()) => next,
                    closing = self.line.outbound.closed() => return closing.into(),
                };
                let Ok(Some(answer)) = next else { return Close::PeerGone };
                self.current = Some(answer);
            }
            match self.fill().await {
                Ok(next) => self.take_over(next),
                Err(Done::Answer) => self.current = None,
                Err(Done::Session(close)) => return close,
            }
        }
    }

    /// Writes into the current answer until another one comes.
    async fn fill(&mut self) -> Result<Answer, Done> {
        let Some(answer) = &mut self.current else { return Err(Done::Answer) };
        let opened = &mut self.opened;
        tokio::select! {
            biased;
            Some(next) = self.answers.recv() => Ok(next),
            done = write(answer, opened, &self.line, &self.signs, self.write_timeout) => Err(done),
        }
    }

    /// The client asked anew. What it had before is most likely broken, without either side having
    /// been told; if it is not, its reader hears why it ends.
    fn take_over(&mut self, next: Answer) {
        if let Some(mut before) = self.current.replace(next) {
            let (code, reason) = TAKEN_OVER;
            before.try_say(&wire::close(code, reason));
        }
    }

    /// Says what is left to say, and goodbye, to whoever reads or comes to read within a moment.
    pub(super) async fn finish(&mut self, goodbye: Option<Goodbye>) {
        if let Some(goodbye) = goodbye {
            let lines = self.last_lines(goodbye);
            let _ = timeout(LINGER, self.say(lines)).await;
        }
        self.current = None;
    }

    fn last_lines(&self, goodbye: Goodbye) -> VecDeque<String> {
        let open = (!self.opened).then(|| wire::OPEN.to_owned());
        let frames: Vec<_> = self.line.outbound.take().into_iter().chain(goodbye.word).collect();
        let messages = (!frames.is_empty()).then(|| messages(&frames));
        let close = wire::close(goodbye.close.code, &goodbye.close.reason);
        open.into_iter().chain(messages).chain([close]).collect()
    }

    async fn say(&mut self, mut lines: VecDeque<String>) {
        while let Some(line) = lines.front() {
            // One that is full ends here, so that its reader asks for another.
            self.current.take_if(|answer| !answer.has_room());
            let Some(answer) = &mut self.current else {
                let Some(next) = self.answers.recv().await else { return };
                self.current = Some(next);
                continue;
            };
            let written = answer.place().await.map(|place| place.write(line)).is_ok();
            if written {
                lines.pop_front();
            } else {
                self.current = None;
            }
        }
    }
}

/// Writes into an answer until it is full, its reader goes away, or the session ends.
async fn write(
    answer: &mut Answer,
    opened: &mut bool,
    line: &Line,
    signs: &Signs,
    write_timeout: Duration,
) -> Done {
    while answer.has_room() {
        if let Err(done) = write_line(answer, opened, line, signs, write_timeout).await {
            return done;
        }
    }
    match answer.when_full() {
        WhenFull::Ends => Done::Answer,
        WhenFull::Waits => match timeout(write_timeout, answer.dropped()).await {
            Ok(()) => Done::Answer,
            Err(_) => Close::SlowReader.into(),
        },
    }
}

/// Writes the next line when there is one.
///
/// Frames are taken from the queue only once there is a place for them: whenever this is cut short,
/// they still wait there.
async fn write_line(
    answer: &mut Answer,
    opened: &mut bool,
    line: &Line,
    signs: &Signs,
    write_timeout: Duration,
) -> Result<(), Done> {
    if *opened {
        tokio::select! {
            () = line.outbound.ready() => {}
            () = signs.wanted() => {}
            () = sleep(answer.quiet_max()) => {}
            () = answer.dropped() => return Err(broken(answer)),
        }
    }
    let gone = broken(answer);
    let place = tokio::select! {
        place = timeout(write_timeout, answer.place()) => place,
        closing = cut_short(line) => return Err(closing.into()),
    };
    let place = place.map_err(|_| Close::SlowReader)?.map_err(|_| gone)?;
    if !*opened {
        *opened = true;
        place.write(wire::OPEN);
        return Ok(());
    }
    let frames = line.outbound.take_at_most(FRAMES_MAX);
    match line.outbound.closing() {
        Some(closing) if frames.is_empty() => return Err(closing.into()),
        _ if frames.is_empty() => {
            signs.ask();
            place.write(wire::HEARTBEAT);
        }
        _ => place.write(&messages(&frames)),
    }
    Ok(())
}

/// What it means that an answer's reader went away before the answer was full.
const fn broken(answer: &Answer) -> Done {
    if answer.is_retried() { Done::Answer } else { Done::Session(Close::PeerGone) }
}

/// The line of several frames. Pusher's frames are all text.
fn messages(frames: &[Frame]) -> String {
    wire::messages(frames.iter().filter_map(Frame::as_text))
}

impl From<Closing> for Done {
    fn from(closing: Closing) -> Self {
        Self::Session(closing.into())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use switchboard_protocol::websocket::CloseFrame;
    use tokio::time::Instant;

    use super::super::answer::Dress;
    use super::super::exchange::{Exchange, Hands};
    use super::*;

    const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
    const HEARTBEAT: Duration = Duration::from_secs(25);

    /// A session whose task does nothing but write.
    struct Bench {
        line: Arc<Line>,
        exchange: Arc<Exchange>,
        carrier: Carrier,
    }

    impl Bench {
        fn new() -> Self {
            let line = Arc::new(Line::new(10_000));
            let (exchange, hands) = Exchange::new(Arc::clone(&line));
            let Hands { answers, signs, .. } = hands;
            let carrier = Carrier::new(Arc::clone(&line), answers, signs, WRITE_TIMEOUT);
            Self { line, exchange: Arc::new(exchange), carrier }
        }

        /// Runs the task for as long as the client does something.
        async fn during<T>(&mut self, client: impl Future<Output = T>) -> T {
            tokio::select! {
                close = self.carrier.carry() => panic!("ended: {close:?}"),
                done = client => done,
            }
        }
    }

    async fn ask(exchange: &Exchange, room: usize, when_full: WhenFull) -> mpsc::Receiver<Bytes> {
        let (answer, lines) = Answer::new(Dress::Messages, room, when_full, HEARTBEAT);
        exchange.attach(answer).await.unwrap();
        lines
    }

    async fn poll(exchange: &Exchange) -> String {
        let mut lines = ask(exchange, 1, WhenFull::Ends).await;
        let line = text(lines.recv().await);
        assert_eq!(lines.recv().await, None, "a poll brings one line");
        line
    }

    async fn stream(exchange: &Exchange) -> mpsc::Receiver<Bytes> {
        ask(exchange, usize::MAX, WhenFull::Ends).await
    }

    fn text(line: Option<Bytes>) -> String {
        String::from_utf8(line.expect("there is a line").to_vec()).unwrap()
    }

    fn goodbye(word: &'static str) -> Goodbye {
        let close = CloseFrame { code: 4001, reason: "none".into() };
        Goodbye { word: Some(word.into()), close }
    }

    #[tokio::test(start_paused = true)]
    async fn one_poll_after_another_brings_everything_once_and_in_order() {
        let mut bench = Bench::new();
        let (line, exchange) = (Arc::clone(&bench.line), Arc::clone(&bench.exchange));
        bench
            .during(async {
                assert_eq!(poll(&exchange).await, "o");
                line.send("1");
                line.send("2");
                assert_eq!(poll(&exchange).await, r#"a["1","2"]"#);
                let (late, ()) = tokio::join!(poll(&exchange), async { line.send("3") });
                assert_eq!(late, r#"a["3"]"#);
            })
            .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_stream_ends_or_waits_and_the_next_one_goes_on_where_it_was() {
        for when_full in [WhenFull::Ends, WhenFull::Waits] {
            let mut bench = Bench::new();
            let (line, exchange) = (Arc::clone(&bench.line), Arc::clone(&bench.exchange));
            bench
                .during(async {
                    let mut first = ask(&exchange, 8, when_full).await;
                    assert_eq!(text(first.recv().await), "o");
                    line.send("12345");
                    assert_eq!(text(first.recv().await), r#"a["12345"]"#);
                    line.send("6");
                    let soon = timeout(Duration::from_secs(1), first.recv()).await;
                    assert_eq!(soon.is_err(), when_full == WhenFull::Waits, "{soon:?}");
                    let mut second = ask(&exchange, 100, when_full).await;
                    assert_eq!(text(second.recv().await), r#"a["6"]"#);
                    assert_eq!(first.recv().await, None);
                })
                .await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_stream_takes_over_and_the_first_hears_of_it() {
        let mut bench = Bench::new();
        let (line, exchange) = (Arc::clone(&bench.line), Arc::clone(&bench.exchange));
        bench
            .during(async {
                let mut first = stream(&exchange).await;
                assert_eq!(text(first.recv().await), "o");
                let mut second = stream(&exchange).await;
                let end = text(first.recv().await);
                assert_eq!(end, r#"c[2010,"Another connection still open"]"#);
                assert_eq!(first.recv().await, None);
                line.send("x");
                assert_eq!(text(second.recv().await), r#"a["x"]"#);
            })
            .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_heartbeat_comes_when_nothing_else_does() {
        let mut bench = Bench::new();
        let exchange = Arc::clone(&bench.exchange);
        bench
            .during(async {
                let mut lines = stream(&exchange).await;
                assert_eq!(text(lines.recv().await), "o");
                for _ in 0..3 {
                    let before = Instant::now();
                    assert_eq!(text(lines.recv().await), "h");
                    assert_eq!(before.elapsed(), HEARTBEAT);
                }
            })
            .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_clients_ping_is_answered_and_its_answers_are_not() {
        let mut bench = Bench::new();
        let exchange = Arc::clone(&bench.exchange);
        bench
            .during(async {
                let mut lines = stream(&exchange).await;
                assert_eq!(text(lines.recv().await), "o");
                let asked_at = Instant::now();
                exchange.deliver(Vec::new()).await.unwrap();
                assert_eq!(text(lines.recv().await), "h");
                assert_eq!(asked_at.elapsed(), Duration::ZERO);
                exchange.deliver(Vec::new()).await.unwrap();
                assert_eq!(text(lines.recv().await), "h");
                assert_eq!(asked_at.elapsed(), HEARTBEAT, "the answer was not answered");
            })
            .await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_come_back_is_gone() {
        let mut bench = Bench::new();
        let exchange = Arc::clone(&bench.exchange);
        let (close, ()) = tokio::join!(bench.carrier.carry(), async {
            assert_eq!(poll(&exchange).await, "o");
        });
        assert_eq!(close, Close::PeerGone);
        let exchange = Arc::clone(&bench.exchange);
        let started = Instant::now();
        let (close, ()) = tokio::join!(bench.carrier.carry(), async {
            drop(stream(&exchange).await);
        });
        assert_eq!((close, started.elapsed()), (Close::PeerGone, PATIENCE));
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_comes_back_is_gone_at_once() {
        let mut bench = Bench::new();
        let exchange = Arc::clone(&bench.exchange);
        let started = Instant::now();
        let (close, ()) = tokio::join!(bench.carrier.carry(), async {
            let (answer, mut lines) = Answer::new(Dress::Lines, 8, WhenFull::Waits, HEARTBEAT);
            exchange.attach(answer.not_retried()).await.unwrap();
            assert_eq!(text(lines.recv().await), "o\n");
        });
        assert_eq!((close, started.elapsed()), (Close::PeerGone, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_stalls_is_let_go() {
        let mut bench = Bench::new();
        let exchange = Arc::clone(&bench.exchange);
        let _unread = stream(&exchange).await;
        bench.line.send("1");
        assert_eq!(bench.carrier.carry().await, Close::SlowReader);
    }

    #[tokio::test(start_paused = true)]
    async fn a_queue_that_overflows_ends_a_session_nobody_reads() {
        let mut bench = Bench::new();
        let line = Arc::clone(&bench.line);
        let (close, ()) = tokio::join!(bench.carrier.carry(), async {
            for _ in 0..1_000 {
                line.send("much too much");
            }
        });
        assert_eq!(close, Close::Server(Closing::QueueFull));
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_words_reach_a_client_that_polls_for_them() {
        let mut bench = Bench::new();
        let (line, exchange) = (Arc::clone(&bench.line), Arc::clone(&bench.exchange));
        line.send("still waiting");
        tokio::join!(bench.carrier.finish(Some(goodbye("why"))), async {
            assert_eq!(poll(&exchange).await, "o");
            assert_eq!(poll(&exchange).await, r#"a["still waiting","why"]"#);
            assert_eq!(poll(&exchange).await, r#"c[4001,"none"]"#);
        });
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_words_wait_only_a_moment_for_a_client() {
        let mut bench = Bench::new();
        let started = Instant::now();
        bench.carrier.finish(Some(goodbye("why"))).await;
        assert_eq!(started.elapsed(), LINGER);
        bench.carrier.finish(None).await;
        assert_eq!(started.elapsed(), LINGER);
    }
}
