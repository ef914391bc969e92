//! parse_select
