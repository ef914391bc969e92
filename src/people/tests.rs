//! Letting people in, with a clock that the test moves.
