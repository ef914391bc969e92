//! The certificate in use.

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::json;
use crate::manage::Context;
use crate::manage::certificate::certificate_show;

/// What programs must know about the certificate. TLS shows all of it to every client.
pub fn show(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&certificate_show(context))
}
