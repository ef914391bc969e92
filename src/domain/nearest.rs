//! "Did you mean …?"

/// The candidate that `word` was most likely meant to be, if one is near enough.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let bound = (length / 3).max(2);
    candidates
        // The distance is at least the difference in length.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= bound)
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The number of characters to add, drop or change (Levenshtein distance).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (line, left) in from.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (above, right) in row.iter().skip(1).zip(to.chars()) {
            let change = diagonal + usize::from(left != right);
            before = change.min(above + 1).min(before + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (from, to, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("listen", "listen", 0),
            ("größe", "grosse", 3),
        ] {
            assert_eq!(distance(from, to), expected, "{from} {to}");
        }
    }

    #[test]
    fn the_nearest_only_when_near() {
        let known = ["listen.address", "listen.senders", "tls.key"];
        assert_eq!(nearest("listen.adress", known.into_iter()), Some("listen.address"));
        assert_eq!(nearest("tls.keys", known.into_iter()), Some("tls.key"));
        assert_eq!(nearest("colour", known.into_iter()), None);
    }
}
