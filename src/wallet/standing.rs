//! Asking the issuing bank where a voucher stands: only its ledger is money, so only its answer says that there still is some.

use serde::Serialize;

use super::{Time, Wallet, WalletError, packets, trust};
use crate::api::routes;
use crate::api::states::VoucherState;
use crate::api::voucher::VoucherStatus;
use crate::net::client::Request;

/// Where a voucher stands at its bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct VoucherStanding {
    /// Where it stands.
    pub state: VoucherState,
    /// How many shares it has.
    pub shares: u32,
    /// How many of them nobody collected.
    pub left: u32,
    /// Whether a share can still be collected.
    pub payable: bool,
    /// Since when it stands so.
    pub since: Time,
    /// Until when it can be collected, by the bank's word: later than the packet says, if the issuer had it extended.
    pub expires: Time,
    /// When the bank said so.
    pub at: Time,
}

impl Wallet {
    /// Asks the issuing bank whether a packet's money can still be collected. Only a bank that this wallet knows is asked,
    /// over https without any name or key; the bank learns which packet is asked for.
    ///
    /// # Errors
    /// [`WalletError::NotBankVoucher`], [`WalletError::Refused`] with `bank-unknown`, [`WalletError::Net`].
    pub async fn voucher_standing(&self, id: &str) -> Result<VoucherStanding, WalletError> {
        let named = id.to_owned();
        let read = move |tx: &mut crate::store::Tx<'_>| {
            let file = packets::find(tx, &named)?.file;
            let Some(money) = file.packet.claims.contents.money() else { return Err(WalletError::NotBankVoucher) };
            let bank = money.bank;
            if !trust::load(tx)?.banks.contains_key(bank) {
                return Err(super::collecting::bank_unknown(bank));
            }
            Ok((file.packet.id(), bank.clone()))
        };
        let (packet, bank) = self.store.read(read).await?;
        let path = format!("{}/{packet}", routes::VOUCHERS);
        let status: VoucherStatus = self
            .call(&bank, |_| Ok(Request::get(&bank, path.clone())))
            .await
            .map_err(|error| WalletError::call(&bank, error))?;
        if status.packet != packet || status.left > status.shares {
            return Err(WalletError::Nonsense(bank));
        }
        let at = Time(self.now());
        let VoucherStatus { state, shares, left, payable, since, expires, .. } = status;
        Ok(VoucherStanding { state, shares, left, payable, since: Time(since), expires: Time(expires), at })
    }
}
