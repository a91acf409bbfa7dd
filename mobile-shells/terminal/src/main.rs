//! The reference shell.

fn main() {}
