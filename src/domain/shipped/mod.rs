//! What ships with Hookgate: the standard objects, their lookups and the first entities.
//!
//! Ids of values are written into the files and never change, so that they agree between
//! installations and survive new names: they are `UUIDv5`s of `<object>/<code or first name>`,
//! but for Canada, whose id is the one that senders know from the documentation.

#[cfg(test)]
mod tests;

use super::definition::{Definition, parse};

/// Definitions in the order in which their objects are numbered.
const FILES: [&str; 8] = [
    include_str!("country.json"),
    include_str!("currency.json"),
    include_str!("lookups.json"),
    include_str!("account.json"),
    include_str!("contact.json"),
    include_str!("lead.json"),
    include_str!("order.json"),
    include_str!("form_submit.json"),
];

/// The definition that a new appliance starts with.
#[must_use]
pub fn shipped() -> Definition {
    let mut all = Definition::default();
    for file in FILES {
        // A test holds that none of the files has a mistake.
        let Ok(part) = parse(file.as_bytes()) else {
            continue;
        };
        all.objects.extend(part.objects);
        all.values.extend(part.values);
        all.entities.extend(part.entities);
    }
    all
}
