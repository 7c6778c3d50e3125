//! The cardex binary.
fn main() {}
