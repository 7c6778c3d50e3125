//! What normalising makes of what systems and people write.

mod names;
mod profiles;
