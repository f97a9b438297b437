//! Passwords in a file, in the form of PostgreSQL's own `.pgpass`: `host:port:database:user:password` a line, `*` for any.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::store::StoreError;

const LONGEST: u64 = 64 * 1024;

/// The password of the first line that fits. None if no line does.
pub(super) fn look_up(
    file: &Path,
    host: &str,
    port: u16,
    database: &str,
    user: &str,
) -> Result<Option<Zeroizing<String>>, StoreError> {
    let text = read(file).map_err(|error| StoreError::from_io(file, &error))?;
    let port = port.to_string();
    let wanted = [host, &port, database, user];
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some(fields) = fields(line) else { continue };
        if fields.iter().zip(wanted).all(|(field, wanted)| **field == "*" || **field == wanted) {
            return Ok(fields.into_iter().next_back());
        }
    }
    Ok(None)
}

fn read(path: &Path) -> std::io::Result<Zeroizing<String>> {
    let file = File::open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            let told = "others may read it, and it holds passwords: take that right away with `chmod 600`";
            return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, told));
        }
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// The five fields of a line; a backslash takes the character behind it as it is.
fn fields(line: &str) -> Option<[Zeroizing<String>; 5]> {
    let mut fields: [Zeroizing<String>; 5] = Default::default();
    let mut at = 0;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ':' if at < 4 => at += 1,
            '\\' => fields[at].push(characters.next()?),
            other => fields[at].push(other),
        }
    }
    (at == 4).then_some(fields)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_first_line_that_fits_in_a_file_for_the_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passwords");
        std::fs::write(&path, "# ours\nshort:line\nhost:1:books:me:one\n*:5432:a\\:b:*:t\\\\wo:x\n*:*:*:me:three\n")
            .unwrap();
        let permit = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        permit(0o600);
        let found = |host, port, database, user| {
            look_up(&path, host, port, database, user).unwrap().map(|found| found.as_str().to_owned())
        };
        assert_eq!(found("host", 1, "books", "me").as_deref(), Some("one"));
        assert_eq!(found("else", 5432, "a:b", "you").as_deref(), Some("t\\wo:x"));
        assert_eq!(found("host", 2, "books", "me").as_deref(), Some("three"));
        assert_eq!(found("host", 2, "books", "you"), None);
        permit(0o640);
        let told = look_up(&path, "host", 1, "books", "me").unwrap_err().to_string();
        assert!(told.contains("chmod 600") && !told.contains("one:"), "{told}");
    }
}
