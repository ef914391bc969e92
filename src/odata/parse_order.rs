//! parse_order
