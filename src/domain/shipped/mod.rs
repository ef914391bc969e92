//! What ships with Hookgate: the standard objects, their lookups and the first entities.
//!
//! The ids of lookup values are written in the files and never change, so that they are the same in
//! all installations and survive renaming. They are `UUIDv5`s of `<object>/<code or first name>`,
//! except Canada: its id is the one that senders know from the documentation.

#[cfg(test)]
mod tests;

use super::definition::{Definition, parse};

/// The definitions, in the order in which their objects get numbers.
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
        // A test ensures that none of the files has a mistake.
        let Ok(part) = parse(file.as_bytes()) else {
            continue;
        };
        all.objects.extend(part.objects);
        all.values.extend(part.values);
        all.entities.extend(part.entities);
    }
    all
}
