//! Secrets come from files only: never from the configuration itself, the environment or the command line.

use secrecy::SecretString;
use std::io;
use std::path::{Path, PathBuf};

/// The most that is read of a secret; a longer file is not one.
const LONGEST_BYTES: u64 = 64 * 1024;

/// Where the secret called `name` is: a bare name is looked up among the service's credentials first.
pub fn path_of(name: &str) -> PathBuf {
    locate(name, std::env::var_os("CREDENTIALS_DIRECTORY").as_deref().map(Path::new))
}

fn locate(name: &str, credentials: Option<&Path>) -> PathBuf {
    credentials
        .filter(|_| !name.contains('/'))
        .map(|folder| folder.join(name))
        .filter(|path| path.exists())
        .unwrap_or_else(|| PathBuf::from(name))
}

/// Reads the secret called `name`, without the line end that editors add.
///
/// # Errors
/// The file cannot be read, is empty, is too long or is not text.
pub fn read(name: &str) -> io::Result<SecretString> {
    read_file(&path_of(name))
}

fn read_file(path: &Path) -> io::Result<SecretString> {
    let invalid = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    if std::fs::metadata(path)?.len() > LONGEST_BYTES {
        return Err(invalid("the file is too long for a secret"));
    }
    let text = std::fs::read_to_string(path)?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(invalid("the file is empty"));
    }
    Ok(SecretString::from(secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn bare_name_is_a_credential_and_a_path_is_a_path() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("token"), "s3cret\n").expect("a file");
        assert_eq!(locate("token", Some(folder.path())), folder.path().join("token"));
        assert_eq!(locate("missing", Some(folder.path())), PathBuf::from("missing"));
        assert_eq!(locate("/etc/token", Some(folder.path())), PathBuf::from("/etc/token"));
        assert_eq!(locate("token", None), PathBuf::from("token"));
    }

    #[test]
    fn secret_is_read_without_its_line_end_and_never_printed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        std::fs::write(&path, " s3cret \r\n").expect("a file");
        let secret = read_file(&path).expect("a secret");
        assert_eq!(secret.expose_secret(), " s3cret ");
        assert!(!format!("{secret:?}").contains("s3cret"));
        std::fs::write(&path, "\n").expect("a file");
        assert!(read_file(&path).is_err());
        assert!(read_file(&folder.path().join("missing")).is_err());
    }
}
