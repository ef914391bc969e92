//! A checked filter: paths resolved, literals of the property's type.

use crate::domain::value::Value;

use super::function::Function;
use super::model::{EntitySet, Kind, Source};

/// A checked filter. `Display` writes it as text that parses to the same filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of these, two at least.
    And(Vec<Filter>),
    /// Any of these, two at least.
    Or(Vec<Filter>),
    Not(Box<Filter>),
    /// A comparison of two operands. A literal is always on the right, even if it was written on
    /// the left. The right side has the type of the left side, except that number types may differ.
    Compare {
        operator: Comparison,
        left: Operand,
        right: Operand,
    },
    /// `eq null` (or `ne null`, if not `empty`) for what is neither text nor GUID; for those it
    /// is a comparison with `''` or zeros, which is how an empty one is shown.
    Empty {
        /// What may be empty.
        operand: Operand,
        /// Whether it must be.
        empty: bool,
    },
    /// The operand is one of a list.
    In {
        operand: Operand,
        /// The values, of the operand's type.
        list: Vec<Value>,
        /// Also when it is empty.
        empty: bool,
    },
    /// `contains`, `startswith` or `endswith`.
    Text {
        test: TextTest,
        text: Operand,
        /// What it must have.
        part: Operand,
    },
    /// A boolean property without a comparison.
    Is(Operand),
    /// A condition that always or never holds.
    Constant(bool),
}

/// What is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A property, perhaps of an entity that lookups refer to.
    Path(Path),
    Value(Value),
    /// What a function makes of its arguments.
    Call(Function, Vec<Operand>),
}

/// A resolved path to a property.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    /// Lookups to follow, at most three; none for a property of the entity itself.
    pub steps: Vec<Step>,
    /// The set that the property belongs to.
    pub set: EntitySet,
    /// The property's index in the set's entity type.
    pub property: usize,
    /// Where its value is.
    pub source: Source,
    pub kind: Kind,
    /// The path as text, as in `Country/Name`.
    pub text: String,
}

/// A lookup that a path follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Step {
    /// Where the id of the entity to go to is.
    pub source: Source,
    /// The set in which that entity is.
    pub target: EntitySet,
}

/// How two operands are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

/// What a text is tested for. Case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextTest {
    Contains,
    StartsWith,
    EndsWith,
}

impl Comparison {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// The comparison that says the same with the sides exchanged.
    #[must_use]
    pub const fn flipped(self) -> Self {
        match self {
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            same => same,
        }
    }

    /// Whether the comparison holds for operands in this order.
    #[must_use]
    pub const fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
        }
    }
}

impl TextTest {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Contains, Self::StartsWith, Self::EndsWith];

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::StartsWith => "startswith",
            Self::EndsWith => "endswith",
        }
    }
}
