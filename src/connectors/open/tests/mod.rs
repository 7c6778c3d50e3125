//! The pure parts of the open connector: values, answers, signatures, settings.

mod answers;
mod push;
mod settings;
mod values;
