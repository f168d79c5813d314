//! The file that keeps from where to go on.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sse_runtime::client::Position;
use tempfile::NamedTempFile;

/// A file that keeps a place in a stream, from which a later run goes on.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    path: PathBuf,
    /// What the file holds; without a file the beginning.
    kept: Position,
    /// When this run has last put something there.
    kept_at: Option<Instant>,
}

/// What is in the file. The key tells it from other files, which would be lost.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Content<P> {
    position: P,
}

impl FromStr for Place {
    type Err = String;

    /// Reads the file, and finds out whether it could be written: better now than after the first event.
    fn from_str(path: &str) -> Result<Self, String> {
        let path = PathBuf::from(path);
        let place = Self {
            kept: load(&path)?.unwrap_or_default(),
            path,
            kept_at: None,
        };
        place.draft().map_err(|error| place.unwritable(&error))?;
        Ok(place)
    }
}

impl Place {
    /// The place that is in the file.
    pub(crate) fn position(&self) -> &Position {
        &self.kept
    }

    /// Puts a place into the file, in one go: who reads it, also after a crash, finds the one before or
    /// this one.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub(crate) fn keep(&mut self, position: &Position) -> Result<(), String> {
        if *position == self.kept {
            return Ok(());
        }
        self.replace(position)
            .map_err(|error| self.unwritable(&error))?;
        self.kept = position.clone();
        self.kept_at = Some(Instant::now());
        Ok(())
    }

    /// Whether this run has put nothing there for that time.
    pub(crate) fn is_older_than(&self, time: Duration) -> bool {
        self.kept_at.is_none_or(|kept_at| kept_at.elapsed() >= time)
    }

    fn replace(&self, position: &Position) -> io::Result<()> {
        let mut draft = self.draft()?;
        serde_json::to_writer(&mut draft, &Content { position })?;
        draft.write_all(b"\n")?;
        // Otherwise a crash of the machine may leave the name and nothing in it.
        draft.as_file().sync_data()?;
        draft.persist(&self.path)?;
        Ok(())
    }

    /// A file beside it, so that it can be moved into its place.
    fn draft(&self) -> io::Result<NamedTempFile> {
        let directory = self
            .path
            .parent()
            .filter(|path| !path.as_os_str().is_empty());
        NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))
    }

    fn unwritable(&self, error: &io::Error) -> String {
        format!("`{}` cannot be written: {error}", self.path.display())
    }
}

fn load(path: &Path) -> Result<Option<Position>, String> {
    let content = match fs::read(path) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("`{}` cannot be read: {error}", path.display())),
    };
    match serde_json::from_slice::<Content<Position>>(&content) {
        Ok(content) => Ok(Some(content.position)),
        Err(error) => Err(format!(
            "`{}` holds no place in a stream ({error}); name another file, or delete this one to begin anew",
            path.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_a_directory(test: impl FnOnce(&Path)) {
        let directory = tempfile::tempdir().expect("a writable directory");
        test(&directory.path().join("place"));
    }

    fn open(path: &Path) -> Result<Place, String> {
        path.to_str().expect("text").parse()
    }

    fn after(id: &str) -> Position {
        Position::after(id.parse().expect("an id"))
    }

    #[test]
    fn a_file_that_is_not_there_holds_the_beginning() {
        in_a_directory(|path| {
            let place = open(path).expect("a place");
            assert_eq!(*place.position(), Position::default());
        });
    }

    #[test]
    fn what_was_kept_last_is_found_again() {
        in_a_directory(|path| {
            let mut place = open(path).expect("a place");
            for id in ["7", "8"] {
                place.keep(&after(id)).expect("it is kept");
            }
            let again = open(path).expect("a place");
            assert_eq!(*again.position(), after("8"));
            let directory = path.parent().expect("a directory");
            let files = fs::read_dir(directory).expect("a directory").count();
            assert_eq!(files, 1, "nothing lies beside it");
        });
    }

    #[test]
    fn a_file_that_holds_something_else_is_left_alone_and_named() {
        for content in ["", "a letter", "{}", r#"{"position":{},"name":"mine"}"#] {
            in_a_directory(|path| {
                fs::write(path, content).expect("a writable file");
                let refusal = open(path).expect_err("it is no place");
                assert!(refusal.contains("holds no place in a stream"), "{refusal}");
                assert_eq!(fs::read_to_string(path).ok().as_deref(), Some(content));
            });
        }
    }

    #[test]
    fn what_cannot_be_written_is_refused_at_once() {
        let refusal = open(Path::new("/nowhere/at/all")).expect_err("there is no such directory");
        assert!(
            refusal.starts_with("`/nowhere/at/all` cannot be written: "),
            "{refusal}"
        );
        let refusal = open(Path::new("/")).expect_err("it is a directory");
        assert!(refusal.starts_with("`/` cannot be read: "), "{refusal}");
    }
}
