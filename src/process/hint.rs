//! Suggests the column that an unknown key was probably meant for.

use crate::domain::column::Column;
use crate::domain::nearest::nearest;
use crate::domain::object::Object;
use crate::domain::parse_issue::Reason;

/// The maximum number of characters to compare for all hints of one webhook: a few milliseconds.
const MAX_COMPARED: usize = 500_000;

/// Shorter keys are similar to too many others.
const SHORTEST: usize = 4;

/// Finds columns of an object that are similar to unknown keys. The work for all keys of a webhook
/// together is limited; keys beyond the limit get no hint.
pub struct Hints<'o> {
    object: &'o Object,
    /// The keys of the columns in lower case, and their total length. Computed at the first use.
    keys: Option<(Vec<String>, usize)>,
    left: usize,
}

impl<'o> Hints<'o> {
    /// Hints for keys of webhooks that name this object.
    pub const fn new(object: &'o Object) -> Self {
        Self {
            object,
            keys: None,
            left: MAX_COMPARED,
        }
    }

    /// The reason why an unknown key matches no column, with a hint if possible.
    pub fn unknown(&mut self, key: &str) -> Reason {
        let key = key.trim();
        if let Some(column) = self.captioned(key) {
            return Reason::CaptionSent { key: column.key() };
        }
        self.near(key).map_or(Reason::UnknownColumn, |column| {
            let key = column.key();
            Reason::UnknownColumnNear { key }
        })
    }

    /// The column with this caption, if it is the only one.
    fn captioned(&mut self, key: &str) -> Option<&'o Column> {
        self.pay(self.object.columns.len())?;
        let mut columns = self.object.columns.iter();
        let mut next = || columns.find(|column| !key.is_empty() && column.caption.eq_ignore_ascii_case(key));
        next().filter(|_| next().is_none())
    }

    fn near(&mut self, key: &str) -> Option<&'o Column> {
        let length = key.chars().count();
        if length < SHORTEST {
            return None;
        }
        let object = self.object;
        let characters = self.keys.get_or_insert_with(|| lower_keys(object)).1;
        self.pay(length.saturating_mul(characters))?;
        let (keys, _) = self.keys.as_ref()?;
        let found = nearest(&key.to_lowercase(), keys.iter().map(String::as_str))?;
        let place = keys.iter().position(|key| key == found)?;
        object.columns.get(place)
    }

    /// Uses up work. None if it costs more than is left.
    const fn pay(&mut self, cost: usize) -> Option<()> {
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                Some(())
            }
            None => None,
        }
    }
}

fn lower_keys(object: &Object) -> (Vec<String>, usize) {
    let keys: Vec<String> = object
        .columns
        .iter()
        .map(|column| column.key().to_ascii_lowercase())
        .collect();
    let characters = keys.iter().map(String::len).sum();
    (keys, characters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::column::{ColumnDefault, ColumnType};

    fn object(columns: impl IntoIterator<Item = (String, String, ColumnType)>) -> Object {
        let column = |(id, (code, caption, kind)): (u16, (String, String, ColumnType))| Column {
            id,
            code,
            caption,
            kind,
            required: false,
            default: ColumnDefault::Empty,
            index: crate::domain::column::IndexState::None,
        };
        Object {
            id: 1,
            code: "UsrX".to_owned(),
            caption: "X".to_owned(),
            lookup: false,
            display: "Name".to_owned(),
            strict: false,
            columns: (1..).zip(columns).map(column).collect(),
            next_column: 2000,
        }
    }

    fn contact() -> Object {
        let columns = [
            ("Name", "Full name", ColumnType::Text(250)),
            ("BusinessPhone", "Business phone", ColumnType::Phone),
            ("Country", "Land", ColumnType::Lookup(7)),
            ("First", "Twice", ColumnType::Integer),
            ("Second", "Twice", ColumnType::Integer),
        ];
        object(columns.map(|(code, caption, kind)| (code.to_owned(), caption.to_owned(), kind)))
    }

    #[test]
    fn a_key_that_is_a_caption_or_nearly_a_column_gets_a_hint() {
        let object = contact();
        let mut hints = Hints::new(&object);
        let caption = |key: &str| Reason::CaptionSent { key: key.to_owned() };
        let near = |key: &str| Reason::UnknownColumnNear { key: key.to_owned() };
        for (sent, wanted) in [
            ("Full name", caption("Name")),
            (" FULL NAME ", caption("Name")),
            ("Land", caption("CountryId")),
            ("BusinesPhone", near("BusinessPhone")),
            ("business_phone", near("BusinessPhone")),
            ("CountyID", near("CountryId")),
            ("Names", near("Name")),
            ("Nam", Reason::UnknownColumn),
            ("Twice", Reason::UnknownColumn),
            ("PageUrl", Reason::UnknownColumn),
            ("", Reason::UnknownColumn),
            ("größer", Reason::UnknownColumn),
        ] {
            assert_eq!(hints.unknown(sent), wanted, "{sent}");
        }
    }

    #[test]
    fn hints_end_where_their_bound_is() {
        let wide = object((0..1000).map(|number| {
            let code = format!("Column{number:04}{}", "x".repeat(100));
            (code, String::new(), ColumnType::Integer)
        }));
        let mut hints = Hints::new(&wide);
        let long = "y".repeat(1_000_000);
        assert_eq!(hints.unknown(&long), Reason::UnknownColumn);
        assert_eq!(hints.unknown("Colum"), Reason::UnknownColumn);
        assert!(hints.left < MAX_COMPARED, "a short key is looked for, and paid for");
        for number in 0..10_000 {
            hints.unknown(&format!("Unknown{number}"));
        }
        assert!(hints.left < 110_000, "nothing is left for another one: {}", hints.left);

        // A key that is too expensive leaves the budget of the next one unchanged.
        let object = contact();
        let mut hints = Hints::new(&object);
        assert_eq!(hints.unknown(&long), Reason::UnknownColumn);
        let key = "Name".to_owned();
        assert_eq!(hints.unknown("Names"), Reason::UnknownColumnNear { key });
    }
}
