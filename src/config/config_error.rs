//! Errors in the settings, and where they are.

use std::fmt;
use std::path::PathBuf;

/// Everything that is wrong with the settings; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<ConfigError>);

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub place: Place,
    /// What is wrong, and what to write instead.
    pub what: String,
}

/// The place of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File(PathBuf),
    /// A position in the file, counted from 1.
    Position {
        path: PathBuf,
        line: usize,
        /// The character in the line.
        column: usize,
    },
    /// A key in the file.
    Key {
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The key with its group.
        key: String,
    },
    /// A flag, with its dashes.
    Flag(String),
    Variable(String),
    /// The default of this key.
    Default(&'static str),
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Position { path, line, column } => {
                write!(f, "{}:{line}:{column}", path.display())
            }
            Self::Key { path, line, key } => write!(f, "{}:{line} {key}", path.display()),
            Self::Flag(flag) => f.write_str(flag),
            Self::Variable(variable) => f.write_str(variable),
            Self::Default(key) => write!(f, "the default of {key}"),
        }
    }
}
