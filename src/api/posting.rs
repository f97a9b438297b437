//! Hosting a forwarded file at an address of its own, for links that are short enough for a chat or a QR code.

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::jose::{ClientId, Digest, json};
use crate::packet::PacketFile;
use crate::packet::chain;

/// What is posted to [`super::routes::FORWARDS`], authorized by the forwarder. Idempotent by the last hop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PostRequest {
    /// The packet file's outer object.
    pub file: serde_json::Value,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Posted {
    /// Digest of the last hop, by which the file is known.
    pub head: Digest,
    /// Its address, of 128 random bits.
    pub link: String,
}

/// Judges a file that `sender` wants hosted: readable, its chain whole, its last hop by the sender.
///
/// # Errors
/// [`Refusal`].
pub fn judge_post(body: &[u8], sender: &ClientId) -> Result<PacketFile, Refusal> {
    let request: PostRequest = json::read(body)?;
    let file = PacketFile::read(request.file.to_string().as_bytes())?;
    chain::check(&file.packet, &file.hops)
        .map_err(|_| Refusal::NotGenuine("the chain of forwardings does not hold"))?;
    let last = file.hops.last().ok_or(Refusal::NotAllowed("only a forwarded packet can be hosted"))?;
    if last.by() != *sender {
        return Err(Refusal::NotAllowed("the last forwarding must be by you"));
    }
    Ok(file)
}
