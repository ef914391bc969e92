//! System settings.

use super::answer::Json;
use super::{Call, Reply};
use crate::manage::setting::{SettingView, setting_list, setting_reveal, setting_show};

/// All of them; secrets are masked.
pub fn list(call: &Call<'_>) -> Reply<Json<Vec<SettingView>>> {
    Ok(Json(setting_list(call.context)?))
}

/// One; a secret is masked.
pub fn show(call: &Call<'_>) -> Reply<Json<SettingView>> {
    Ok(Json(setting_show(call.context, call.part("code"))?))
}

/// One in the clear.
pub fn reveal(call: &Call<'_>) -> Reply<Json<SettingView>> {
    let code = call.part("code");
    Ok(Json(setting_reveal(call.context, call.by(), code, call.sent.address)?))
}
