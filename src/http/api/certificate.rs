//! The certificate in use.

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::json;
use crate::manage::Context;
use crate::manage::certificate::certificate_show;

/// What programs must know about the certificate. All of it is what TLS shows to everybody.
pub fn show(context: &Context, _: &Who, _: &Input) -> Answered {
    json(&certificate_show(context))
}
