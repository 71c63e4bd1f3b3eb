//! Sockets of this machine, with a ring and without.

use std::io::{ErrorKind, Read as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd as _;

use super::{Send, Sends};

/// More than any pair of sockets holds by itself.
const MUCH: usize = 64 << 20;

/// The near and the far end of a connection.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let far = listener.accept().unwrap().0;
    (near, far)
}

/// Both ways of sending. What cannot be tried here is told by the one that asks for a ring.
fn both() -> [Sends; 2] {
    [Sends::new(4), Sends::one_by_one()]
}

#[test]
fn a_ring_is_used_where_the_system_has_one() {
    let allowed = std::fs::read_to_string("/proc/sys/kernel/io_uring_disabled");
    if allowed.is_ok_and(|disabled| disabled.trim() == "0") {
        assert!(Sends::new(4).is_batched());
    }
    assert!(!Sends::one_by_one().is_batched());
}

#[test]
fn each_socket_is_sent_its_own_bytes_also_when_there_are_more_than_fit_at_once() {
    for mut sends in both() {
        let mut pairs: Vec<_> = (0..9).map(|_| pair()).collect();
        let words: Vec<_> = (0..9).map(|number| format!("for number {number}")).collect();
        let list: Vec<_> = pairs
            .iter()
            .zip(&words)
            .map(|((near, _), word)| Send { socket: near.as_fd(), bytes: word.as_bytes() })
            .collect();
        for (came, word) in sends.send(&list).into_iter().zip(&words) {
            assert_eq!(came.unwrap(), word.len());
        }
        for ((_, far), word) in pairs.iter_mut().zip(&words) {
            let mut heard = vec![0; word.len()];
            far.read_exact(&mut heard).unwrap();
            assert_eq!(heard, word.as_bytes());
        }
    }
}

#[test]
fn a_socket_that_takes_no_more_and_one_that_is_gone_keep_nobody_waiting() {
    for mut sends in both() {
        let (full, _reads_nothing) = pair();
        let (gone, far) = pair();
        let (open, mut reads) = pair();
        drop(far);
        let much = vec![7; MUCH];
        let much = much.as_slice();
        let list = [(&full, much), (&gone, b"a"), (&open, b"b")];
        let list = list.map(|(near, bytes)| Send { socket: near.as_fd(), bytes });
        let [taken, _, heard] = sends.send(&list).try_into().unwrap();
        assert!(taken.unwrap() < MUCH, "a part of it");
        assert_eq!(heard.unwrap(), 1);
        let mut word = [0];
        reads.read_exact(&mut word).unwrap();
        // The kernel may make room once more while it tidies up.
        let refused = (0..100).find_map(|_| {
            let [full, gone, open] = sends.send(&list).try_into().unwrap();
            assert_eq!(open.unwrap(), 1);
            Some((full.err()?, gone.err()?))
        });
        let (full, gone) = refused.unwrap();
        assert_eq!(full.kind(), ErrorKind::WouldBlock);
        assert!(matches!(gone.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset));
    }
}
