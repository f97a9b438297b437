//! Running a server: two listeners (public and admin), background work, and an orderly end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::admin;
use super::data_dir::{DataDir, DataDirError, Kept, Lasting};
use super::worker::Stop;
use crate::api::discovery::Role;
use crate::net::server::{self, Limits};
use crate::packet::Origin;
use crate::packet::origin::OriginError;
use crate::random::SystemRandom;

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// An address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// An address that is not on this machine's loopback needs the URL that others use.
    #[error("others cannot know this server by {0}; give its https address with --public-url")]
    PublicUrl(SocketAddr),
    /// The URL is not an origin.
    #[error("--public-url: {0}")]
    Origin(#[from] OriginError),
    /// Packets and vouchers name the origin, so it cannot change.
    #[error("this server has always been {0}; its packets and vouchers name that address, so it cannot become another")]
    OriginChanged(Origin),
    /// The admin API must not be reachable from elsewhere.
    #[error("the admin API listens on loopback addresses only, not on {0}")]
    AdminNotLocal(SocketAddr),
    /// The data directory cannot be used.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
}

/// Listeners that are bound, before requests are accepted.
pub struct Listeners {
    public: TcpListener,
    admin: TcpListener,
    /// What will be kept and printed.
    pub kept: Kept,
}

/// Where a server is to listen.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// For everybody.
    pub listen: SocketAddr,
    /// For the admin API.
    pub admin: SocketAddr,
    /// The origin that others use, when it is not the address listened on.
    pub public_url: Option<String>,
}

/// Binds both listeners. With port 0, the port of an earlier start is taken again.
///
/// # Errors
/// [`HostError`].
pub async fn bind(dir: &DataDir, role: Role, addresses: &Addresses) -> Result<Listeners, HostError> {
    if !addresses.admin.ip().is_loopback() {
        return Err(HostError::AdminNotLocal(addresses.admin));
    }
    let before = dir.kept()?;
    let kept_listen = before.as_ref().and_then(|kept| kept.listen.parse().ok());
    let kept_admin = before.as_ref().and_then(|kept| kept.admin_url.as_str().strip_prefix("http://")?.parse().ok());
    let public = listen(addresses.listen, kept_listen).await?;
    let admin = listen(addresses.admin, kept_admin).await?;
    let (at, admin_at) = (address(&public, addresses.listen)?, address(&admin, addresses.admin)?);
    let url = match &addresses.public_url {
        Some(url) => Origin::from_input(url)?,
        None if at.ip().is_loopback() => Origin::parse(&format!("http://{at}"))?,
        None => return Err(HostError::PublicUrl(at)),
    };
    if let Some(lasting) = dir.lasting()?.filter(|lasting| lasting.served && lasting.url != url) {
        return Err(HostError::OriginChanged(lasting.url));
    }
    let admin_url = Origin::parse(&format!("http://{admin_at}"))?;
    Ok(Listeners { public, admin, kept: Kept { ready: true, role, url, admin_url, listen: at.to_string() } })
}

async fn listen(wanted: SocketAddr, kept: Option<SocketAddr>) -> Result<TcpListener, HostError> {
    let address = match kept {
        Some(kept) if wanted.port() == 0 && kept.ip() == wanted.ip() => kept,
        _ => wanted,
    };
    TcpListener::bind(address).await.map_err(|error| HostError::Listen(address, error))
}

fn address(listener: &TcpListener, wanted: SocketAddr) -> Result<SocketAddr, HostError> {
    listener.local_addr().map_err(|error| HostError::Listen(wanted, error))
}

/// What a server serves.
pub struct App {
    /// For everybody.
    pub public: Router,
    /// Behind the admin token.
    pub admin: Router,
    /// For the public side; the admin side takes larger bodies and is not limited by address.
    pub limits: Limits,
}

/// Serves until `stop` completes. `background` is told to stop when the last request has been answered. From now on the
/// server is what `lasting` says.
///
/// # Errors
/// [`HostError::DataDir`] when what is kept cannot be written; nothing is served then.
pub async fn serve<B: Future<Output = ()>>(
    dir: &DataDir,
    lasting: Lasting,
    listeners: Listeners,
    app: App,
    background: impl FnOnce(Stop) -> B,
    ready: impl FnOnce(&Kept),
    stop: impl Future<Output = ()>,
) -> Result<(), HostError> {
    let admin = admin::protect(app.admin, dir.admin_token(&SystemRandom)?);
    dir.keep_lasting(&Lasting { served: true, ..lasting })?;
    dir.keep(&listeners.kept)?;
    ready(&listeners.kept);
    let (stopper, stopping) = watch::channel(false);
    let (told_public, told_admin) = (told(stopping.clone()), told(stopping.clone()));
    let (work_stopper, work_stopping) = watch::channel(false);
    let served = async {
        let admin_limits = Limits { per_ip_per_second: None, body: 4 * 1024 * 1024, ..app.limits };
        tokio::join!(
            server::serve(listeners.public, app.public, app.limits, told_public),
            server::serve(listeners.admin, admin, admin_limits, told_admin),
        );
        work_stopper.send_replace(true);
    };
    let stopped = async {
        stop.await;
        stopper.send_replace(true);
    };
    tokio::join!(served, stopped, background(work_stopping));
    Ok(())
}

async fn told(mut stopping: watch::Receiver<bool>) {
    // An error means that nobody can tell any more: stop as well.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::data_dir::Books;
    use super::*;

    #[tokio::test]
    async fn an_origin_is_for_good_once_requests_were_accepted_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path(), Role::Bank).unwrap();
        // As a first start leaves it that fails behind its choice of a port.
        let url = Origin::parse("http://127.0.0.1:9").unwrap();
        let failed =
            Lasting { role: Role::Bank, url, books: Books::Sqlite, config: serde_json::Map::new(), served: false };
        dir.keep_lasting(&failed).unwrap();
        let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let addresses = |public_url| Addresses { listen: free, admin: free, public_url };
        let listeners = bind(&dir, Role::Bank, &addresses(None)).await.unwrap();
        let lasting = Lasting { url: listeners.kept.url.clone(), ..failed };
        let app = App { public: Router::new(), admin: Router::new(), limits: Limits::default() };
        serve(&dir, lasting.clone(), listeners, app, async |_| (), |_| (), async {}).await.unwrap();
        assert_eq!(dir.lasting().unwrap(), Some(Lasting { served: true, ..lasting.clone() }));
        let other = bind(&dir, Role::Bank, &addresses(Some("https://other.example".to_owned()))).await;
        assert!(matches!(other, Err(HostError::OriginChanged(kept)) if kept == lasting.url));
    }

    #[tokio::test]
    async fn the_admin_door_is_on_this_machine_and_behind_its_token() {
        use crate::net::client::{Client, Reach, Request};
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path(), Role::Bank).unwrap();
        let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
        for elsewhere in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            let admin = elsewhere.parse().unwrap();
            let refused = bind(&dir, Role::Bank, &Addresses { listen: free, admin, public_url: None }).await;
            assert!(matches!(refused, Err(HostError::AdminNotLocal(at)) if at == admin), "{elsewhere}");
        }
        let addresses = Addresses { listen: free, admin: free, public_url: None };
        let listeners = bind(&dir, Role::Bank, &addresses).await.unwrap();
        let (url, at) = (listeners.kept.url.clone(), listeners.kept.admin_url.clone());
        let lasting =
            Lasting { role: Role::Bank, url, books: Books::Sqlite, config: serde_json::Map::new(), served: false };
        let admin = Router::new().route("/", axum::routing::get(async || "in"));
        let app = App { public: Router::new(), admin, limits: Limits::default() };
        let asking = async {
            let client = Client::new(Reach::Configured, "test").unwrap();
            let token = dir.admin_token(&SystemRandom).unwrap();
            let asked = |token: &str| Request::get(&at, "/").header("authorization", format!("Bearer {token}"));
            for (request, status) in [(Request::get(&at, "/"), 401), (asked("guess"), 401), (asked(&token), 200)] {
                assert_eq!(client.send(request).await.unwrap().status, status);
            }
        };
        serve(&dir, lasting, listeners, app, async |_| (), |_| (), asking).await.unwrap();
    }
}
