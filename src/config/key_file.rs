//! The file with the key that seals secrets.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::Config;
use crate::domain::secrets::{SealingKey, random_hex};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or made.
    #[error("secrets.key_file: {path}: {why}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        why: io::Error,
    },
    /// The file holds something else.
    #[error("secrets.key_file: {path}: does not hold 32 bytes in base64", path = .0.display())]
    NotAKey(PathBuf),
    /// The secrets in the database were sealed with another key.
    #[error("secrets.key_file: {path}: is not the key of this database; put back the file it was made with", path = .0.display())]
    Foreign(PathBuf),
    /// Others can read it.
    #[error("secrets.key_file: {path}: others can read it; run chmod 600 on it", path = .0.display())]
    Exposed(PathBuf),
}

impl Config {
    /// Where the key is: beside the SQLite database, or in the working directory.
    #[must_use]
    pub fn key_path(&self) -> PathBuf {
        let folder = self.sqlite_path().and_then(|path| path.parent().map(Path::to_owned));
        folder.unwrap_or_default().join(&self.secrets.key_file)
    }

    /// Reads the key, and makes it first if it is not there. Two processes may do so at once: one
    /// of them makes it.
    ///
    /// # Errors
    /// [`KeyFileError`]; a key that others can read is refused.
    pub fn sealing_key(&self) -> Result<SealingKey, KeyFileError> {
        let path = self.key_path();
        let failed = |why| KeyFileError::Io { path: path.clone(), why };
        if !path.try_exists().map_err(failed)? {
            make(&path).map_err(failed)?;
        }
        let mode = fs::metadata(&path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Exposed(path));
        }
        let text = fs::read_to_string(&path).map_err(failed)?;
        SealingKey::from_text(&text).ok_or(KeyFileError::NotAKey(path))
    }
}

/// Writes the key beside its place and links it there: whoever finds the file finds it whole, and of
/// two who make it one wins.
fn make(path: &Path) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", random_hex(4)));
    let draft = PathBuf::from(draft);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(file, "{}", SealingKey::generate().to_text().expose())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
