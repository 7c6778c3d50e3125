//! cardex keeps hotel PMSs and CRMs telling the same truth about the same guests and stays.
//!
//! The modules in reading order; `ARCHITECTURE.md` draws the map.

pub mod clock;
pub mod duplicates;
pub mod model;
pub mod reconcile;
pub mod schedule;
pub mod search;

pub mod config;
pub mod connectors;
pub mod queue;
pub mod store;

pub mod audit;
pub mod capture;
pub mod deliver;
pub mod files;
pub mod finder;
pub mod hub;
pub mod import;
pub mod matching;
pub mod operators;
pub mod profile;
pub mod review;
pub mod rollup;
pub mod systems;

pub mod api;
pub mod cli;
pub mod daemon;
pub mod demo;
pub mod desk;
pub mod service;
pub mod telemetry;
mod words;
