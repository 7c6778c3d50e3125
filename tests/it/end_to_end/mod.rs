//! The whole way of the data: a real HotelDruid, cardex as a daemon, a real Tryton.

mod crashes;
mod flow;
mod front_desk;
mod identity;
mod statuses;
mod world;
