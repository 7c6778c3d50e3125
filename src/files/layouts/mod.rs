//! The layouts that need no mapping: written in the words of the configuration, so that each is an example too.

use super::mapping::FilesSettings;
use super::mapping::settings::{FileMapping, Layout};

const CARDEXGEN: &str = include_str!("cardexgen.toml");
const OTA: &str = include_str!("ota.toml");

/// The mappings of a layout.
pub(crate) fn of(layout: Layout) -> Vec<FileMapping> {
    let text = match layout {
        Layout::Cardexgen => CARDEXGEN,
        Layout::Ota => OTA,
    };
    parse(text).expect("a built-in layout is tested").files
}

/// Reads settings from TOML.
pub(crate) fn parse(text: &str) -> Result<FilesSettings, config::ConfigError> {
    let file = config::File::from_str(text, config::FileFormat::Toml);
    config::Config::builder().add_source(file).build()?.try_deserialize()
}
