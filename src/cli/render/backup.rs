//! Backups for people.

use super::page::{Page, Tone};
use super::text::{bytes, clean, counted, time_utc};
use super::webhooks;
use crate::cli::RestoreView;
use crate::manage::backup::BackupView;

/// What cannot be done without it; said wherever a backup is made or used.
const WITHOUT: &str = "Without the master key, Webhook URLs do not work and cannot be shown, and the signing keys, \
    the secret of the built-in OAuth client and all second factors cannot be used.";

pub(in crate::cli) fn made(page: &mut Page, view: &BackupView) {
    page.toned(
        Tone::Good,
        &format!("Backup created and verified: {}", clean(&view.file)),
    );
    page.field("Size", &bytes(view.bytes));
    page.field("As of", &time_utc(view.made_on));
    page.field(
        "Contents",
        &held(view.webhooks.values().sum(), view.records.values().sum()),
    );
    page.line("");
    if view.master_key_credential {
        page.line(
            "The backup does not contain the master key. systemd passes it to the server: the line \
             LoadCredential=master.key:… in 'systemctl cat hookgate' shows its file.",
        );
    } else {
        page.line(&format!(
            "The backup does not contain the master key, {}.",
            clean(&view.master_key)
        ));
    }
    page.line("Keep a copy of the master key, separate from the backup.");
    page.line(WITHOUT);
}

pub(in crate::cli) fn restored(page: &mut Page, view: &RestoreView) {
    let data = view.data.display().to_string();
    page.toned(Tone::Good, &format!("Restored into {}", clean(&data)));
    page.field("As of", &time_utc(view.made_on));
    page.field("Contents", &held(view.webhooks, view.records));
    page.line("");
    let key = view.master_key.display().to_string();
    if view.master_key_fits {
        page.line(&format!("The master key {} is the right one.", clean(&key)));
        return;
    }
    page.toned(Tone::Bad, &clean(&view.master_key_problem));
    page.line(&format!(
        "Backups do not contain the master key: copy the separately kept master key to {}, with mode 600.",
        clean(&key)
    ));
    page.line(WITHOUT);
}

fn held(count: u64, records: u64) -> String {
    format!("{}, {}", webhooks(count), counted(records, "record", "records"))
}
