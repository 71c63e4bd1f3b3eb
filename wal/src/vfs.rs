//! The file system that SQLite calls: the system's own, but for what writes and flushes the log.
//!
//! A file of SQLite is a piece of memory that begins with a table of functions. The system's own fills in the front of it, and
//! behind that there is a [`Tail`] of ours, with a table in which some functions are replaced.
#![expect(
    unsafe_code,
    reason = "SQLite is given addresses of functions and memory, which only this file can vouch for"
)]

use std::ffi::{CStr, CString, OsStr, c_int, c_void};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr;
use std::sync::{Arc, OnceLock};

use libsqlite3_sys as ffi;
use libsqlite3_sys::{sqlite3_file, sqlite3_io_methods, sqlite3_vfs};

use crate::Log;
use crate::gathered::Gathered;

/// A commit of so many bytes is not waited for. Of less the disk is about as quick as somebody else who would be asked to.
const LARGE: usize = 256 << 10;

/// What SQLite calls, and what only we know of it. SQLite sees its first field.
#[repr(C)]
struct Vfs {
    called: sqlite3_vfs,
    system: &'static System,
    log: Arc<Log>,
}

/// The system's own.
struct System {
    vfs: *mut sqlite3_vfs,
    open: Open,
    /// Where a [`Tail`] begins in the memory of a file.
    tail: usize,
}

type Open = unsafe extern "C" fn(
    *mut sqlite3_vfs,
    ffi::sqlite3_filename,
    *mut sqlite3_file,
    c_int,
    *mut c_int,
) -> c_int;

// SAFETY: what it points to is SQLite's for as long as the process lives, changes no more once it is registered, and is for
// all threads.
unsafe impl Sync for System {}
// SAFETY: as above.
unsafe impl Send for System {}

/// Ours of a file.
struct Tail {
    /// What SQLite calls.
    methods: sqlite3_io_methods,
    /// What the system's own does.
    system: *const sqlite3_io_methods,
    log: *const Log,
    gathered: Gathered,
}

/// A result code of SQLite that is not `SQLITE_OK`.
struct Code(c_int);

impl System {
    fn get() -> Option<&'static Self> {
        static SYSTEM: OnceLock<Option<System>> = OnceLock::new();
        let find = || {
            // SAFETY: without a name it gives the system's own, which stays, or nothing.
            let vfs = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
            // SAFETY: as above.
            let found = unsafe { vfs.as_ref() }?;
            let size = usize::try_from(found.szOsFile).ok()?;
            Some(Self { vfs, open: found.xOpen?, tail: size.next_multiple_of(align_of::<Tail>()) })
        };
        SYSTEM.get_or_init(find).as_ref()
    }
}

/// Makes the log's file system known to SQLite. It stays for as long as the process lives: nobody knows when the last connection is
/// gone.
pub(crate) fn register(log: Arc<Log>) -> io::Result<()> {
    let unsupported = || io::Error::from(io::ErrorKind::Unsupported);
    let system = System::get().ok_or_else(unsupported)?;
    let name = CString::new(log.vfs())?;
    // SAFETY: see `System::get`.
    let mut vfs = unsafe { *system.vfs };
    vfs.pNext = ptr::null_mut();
    vfs.zName = name.into_raw();
    vfs.szOsFile = c_int::try_from(system.tail + size_of::<Tail>()).map_err(io::Error::other)?;
    vfs.xOpen = Some(open);
    let vfs = Box::leak(Box::new(Vfs { called: vfs, system, log }));
    // SAFETY: it stays where it is, and so does its name.
    match unsafe { ffi::sqlite3_vfs_register(&raw mut vfs.called, 0) } {
        ffi::SQLITE_OK => Ok(()),
        _ => Err(unsupported()),
    }
}

/// Opens a file as the system does, and puts its table in place where it is the log, or the database that it is folded into.
unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls it with what `register` gave it, of which this is the beginning.
    let Vfs { system, log, .. } = unsafe { &*vfs.cast::<Vfs>() };
    // SAFETY: what SQLite gave is handed on, with memory that is larger than asked for.
    let opened = unsafe { (system.open)(system.vfs, name, file, flags, out_flags) };
    if opened != ffi::SQLITE_OK {
        return opened;
    }
    // SAFETY: the system's own has filled it in.
    let methods = unsafe { (*file).pMethods };
    // SAFETY: as above.
    let Some(system_methods) = (unsafe { methods.as_ref() }) else { return opened };
    let mut replaced = *system_methods;
    if flags & ffi::SQLITE_OPEN_WAL != 0 {
        // SAFETY: the name of a log is a path that ends in zero.
        let path = unsafe { CStr::from_ptr(name) };
        if log.open(Path::new(OsStr::from_bytes(path.to_bytes()))).is_err() {
            // SAFETY: it is open, and SQLite is told that it is not.
            unsafe { system_methods.xClose.map(|close| close(file)) };
            // SAFETY: it is SQLite's memory.
            unsafe { (*file).pMethods = ptr::null() };
            return ffi::SQLITE_CANTOPEN;
        }
        replaced.xRead = Some(read_log);
        replaced.xWrite = Some(write_log);
        replaced.xTruncate = Some(truncate_log);
        replaced.xFileSize = Some(measure_log);
        replaced.xSync = Some(sync_log);
    } else if flags & ffi::SQLITE_OPEN_MAIN_DB != 0 {
        replaced.xWrite = Some(write_database);
    } else {
        return opened;
    }
    replaced.xClose = Some(close);
    let ours = Tail {
        methods: replaced,
        system: methods,
        log: Arc::as_ptr(log),
        gathered: Gathered::default(),
    };
    // SAFETY: `register` asked for room behind what the system needs, at this distance, and SQLite aligns it to 8.
    let tail = unsafe { file.byte_add(system.tail) }.cast::<Tail>();
    // SAFETY: as above; the table stays where it is as long as the file is open.
    unsafe {
        tail.write(ours);
        (*file).pMethods = &raw const (*tail).methods;
    }
    opened
}

/// Ours of a file of ours.
///
/// # Safety
/// `file` was opened by [`open`], which put its own table in place, and is not closed; SQLite uses it from one thread at a time.
unsafe fn tail<'a>(file: *mut sqlite3_file) -> &'a mut Tail {
    let system = System::get().expect("a file was opened by it");
    // SAFETY: `open` wrote it there.
    unsafe { &mut *file.byte_add(system.tail).cast::<Tail>() }
}

impl Tail {
    fn system(&self) -> &sqlite3_io_methods {
        // SAFETY: the system's own table stays for as long as the process lives.
        unsafe { &*self.system }
    }

    fn log(&self) -> &Log {
        // SAFETY: `register` leaked a handle on it.
        unsafe { &*self.log }
    }

    /// Hands on what was gathered.
    fn hand_on(&mut self, file: *mut sqlite3_file) -> Result<(), Code> {
        let write = write_with(self.system, file);
        self.gathered.hand_on(write)
    }

    /// Has the disk keep what was committed, or leaves that to [`Log::flush`].
    fn sync(&mut self, file: *mut sqlite3_file, flags: c_int) -> Result<(), Code> {
        self.hand_on(file)?;
        let failed = |_| Code(ffi::SQLITE_IOERR_FSYNC);
        self.log().refuse_if_broken().map_err(failed)?;
        let (bytes, has_head) = self.gathered.take_unflushed();
        if bytes >= LARGE && !has_head {
            self.log().note_written();
            return Ok(());
        }
        let written = self.log().written();
        let sync = self.system().xSync.ok_or(Code(ffi::SQLITE_IOERR_FSYNC))?;
        // SAFETY: the file is open.
        let synced = checked(unsafe { sync(file, flags) });
        self.log().note(written, synced.is_ok());
        synced
    }
}

/// Writes with the system's own.
fn write_with(
    system: *const sqlite3_io_methods,
    file: *mut sqlite3_file,
) -> impl FnOnce(&[u8], i64) -> Result<(), Code> {
    move |bytes, at| {
        // SAFETY: the system's own table stays for as long as the process lives.
        let write = unsafe { (*system).xWrite }.ok_or(Code(ffi::SQLITE_IOERR_WRITE))?;
        let length = c_int::try_from(bytes.len()).map_err(|_| Code(ffi::SQLITE_IOERR_WRITE))?;
        // SAFETY: the file is open, and there are so many bytes.
        checked(unsafe { write(file, bytes.as_ptr().cast(), length, at) })
    }
}

fn checked(code: c_int) -> Result<(), Code> {
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(Code(code)) }
}

fn code(result: Result<(), Code>) -> c_int {
    result.map_or_else(|Code(code)| code, |()| ffi::SQLITE_OK)
}

unsafe extern "C" fn write_log(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    length: c_int,
    at: i64,
) -> c_int {
    // SAFETY: SQLite calls it with a file of ours.
    let tail = unsafe { tail(file) };
    let length = usize::try_from(length).unwrap_or_default();
    // SAFETY: SQLite gives so many bytes.
    let bytes = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), length) };
    code(tail.gathered.push(bytes, at, write_with(tail.system, file)))
}

unsafe extern "C" fn sync_log(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite calls it with a file of ours.
    code(unsafe { tail(file) }.sync(file, flags))
}

/// What the system's own does, once it has what was gathered; `missing` where it has nothing to do it with.
///
/// # Safety
/// As for [`tail`].
unsafe fn handed_on(
    file: *mut sqlite3_file,
    missing: c_int,
    call: impl FnOnce(&sqlite3_io_methods) -> Option<c_int>,
) -> c_int {
    // SAFETY: the caller's.
    let tail = unsafe { tail(file) };
    match tail.hand_on(file) {
        Ok(()) => call(tail.system()).unwrap_or(missing),
        Err(Code(code)) => code,
    }
}

unsafe extern "C" fn read_log(
    file: *mut sqlite3_file,
    into: *mut c_void,
    length: c_int,
    at: i64,
) -> c_int {
    // SAFETY: SQLite calls it with a file of ours, and what it gave is handed on.
    unsafe {
        handed_on(file, ffi::SQLITE_IOERR_READ, |system| {
            Some(system.xRead?(file, into, length, at))
        })
    }
}

unsafe extern "C" fn truncate_log(file: *mut sqlite3_file, size: i64) -> c_int {
    // SAFETY: SQLite calls it with a file of ours, and what it gave is handed on.
    unsafe {
        handed_on(file, ffi::SQLITE_IOERR_TRUNCATE, |system| Some(system.xTruncate?(file, size)))
    }
}

unsafe extern "C" fn measure_log(file: *mut sqlite3_file, size: *mut i64) -> c_int {
    // SAFETY: SQLite calls it with a file of ours, and what it gave is handed on.
    unsafe {
        handed_on(file, ffi::SQLITE_IOERR_FSTAT, |system| Some(system.xFileSize?(file, size)))
    }
}

/// Pages of the log are folded into the database: what they were committed with has to be kept before.
unsafe extern "C" fn write_database(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    length: c_int,
    at: i64,
) -> c_int {
    // SAFETY: SQLite calls it with a file of ours.
    let tail = unsafe { tail(file) };
    if tail.log().flush().is_err() {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    let Some(write) = tail.system().xWrite else { return ffi::SQLITE_IOERR_WRITE };
    // SAFETY: what SQLite gave is handed on.
    unsafe { write(file, bytes, length, at) }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite calls it with a file of ours.
    let ours = unsafe { tail(file) };
    let handed_on = code(ours.hand_on(file));
    let system = ours.system;
    // SAFETY: nobody has it any more after this; SQLite reads no table of a file that it has closed.
    unsafe { ptr::drop_in_place(ours) };
    // SAFETY: the system's own table stays for as long as the process lives.
    let Some(close) = (unsafe { (*system).xClose }) else { return ffi::SQLITE_IOERR_CLOSE };
    // SAFETY: the file is open.
    let closed = unsafe { close(file) };
    if handed_on == ffi::SQLITE_OK { closed } else { handed_on }
}
