//! Integration tests: one binary, one file per feature.

mod browser;
mod choices;
mod cli;
mod config;
mod connectors;
mod delivery;
mod desk;
mod end_to_end;
mod files;
mod hoteldruid;
mod hubspot;
mod import;
mod matching;
mod merging;
mod mews;
mod open;
mod rollups;
mod search;
mod service;
mod store;
mod support;
mod tidy;
mod tryton;
mod web;
mod webhooks;
