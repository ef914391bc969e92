//! What people and programs do, one row for each.

use super::site::Site;
use super::{access, configuration, own_account, programs, webhooks};

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Something that people or programs do.
pub struct Operation {
    /// The name of the function.
    pub name: &'static str,
    /// With what it is called.
    pub case: &'static str,
    pub entries: Entries,
    /// It hashes a password, which takes long.
    pub hashes: bool,
    pub run: fn(&Site) -> Result<(), Failure>,
}

/// How many entries of the journal it is.
#[derive(Clone, Copy)]
pub enum Entries {
    One,
    /// One for each step.
    Steps {
        count: usize,
        /// How many of them are done when the answer is that all went well.
        promised: usize,
        why: &'static str,
    },
}

impl Entries {
    pub const fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::Steps { count, .. } => count,
        }
    }

    pub const fn promised(self) -> usize {
        match self {
            Self::One => 1,
            Self::Steps { promised, .. } => promised,
        }
    }

    pub const fn why(self) -> &'static str {
        match self {
            Self::One => "one decision is one entry",
            Self::Steps { why, .. } => why,
        }
    }
}

pub const fn one(name: &'static str, case: &'static str, run: fn(&Site) -> Result<(), Failure>) -> Operation {
    let entries = Entries::One;
    Operation {
        name,
        case,
        entries,
        hashes: false,
        run,
    }
}

pub const fn steps(
    name: &'static str,
    case: &'static str,
    count: usize,
    why: &'static str,
    run: fn(&Site) -> Result<(), Failure>,
) -> Operation {
    let promised = count;
    let entries = Entries::Steps { count, promised, why };
    Operation {
        name,
        case,
        entries,
        hashes: false,
        run,
    }
}

impl Operation {
    /// The same, which hashes a password.
    pub const fn that_hashes(self) -> Self {
        Self { hashes: true, ..self }
    }

    /// The same where the answer does not wait for the last step.
    pub const fn whose_last_step_may_fail(self) -> Self {
        let entries = match self.entries {
            Entries::Steps { count, why, .. } => Entries::Steps {
                count,
                promised: count - 1,
                why,
            },
            Entries::One => Entries::One,
        };
        Self { entries, ..self }
    }
}

/// Functions of `src/manage` that change something.
pub fn managed() -> Vec<&'static Operation> {
    let tables = [
        configuration::OPERATIONS,
        access::OPERATIONS,
        webhooks::OPERATIONS,
        own_account::MANAGED,
    ];
    tables.into_iter().flatten().collect()
}

/// Those that take too long to be done at each place where the disk can fail.
pub fn slow() -> Vec<&'static Operation> {
    access::SLOW.iter().collect()
}

/// All other operations.
pub fn all() -> Vec<&'static Operation> {
    let mut all = managed();
    all.extend(own_account::OPERATIONS);
    all.extend(programs::OPERATIONS);
    all
}
