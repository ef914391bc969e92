//! parse_expand
