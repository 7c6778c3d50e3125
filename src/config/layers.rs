//! The layers of the configuration: built-in defaults, the site's file, `conf.d`, the environment. Later ones win.

use config::{FileFormat, Format as _, Map, Source, Value, ValueKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::ConfigError;

/// The built-in defaults: every key of the fixed sections.
const DEFAULTS: &str = include_str!("../../config/default.toml");

/// Where the site's file is looked for when nobody names one.
const SYSTEM_FILE: &str = "/etc/cardex/cardex.toml";

/// What the variables of the environment begin with.
const ENV_PREFIX: &str = "CARDEX";

/// Tables whose entries inherit the keys they do not set from another table.
pub(super) const INHERITED: [(&str, &str); 2] =
    [("properties", "property_defaults"), ("systems", "system_defaults")];

/// What a configuration is read from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The site's file, when it was named; else the usual places are looked at.
    pub file: Option<PathBuf>,
    /// The variables of the environment.
    pub env: BTreeMap<String, String>,
}

impl Sources {
    /// The named file, or none, and the environment of this process.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        let env = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { file, env }
    }

    fn env_path(&self, key: &str) -> Option<PathBuf> {
        self.env.get(key).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// Where the hub's file lies by default.
    pub fn state_folder(&self) -> PathBuf {
        self.env_path("STATE_DIRECTORY")
            .or_else(|| self.env_path("XDG_STATE_HOME").map(|folder| folder.join("cardex")))
            .or_else(|| self.env_path("HOME").map(|home| home.join(".local/state/cardex")))
            .unwrap_or_else(|| PathBuf::from("/var/lib/cardex"))
    }

    /// The site's file: the named one, else the first that exists of the user's and the machine's.
    fn site_file(&self) -> Option<PathBuf> {
        if let Some(named) = &self.file {
            return Some(named.clone());
        }
        let home = self.env_path("HOME").map(|home| home.join(".config"));
        let user = self.env_path("XDG_CONFIG_HOME").or(home).map(|folder| folder.join("cardex/cardex.toml"));
        // A service has no home of its own: only the machine's file counts then.
        let user = user.filter(|_| !self.env.contains_key("STATE_DIRECTORY"));
        user.into_iter().chain([PathBuf::from(SYSTEM_FILE)]).find(|path| path.exists())
    }

    /// The files to read, in order.
    ///
    /// # Errors
    /// The named file does not exist, or its `conf.d` cannot be listed.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>, ConfigError> {
        let Some(site) = self.site_file() else { return Ok(Vec::new()) };
        let unreadable = |path: &Path| {
            let path = path.to_path_buf();
            move |source| ConfigError::Unreadable { path, source }
        };
        std::fs::File::open(&site).map_err(unreadable(&site))?;
        let folder = site.parent().unwrap_or_else(|| Path::new(".")).join("conf.d");
        let mut files = vec![site];
        if folder.is_dir() {
            let mut parts = std::fs::read_dir(&folder)
                .and_then(|entries| {
                    entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()
                })
                .map_err(unreadable(&folder))?;
            parts.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
            parts.sort();
            files.extend(parts);
        }
        Ok(files)
    }

    /// All layers in one tree; every value remembers where it was set.
    ///
    /// # Errors
    /// A file cannot be read or is not TOML.
    pub(super) fn merge(&self) -> Result<Value, ConfigError> {
        let mut builder = config::Config::builder().add_source(Layer::parse(DEFAULTS, None)?);
        for path in self.files()? {
            let text = std::fs::read_to_string(&path)
                .map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?;
            builder = builder.add_source(Layer::parse(&text, Some(path.display().to_string()))?);
        }
        let environment = config::Environment::with_prefix(ENV_PREFIX)
            .prefix_separator("__")
            .separator("__")
            .ignore_empty(true)
            .try_parsing(true)
            .source(Some(self.env.clone().into_iter().collect()));
        let merged = builder.add_source(environment).build().map_err(|source| ConfigError::Syntax {
            place: "the environment".to_owned(),
            source: source.into(),
        })?;
        Ok(Value::new(None, merged.cache.kind))
    }
}

/// One file, read.
///
/// The library's own file source would name the file by a path relative to the working directory.
#[derive(Debug, Clone)]
struct Layer(Map<String, Value>);

impl Layer {
    /// Reads TOML; every value remembers `origin`.
    fn parse(text: &str, origin: Option<String>) -> Result<Self, ConfigError> {
        FileFormat::Toml.parse(origin.as_ref(), text).map(Self).map_err(|source| ConfigError::Syntax {
            place: origin.map_or_else(|| "the built-in defaults".to_owned(), |file| format!("`{file}`")),
            source,
        })
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.clone())
    }
}

/// Gives every hotel and every system the keys that it does not set itself, and drops the tables they come from.
pub(super) fn inherit(tree: &mut Value) {
    let ValueKind::Table(root) = &mut tree.kind else { return };
    for (entries, defaults) in INHERITED {
        let Some(ValueKind::Table(inherited)) = root.remove(defaults).map(|value| value.kind) else {
            continue;
        };
        let Some(ValueKind::Table(entries)) = root.get_mut(entries).map(|value| &mut value.kind) else {
            continue;
        };
        for entry in entries.values_mut() {
            let ValueKind::Table(entry) = &mut entry.kind else { continue };
            for (key, value) in &inherited {
                entry.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}
