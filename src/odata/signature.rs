//! What the functions of a filter take and give.

use super::function::Function;
use super::value_type::ValueType;

/// The types that each argument of a function may have.
pub(super) const fn takes(function: Function) -> &'static [&'static [ValueType]] {
    match function {
        Function::ToLower | Function::ToUpper | Function::Trim | Function::Length => &[&[ValueType::Text]],
        Function::Concat | Function::IndexOf => &[&[ValueType::Text], &[ValueType::Text]],
        Function::Substring => &[&[ValueType::Text], &[ValueType::Integer], &[ValueType::Integer]],
        Function::Year | Function::Month | Function::Day | Function::Date => &[&[ValueType::Date, ValueType::DateTime]],
        Function::Hour | Function::Minute | Function::Second => &[&[ValueType::DateTime, ValueType::Time]],
    }
}

/// The type of a function's result.
pub(super) const fn gives(function: Function) -> ValueType {
    match function {
        Function::ToLower | Function::ToUpper | Function::Trim | Function::Concat | Function::Substring => {
            ValueType::Text
        }
        Function::Date => ValueType::Date,
        _ => ValueType::Integer,
    }
}

/// How many arguments at the end of a function may be left out.
pub(super) const fn optional(function: Function) -> usize {
    match function {
        Function::Substring => 1,
        _ => 0,
    }
}
