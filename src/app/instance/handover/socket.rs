//! The socket of one wallet's window: where it is, and that it is this user's.

use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
pub(in crate::app::instance) use std::os::unix::net::UnixListener as Listener;
pub(super) use std::os::unix::net::UnixStream as Stream;
use std::path::{Path, PathBuf};

use super::LOCK;
use crate::jose::Digest;

/// Where the first window of a wallet listens: in the folder that the system gives each user for such things, else beside the
/// wallet.
pub(super) fn socket(dir: &Path) -> PathBuf {
    let runtime =
        std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|dir| dir.is_absolute() && dir.is_dir());
    match runtime {
        Some(runtime) => runtime.join(format!("hongbao-{}.sock", wallet_name(dir))),
        None => dir.join("window.sock"),
    }
}

/// One name for one wallet, as short as a socket's path must be.
fn wallet_name(dir: &Path) -> String {
    Digest::of(dir.as_os_str().as_encoded_bytes()).to_string().chars().take(22).collect()
}

/// Reaches the first window: only on a socket of this user, who else could answer in its place.
pub(super) fn connect(dir: &Path) -> io::Result<Stream> {
    let socket = socket(dir);
    if std::fs::metadata(&socket)?.uid() != std::fs::metadata(dir.join(LOCK))?.uid() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Stream::connect(socket)
}

pub(in crate::app::instance) fn listen(dir: &Path) -> io::Result<Listener> {
    let socket = socket(dir);
    // One that is left from a window that was killed: whoever holds the lock is alone.
    match std::fs::remove_file(&socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Whoever may not write to a socket cannot reach it; no usual mask lets others write meanwhile.
    let listener = Listener::bind(&socket)?;
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}
