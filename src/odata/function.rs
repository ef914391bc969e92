//! The functions of a filter.

/// A function that makes one value of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of OData")]
pub enum Function {
    ToLower,
    ToUpper,
    Trim,
    Concat,
    Length,
    IndexOf,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Date,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::ToLower,
        Self::ToUpper,
        Self::Trim,
        Self::Concat,
        Self::Length,
        Self::IndexOf,
        Self::Year,
        Self::Month,
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
        Self::Date,
    ];

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ToLower => "tolower",
            Self::ToUpper => "toupper",
            Self::Trim => "trim",
            Self::Concat => "concat",
            Self::Length => "length",
            Self::IndexOf => "indexof",
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Date => "date",
        }
    }
}
