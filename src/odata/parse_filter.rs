//! parse_filter
