//! Pings, and the timers that end a connection whose peer is not there.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::close::Close;
use super::line::{Heartbeat, Line};

/// Timers wake up to this late. A peer's time to answer then still runs from when its ping was due; a
/// node that stood still for longer gives its peers the whole time.
const TIMER_SLACK: Duration = Duration::from_millis(10);

/// Pings the peer until it does not answer, or until it has not said in time what it came for.
///
/// It wakes for three things, one timer for all: a ping is due; an answer is due; the connect
/// timeout is over. Where the protocol pings the silent alone, a ping is due one interval after the
/// peer was heard.
pub(super) async fn beat(line: &Line, heartbeat: &Heartbeat, started: Instant) -> Close {
    let connect_by = started + heartbeat.connect_timeout;
    let mut ping_at = started + heartbeat.interval;
    let mut answer_by: Option<Instant> = None;
    loop {
        let mut wake_at = answer_by.unwrap_or(ping_at);
        let connecting = !line.pulse.is_connected();
        if connecting {
            wake_at = wake_at.min(connect_by);
        }
        sleep_until(wake_at).await;
        let now = Instant::now();
        if connecting && now >= connect_by && !line.pulse.is_connected() {
            return Close::ConnectTimeout;
        }
        match answer_by {
            Some(at) if now >= at => {
                let asked = at - heartbeat.timeout;
                let heard = heartbeat.only_the_silent && line.pulse.heard_since(asked);
                if !heard && !line.pulse.is_alive() {
                    return Close::PingTimeout;
                }
                answer_by = None;
                ping_at = ping_at.max(now);
            }
            None if now >= ping_at && spared(line, heartbeat, now) => {
                ping_at = line.pulse.heard_at() + heartbeat.interval;
            }
            None if now >= ping_at => {
                line.pulse.ask();
                line.send(heartbeat.ping);
                let asked = if now - ping_at < TIMER_SLACK { ping_at } else { now };
                answer_by = Some(asked + heartbeat.timeout);
                ping_at = asked + heartbeat.interval;
            }
            _ => {}
        }
    }
}

/// Whether the peer needs no ping, because it was heard within the interval.
fn spared(line: &Line, heartbeat: &Heartbeat, now: Instant) -> bool {
    heartbeat.only_the_silent && line.pulse.heard_at() + heartbeat.interval > now
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEARTBEAT: Heartbeat = Heartbeat {
        interval: Duration::from_secs(25),
        timeout: Duration::from_secs(20),
        connect_timeout: Duration::from_secs(45),
        ping: "2",
        only_the_silent: false,
    };

    async fn elapsed(line: &Line) -> (Close, Duration) {
        let started = Instant::now();
        let close = beat(line, &HEARTBEAT, started).await;
        (close, started.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_never_answers_is_gone_after_interval_and_timeout() {
        let line = Line::new(1000);
        line.pulse.connect();
        assert_eq!(elapsed(&line).await, (Close::PingTimeout, Duration::from_secs(45)));
        assert_eq!(line.outbound.take().len(), 1, "the first ping came after one interval");
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_answers_is_pinged_once_an_interval() {
        let line = Line::new(1000);
        line.pulse.connect();
        let answering = async {
            let mut pings = 0;
            while pings < 4 {
                line.outbound.ready().await;
                pings += line.outbound.take().len();
                line.pulse.answer();
            }
            Instant::now()
        };
        let started = Instant::now();
        tokio::select! {
            close = beat(&line, &HEARTBEAT, started) => panic!("closed: {close:?}"),
            end = answering => assert_eq!(end - started, Duration::from_secs(100)),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_never_says_what_it_came_for_is_let_go() {
        let line = Line::new(1000);
        let heartbeat = Heartbeat { connect_timeout: Duration::from_secs(5), ..HEARTBEAT };
        let started = Instant::now();
        assert_eq!(beat(&line, &heartbeat, started).await, Close::ConnectTimeout);
        assert_eq!(started.elapsed(), Duration::from_secs(5));
    }

    #[tokio::test(start_paused = true)]
    async fn where_any_word_counts_only_the_silent_are_pinged() {
        let line = Line::new(1000);
        line.pulse.connect();
        let heartbeat = Heartbeat { only_the_silent: true, ..HEARTBEAT };
        let talking = async {
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_secs(20)).await;
                line.pulse.hear();
            }
        };
        let started = Instant::now();
        tokio::select! {
            close = beat(&line, &heartbeat, started) => panic!("closed: {close:?}"),
            () = talking => assert!(line.outbound.take().is_empty(), "who talks is not pinged"),
        }
        let fell_silent = Instant::now();
        assert_eq!(beat(&line, &heartbeat, fell_silent).await, Close::PingTimeout);
        assert_eq!(fell_silent.elapsed(), HEARTBEAT.interval + HEARTBEAT.timeout);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_whose_event_is_still_being_handled_is_not_called_gone() {
        let line = Line::new(1000);
        line.pulse.connect();
        line.pulse.set_busy(true);
        let started = Instant::now();
        let beating =
            tokio::time::timeout(Duration::from_mins(5), beat(&line, &HEARTBEAT, started));
        assert!(beating.await.is_err());
    }
}
