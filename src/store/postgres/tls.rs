//! How a certificate of the database server is judged: by the machine's authorities, or by those of a file.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::wrong;
use crate::store::StoreError;

pub(super) fn connector(authorities: Option<&Path>) -> Result<MakeRustlsConnect, StoreError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(failed)?;
    let config = match authorities {
        None => builder.with_platform_verifier().map_err(failed)?.with_no_client_auth(),
        Some(file) => builder.with_root_certificates(read(file)?).with_no_client_auth(),
    };
    Ok(MakeRustlsConnect::new(config))
}

fn read(file: &Path) -> Result<RootCertStore, StoreError> {
    let unreadable = || wrong("its sslrootcert is not a file of certificates (PEM)");
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|_| unreadable())? {
        store.add(certificate.map_err(|_| unreadable())?).map_err(|_| unreadable())?;
    }
    if store.is_empty() { Err(unreadable()) } else { Ok(store) }
}

fn failed(error: rustls::Error) -> StoreError {
    StoreError::Other(format!("TLS cannot be used: {error}; check this machine's certificates"))
}
