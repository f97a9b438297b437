//! Which server and database a `postgres://` address names, and how it is reached: with which password, and whether in
//! the clear. What it holds is never shown.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use uuid::Uuid;

use super::password;
use crate::store::StoreError;

/// Where Debian and most others put the server's socket.
const SOCKET_FOLDER: &str = "/var/run/postgresql";
const PORT: u16 = 5432;
const PATIENCE: Duration = Duration::from_secs(5);

/// A database on a PostgreSQL server. Shown without its password.
#[derive(Clone)]
pub struct Address {
    /// On the heap, for it is large.
    pub(super) config: Box<Config>,
    pub(super) tls: Tls,
    label: String,
    pub(super) owner: Option<Owner>,
}

/// Whose database it is: an id that the data directory keeps and the database bears.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner {
    pub(super) id: Uuid,
    /// Its server has run, so an empty database is another one.
    pub(super) used: bool,
}

/// How a connection is guarded on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tls {
    /// In the clear: it does not leave this machine.
    No,
    /// The certificate is checked against the machine's authorities, or those of a file, and must name the host.
    Verified { authorities: Option<PathBuf> },
}

impl Address {
    /// Reads `postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?…]`. Without a host, or with a folder as `host`, the server is
    /// reached through its socket. Understood besides what PostgreSQL's own programs call `options`, `application_name`
    /// and `connect_timeout`: `sslmode`, `sslrootcert` and `passfile`.
    ///
    /// A server elsewhere is only reached over TLS with its certificate checked, as by `sslmode=verify-full`. When the
    /// address has no password it is looked up in `passfile`, else in the file `passwords`.
    ///
    /// # Errors
    /// [`StoreError::Address`]; its text never holds the address.
    pub fn parse(text: &str, passwords: Option<&Path>) -> Result<Self, StoreError> {
        let (text, own) = take_own(text)?;
        let mut config = Config::from_str(&text)
            .map_err(|_| wrong("it is not as it should be; write postgres://USER@HOST:PORT/DATABASE"))?;
        if config.get_hosts().is_empty() {
            if !config.get_hostaddrs().is_empty() {
                return Err(wrong("it has `hostaddr` without a host"));
            }
            config.host(SOCKET_FOLDER);
        }
        let [host] = config.get_hosts() else { return Err(wrong("it names several hosts; name the one that writes")) };
        let host = host.clone();
        let database = config.get_dbname().ok_or_else(|| wrong("it names no database"))?.to_owned();
        let tls = own.tls(is_near(&host, config.get_hostaddrs()))?;
        let port = config.get_ports().first().copied().unwrap_or(PORT);
        let user = config.get_user().ok_or_else(|| wrong("it names no user"))?.to_owned();
        if config.get_password().is_none()
            && let Some(file) = own.passfile.as_deref().or(passwords)
            && let Some(found) = password::look_up(file, &name(&host), port, &database, &user)?
        {
            config.password(found.as_bytes());
        }
        if config.get_application_name().is_none() {
            config.application_name("hongbao-server");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        config.keepalives_idle(Duration::from_secs(10)).keepalives_interval(PATIENCE).keepalives_retries(3);
        config.ssl_mode(if tls == Tls::No { SslMode::Disable } else { SslMode::Require });
        let label = format!("{database} at {}:{port}", name(&host));
        Ok(Self { config: Box::new(config), tls, label, owner: None })
    }

    /// The database must bear this id, or be new and take it; once it was `used` it cannot be new.
    #[must_use]
    pub fn belonging(mut self, id: Uuid, used: bool) -> Self {
        self.owner = Some(Owner { id, used });
        self
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.label)
    }
}

/// What is understood here and not by the driver, or not as here.
#[derive(Default)]
struct Own {
    sslmode: Option<String>,
    sslrootcert: Option<PathBuf>,
    passfile: Option<PathBuf>,
}

impl Own {
    fn tls(&self, near: bool) -> Result<Tls, StoreError> {
        let verified = Tls::Verified { authorities: self.sslrootcert.clone() };
        match (self.sslmode.as_deref(), near) {
            (Some("require" | "verify-full"), _) | (None, false) => Ok(verified),
            (None | Some("disable" | "allow" | "prefer"), true) => Ok(Tls::No),
            (Some("disable" | "allow" | "prefer"), false) => {
                Err(wrong("the server is on another machine, so its sslmode must be verify-full"))
            }
            (Some(_), _) => Err(wrong("its sslmode is unknown here; use verify-full, or leave it out on this machine")),
        }
    }
}

/// Takes our parameters out of the address.
fn take_own(text: &str) -> Result<(String, Own), StoreError> {
    let known = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    if !known {
        return Err(wrong("it does not begin with postgres://"));
    }
    let Some((before, query)) = text.split_once('?') else { return Ok((text.to_owned(), Own::default())) };
    let mut own = Own::default();
    let mut others = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = url::form_urlencoded::parse(pair.as_bytes()).next() else { continue };
        match name.as_ref() {
            "sslmode" => own.sslmode = Some(value.into_owned()),
            "sslrootcert" => own.sslrootcert = Some(value.into_owned().into()),
            "passfile" => own.passfile = Some(value.into_owned().into()),
            _ => others.push(pair),
        }
    }
    let text = if others.is_empty() { before.to_owned() } else { format!("{before}?{}", others.join("&")) };
    Ok((text, own))
}

/// Whether what is sent stays on this machine.
fn is_near(host: &Host, addresses: &[IpAddr]) -> bool {
    if !addresses.is_empty() {
        return addresses.iter().all(IpAddr::is_loopback);
    }
    match host {
        #[cfg(unix)]
        Host::Unix(_) => true,
        // By RFC 6761 the name means this machine.
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
    }
}

fn name(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    }
}

pub(super) fn wrong(what: &str) -> StoreError {
    StoreError::Address(what.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<Address, String> {
        Address::parse(text, None).map_err(|error| error.to_string())
    }

    #[test]
    fn only_what_stays_on_this_machine_goes_in_the_clear() {
        for near in [
            "postgres://me@127.0.0.1/books",
            "postgres://me@[::1]:5433/books",
            "postgresql://me@localhost/books?sslmode=prefer",
            "postgres://me@%2Frun%2Fpostgresql/books",
            "postgres://me@/books?host=/tmp",
            "postgres:///books?user=me",
            "postgres://me@db.example/books?hostaddr=127.0.0.1&sslmode=disable",
        ] {
            assert_eq!(read(near).unwrap().tls, Tls::No, "{near}");
        }
        for far in ["db.example", "10.0.0.7", "db.example:5433", "localhost.example"] {
            for mode in ["", "?sslmode=require", "?sslmode=verify-full"] {
                let address = read(&format!("postgres://me@{far}/books{mode}")).unwrap();
                assert_eq!(address.tls, Tls::Verified { authorities: None }, "{far} {mode}");
                assert_eq!(address.config.get_ssl_mode(), SslMode::Require);
            }
            for mode in ["disable", "allow", "prefer"] {
                let told = read(&format!("postgres://me@{far}/books?sslmode={mode}")).unwrap_err();
                assert!(told.contains("must be verify-full"), "{far} {mode}: {told}");
            }
        }
        let own = read("postgres://me@127.0.0.1/books?sslmode=verify-full&sslrootcert=/etc/ca.pem").unwrap();
        assert_eq!(own.tls, Tls::Verified { authorities: Some("/etc/ca.pem".into()) });
    }

    #[test]
    fn a_password_is_never_shown() {
        let address = read("postgres://me:s3cret@127.0.0.1/books?passfile=/s3cret").unwrap();
        assert_eq!(address.config.get_password(), Some(&b"s3cret"[..]));
        assert_eq!(format!("{address} {address:?}"), "books at 127.0.0.1:5432 Address(books at 127.0.0.1:5432)");
        for wrong in [
            "mysql://me:s3cret@127.0.0.1/books",
            "postgres://me:s3cret@127.0.0.1",
            "postgres://me:s3cret@127.0.0.1:port/books",
            "postgres://me:s3cret@a,b/books",
            "postgres://me:s3cret@127.0.0.1/books?s3cret=1",
            "postgres://me:s3cret@127.0.0.1/books?sslmode=s3cret",
            "s3cret",
        ] {
            let told = read(wrong).unwrap_err();
            assert!(!told.contains("s3cret") && told.contains("address"), "{told}");
        }
    }
}
