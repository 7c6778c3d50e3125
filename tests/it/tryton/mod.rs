//! The Tryton connector against real servers: 8.2 for everything, 6.0 for the protocol.

mod server;
