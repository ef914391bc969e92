//! Column types as definitions write them, such as `text(250)` or `lookup(Country)`.

use std::fmt;
use std::str::FromStr;

use super::{MAX_TEXT_LENGTH, NewColumnType, code_problem, object_code};
use crate::domain::column::ColumnType;

/// All column types, for messages.
const TAKEN: &str = "text(250) with a length from 1 to 4000, unlimited text, integer, decimal(2) with 1 to 8 decimal \
    places, currency, boolean, date, datetime, time, lookup(Country) with the code of an object, guid, phone, email, \
    web link";

impl fmt::Display for NewColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Lookup(code) => return write!(f, "lookup({code})"),
            Self::Plain(kind) => kind,
        };
        f.write_str(match kind {
            ColumnType::Text(length) => return write!(f, "text({length})"),
            ColumnType::Decimal(digits) => return write!(f, "decimal({digits})"),
            ColumnType::Lookup(object) => return write!(f, "lookup({object})"),
            ColumnType::UnlimitedText => "unlimited text",
            ColumnType::Integer => "integer",
            ColumnType::Currency => "currency",
            ColumnType::Boolean => "boolean",
            ColumnType::Date => "date",
            ColumnType::DateTime => "datetime",
            ColumnType::Time => "time",
            ColumnType::Guid => "guid",
            ColumnType::Phone => "phone",
            ColumnType::Email => "email",
            ColumnType::WebLink => "web link",
        })
    }
}

impl FromStr for NewColumnType {
    /// What is wrong and what is accepted.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (name, detail) = match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            Some((name, detail)) => (name.trim_end(), Some(detail.trim())),
            None => (text, None),
        };
        let kind = match (name.to_ascii_lowercase().as_str(), detail) {
            ("text", detail) => match detail.and_then(|length| length.parse().ok()) {
                Some(length @ 1..=MAX_TEXT_LENGTH) => ColumnType::Text(length),
                _ => {
                    return Err(format!(
                        "text needs a length from 1 to {MAX_TEXT_LENGTH}, such as text(250)"
                    ));
                }
            },
            ("decimal", detail) => match detail.and_then(|digits| digits.parse().ok()) {
                Some(digits @ 1..=8) => ColumnType::Decimal(digits),
                _ => {
                    return Err("decimal needs 1 to 8 decimal places, such as decimal(2)".to_owned());
                }
            },
            ("lookup", Some(code)) => {
                return match code_problem(code) {
                    None => Ok(Self::Lookup(object_code(code).to_owned())),
                    Some(problem) => Err(format!("the object's code {problem}")),
                };
            }
            ("lookup", None) => {
                return Err("lookup needs the code of an object, such as lookup(Country)".to_owned());
            }
            ("unlimited text", None) => ColumnType::UnlimitedText,
            ("integer", None) => ColumnType::Integer,
            ("currency", None) => ColumnType::Currency,
            ("boolean", None) => ColumnType::Boolean,
            ("date", None) => ColumnType::Date,
            ("datetime", None) => ColumnType::DateTime,
            ("time", None) => ColumnType::Time,
            ("guid", None) => ColumnType::Guid,
            ("phone", None) => ColumnType::Phone,
            ("email", None) => ColumnType::Email,
            ("web link", None) => ColumnType::WebLink,
            _ => {
                return Err(format!("unknown column type '{text}'; allowed types are {TAKEN}"));
            }
        };
        Ok(Self::Plain(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read_as_it_is_written() {
        let written = [
            "text(1)",
            "text(250)",
            "text(4000)",
            "unlimited text",
            "integer",
            "decimal(1)",
            "decimal(8)",
            "currency",
            "boolean",
            "date",
            "datetime",
            "time",
            "guid",
            "phone",
            "email",
            "web link",
            "lookup(Country)",
        ];
        for text in written {
            let kind: NewColumnType = text.parse().unwrap();
            assert_eq!(kind.to_string(), text);
        }
    }

    #[test]
    fn spelling_is_taken_loosely() {
        for (text, kind) in [
            ("Text (50)", "text(50)"),
            (" WEB LINK ", "web link"),
            ("lookup( City )", "lookup(City)"),
        ] {
            assert_eq!(text.parse::<NewColumnType>().unwrap().to_string(), kind);
        }
        let alias: NewColumnType = "lookup(SubmittedForm)".parse().unwrap();
        assert_eq!(alias, NewColumnType::Lookup("FormSubmit".to_owned()));
    }

    #[test]
    fn what_is_no_type_is_refused_with_what_is_taken() {
        for text in [
            "",
            "text",
            "text()",
            "text(0)",
            "text(4001)",
            "text(-1)",
            "text(65537)",
            "decimal",
            "decimal(9)",
        ] {
            assert!(text.parse::<NewColumnType>().is_err(), "{text}");
        }
        for text in [
            "lookup",
            "lookup()",
            "lookup(1A)",
            "integer(3)",
            "varchar",
            "datetime)",
            "(",
            "text(9",
        ] {
            assert!(text.parse::<NewColumnType>().is_err(), "{text}");
        }
        assert!("varchar".parse::<NewColumnType>().unwrap_err().contains("web link"));
    }
}
