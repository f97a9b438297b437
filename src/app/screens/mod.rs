//! The screens. Each has a model (what it shows beyond the wallet's data), an update (what an action changes, without window
//! and without waiting) and a view (draws a borrowed model, answers with an action).

pub(super) mod activity;
pub(super) mod envelope;
pub(super) mod forward;
pub(super) mod friends;
pub(super) mod keep;
pub(super) mod money;
pub(super) mod packet;
pub(super) mod packets;
pub(super) mod passphrase;
pub(super) mod rewards;
pub(super) mod settings;
pub(super) mod welcome;
