//! What several tests share: the real servers they talk to.

pub(crate) mod hoteldruid;
