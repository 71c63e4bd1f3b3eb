//! What SQLite makes of it.
#![expect(unsafe_code, reason = "SQLite is called by addresses")]

use std::ffi::{CString, c_int};
use std::fs::{self, File};
use std::io::pipe;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::Arc;

use libsqlite3_sys as ffi;
use tempfile::TempDir;

use super::Log;

struct Connection(*mut ffi::sqlite3);

impl Connection {
    fn open(path: &Path, log: Option<&Log>) -> Self {
        let name = CString::new(path.to_str().unwrap()).unwrap();
        let vfs = log.map(|log| CString::new(log.vfs()).unwrap());
        let vfs = vfs.as_ref().map_or(ptr::null(), |vfs| vfs.as_ptr());
        let flags = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE;
        let mut opened = Self(ptr::null_mut());
        // SAFETY: the texts are there until it is done.
        let code = unsafe { ffi::sqlite3_open_v2(name.as_ptr(), &raw mut opened.0, flags, vfs) };
        assert_eq!(code, ffi::SQLITE_OK);
        opened.run("pragma journal_mode = wal; pragma synchronous = full").unwrap();
        opened
    }

    fn run(&self, sql: &str) -> Result<(), c_int> {
        let sql = CString::new(sql).unwrap();
        // SAFETY: the connection is open.
        let code = unsafe {
            ffi::sqlite3_exec(self.0, sql.as_ptr(), None, ptr::null_mut(), ptr::null_mut())
        };
        if code == ffi::SQLITE_OK { Ok(()) } else { Err(code) }
    }

    fn number(&self, sql: &str) -> i64 {
        let sql = CString::new(sql).unwrap();
        let mut statement = ptr::null_mut();
        // SAFETY: the connection is open, and the statement is given back.
        unsafe {
            let code = ffi::sqlite3_prepare_v2(
                self.0,
                sql.as_ptr(),
                -1,
                &raw mut statement,
                ptr::null_mut(),
            );
            assert_eq!(code, ffi::SQLITE_OK);
            assert_eq!(ffi::sqlite3_step(statement), ffi::SQLITE_ROW);
            let number = ffi::sqlite3_column_int64(statement, 0);
            ffi::sqlite3_finalize(statement);
            number
        }
    }

    fn is_whole(&self) -> bool {
        self.number("select count(*) from pragma_integrity_check where integrity_check = 'ok'") == 1
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: nobody has it any more.
        unsafe { ffi::sqlite3_close(self.0) };
    }
}

struct Database {
    folder: TempDir,
    log: Arc<Log>,
    writer: Connection,
}

impl Database {
    fn new() -> Self {
        let (folder, log) = (TempDir::new().unwrap(), Log::register().unwrap());
        let writer = Connection::open(&folder.path().join("a.db"), Some(&log));
        writer.run("create table rows (id integer primary key, text blob)").unwrap();
        Self { folder, log, writer }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("a.db")
    }

    fn is_flushed(&self) -> bool {
        self.log.has_flushed(self.log.written())
    }
}

/// About this many are more than is waited for.
const MANY: u32 = 1_000;

/// Inserts so many rows.
fn insert(database: &Database, rows: u32) -> Result<(), c_int> {
    database.writer.run(&format!(
        "with recursive n (n) as (select 1 union all select n + 1 from n where n < {rows}) \
         insert into rows (text) select randomblob(1000) from n"
    ))
}

#[test]
fn a_small_commit_is_kept_when_it_is_done() {
    let database = Database::new();
    insert(&database, 3).unwrap();
    assert_eq!(database.log.written(), 0);
}

#[test]
fn a_large_commit_is_there_for_others_and_kept_when_that_is_asked_for() {
    let database = Database::new();
    insert(&database, MANY).unwrap();
    assert!(!database.is_flushed());
    let reader = Connection::open(&database.path(), None);
    assert_eq!(reader.number("select count(*) from rows"), i64::from(MANY));
    database.log.flush().unwrap();
    assert!(database.is_flushed());
}

#[test]
fn what_comes_behind_and_is_waited_for_brings_what_was_before() {
    let database = Database::new();
    insert(&database, MANY).unwrap();
    insert(&database, 1).unwrap();
    assert!(database.is_flushed());
}

#[test]
fn nothing_is_folded_in_that_is_not_kept() {
    let database = Database::new();
    insert(&database, MANY).unwrap();
    database.writer.run("pragma wal_checkpoint(passive)").unwrap();
    assert!(database.is_flushed());
}

#[test]
fn a_new_log_begins_with_a_head_that_is_kept() {
    let database = Database::new();
    for round in 1..=3 {
        insert(&database, MANY).unwrap();
        database.log.flush().unwrap();
        // All of it is folded in, so the next commit begins the log anew.
        database.writer.run("pragma wal_checkpoint(restart)").unwrap();
        let reader = Connection::open(&database.path(), None);
        assert_eq!(reader.number("select count(*) from rows"), round * i64::from(MANY));
        assert!(reader.is_whole());
    }
}

#[test]
fn what_a_crash_leaves_at_any_moment_is_whole() {
    let database = Database::new();
    for round in 1..=5 {
        insert(&database, MANY).unwrap();
        let left = TempDir::new().unwrap();
        for name in ["a.db", "a.db-wal"] {
            fs::copy(database.folder.path().join(name), left.path().join(name)).unwrap();
        }
        let found = Connection::open(&left.path().join("a.db"), None);
        assert_eq!(found.number("select count(*) from rows"), round * i64::from(MANY));
        assert!(found.is_whole());
    }
}

#[test]
fn a_transaction_that_does_not_fit_into_memory_is_read_back_and_may_be_taken_back() {
    let database = Database::new();
    database.writer.run("pragma cache_size = 10; begin").unwrap();
    insert(&database, MANY).unwrap();
    database.writer.run("update rows set text = randomblob(900) where id % 2 = 0").unwrap();
    assert_eq!(database.writer.number("select sum(length(text)) from rows"), 950_000);
    database.writer.run("commit; begin").unwrap();
    insert(&database, MANY).unwrap();
    database.writer.run("rollback").unwrap();
    let reader = Connection::open(&database.path(), None);
    assert_eq!(reader.number("select sum(length(text)) from rows"), 950_000);
    assert!(reader.is_whole() && database.writer.is_whole());
}

#[test]
fn connections_may_take_turns() {
    let database = Database::new();
    insert(&database, MANY).unwrap();
    let Database { folder, log, writer } = database;
    drop(writer);
    let writer = Connection::open(&folder.path().join("a.db"), Some(&log));
    let database = Database { folder, log, writer };
    insert(&database, MANY).unwrap();
    database.log.flush().unwrap();
    assert_eq!(database.writer.number("select count(*) from rows"), 2 * i64::from(MANY));
    assert!(database.writer.is_whole());
}

#[test]
fn a_commit_that_the_disk_refuses_takes_those_before_with_it_that_were_not_waited_for() {
    let log = Database::new().log;
    log.note(log.written(), false);
    log.flush().unwrap();
    log.note_written();
    log.note(log.written(), false);
    log.flush().unwrap_err();
    assert!(!log.has_flushed(log.written()));
}

#[test]
fn once_the_disk_has_refused_to_keep_something_nothing_more_is_committed() {
    let database = Database::new();
    insert(&database, MANY).unwrap();
    // A pipe keeps nothing.
    let (pipe, _other_end) = pipe().unwrap();
    let kept = database.log.file.lock().replace(File::from(OwnedFd::from(pipe)));
    database.log.flush().unwrap_err();
    *database.log.file.lock() = kept;
    database.log.flush().unwrap_err();
    assert!(!database.is_flushed());
    assert_eq!(insert(&database, MANY), Err(ffi::SQLITE_IOERR));
    assert_eq!(insert(&database, 1), Err(ffi::SQLITE_IOERR));
    assert_eq!(database.writer.number("select count(*) from rows"), i64::from(MANY));
}
