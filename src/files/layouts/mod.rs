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
    FilesSettings::parse(text).expect("a built-in layout is tested").files
}
