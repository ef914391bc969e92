//! "Did you mean …?"

/// The candidate that `word` was most likely meant to be, if one is near enough.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let bound = (length / 3).max(2);
    candidates
        // The distance is at least the difference in length.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= bound)
        .map(|candidate| (strsim::levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_only_when_near() {
        let known = ["listen.address", "listen.senders", "tls.key"];
        assert_eq!(nearest("listen.adress", known.into_iter()), Some("listen.address"));
        assert_eq!(nearest("tls.keys", known.into_iter()), Some("tls.key"));
        assert_eq!(nearest("colour", known.into_iter()), None);
        // By characters, not by bytes.
        assert_eq!(nearest("größe", ["grosse"].into_iter()), None);
        assert_eq!(nearest("größe", ["grösse"].into_iter()), Some("grösse"));
    }
}
