//! The whole way of the data: a real HotelDruid, cardex as a daemon, a real Tryton.

mod bad_input;
mod browser;
mod crashes;
mod flow;
mod front_desk;
mod front_desk_figures;
mod identity;
mod merging;
mod rollback;
mod statuses;
mod world;
