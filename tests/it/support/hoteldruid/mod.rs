//! A real HotelDruid for the tests: its own PHP pages on a loopback port, over SQLite,
//! PostgreSQL or MariaDB, driven through the forms a receptionist uses.
//!
//! It installs nothing: `tests/setup/hoteldruid.sh` does, and [`HotelDruid::start`] fails the
//! test with that hint when it has not been run. It never writes guests or bookings with SQL:
//! what HotelDruid stores is what the tests are about. SQL is for looking (see
//! [`HotelDruid::sql`]) and for damage no form can do.

mod bookings;
mod database;
mod form;
mod guests;
mod instance;
mod mariadb;
mod template;

pub(crate) use bookings::{BookedBy, NewBooking};
pub(crate) use guests::NewGuest;
pub(crate) use instance::{Flavour, HotelDruid, ZONE};
