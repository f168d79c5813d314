//! Brings a directory to hold a package, and nothing else of ours.

use std::collections::BTreeMap;
use std::fs::{self, FileType};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Error;
use super::text::MARK;

/// Where files of a package are that may be no longer part of it.
const MODULES: [&str; 2] = ["src", "src/runtime"];

/// What has to be done.
struct Plan {
    /// What is not there as it should be.
    changed: Vec<PathBuf>,
    /// What is left of an earlier run.
    stale: Vec<PathBuf>,
}

pub(super) fn write(directory: &Path, files: &BTreeMap<PathBuf, String>) -> Result<(), Error> {
    let Plan { changed, stale } = plan(directory, files)?;
    for path in changed {
        let Some(text) = files.get(&path) else {
            continue;
        };
        let path = directory.join(path);
        replace(&path, text).map_err(|error| Error::Io { path, error })?;
    }
    for path in stale {
        let path = directory.join(path);
        fs::remove_file(&path).map_err(|error| Error::Io { path, error })?;
    }
    Ok(())
}

pub(super) fn check(directory: &Path, files: &BTreeMap<PathBuf, String>) -> Result<(), Error> {
    let Plan { changed, stale } = plan(directory, files)?;
    match [changed, stale].concat() {
        files if files.is_empty() => Ok(()),
        files => Err(Error::Outdated { files }),
    }
}

/// Looks at all there is, so that nothing is written where something is in the way.
fn plan(directory: &Path, files: &BTreeMap<PathBuf, String>) -> Result<Plan, Error> {
    for modules in MODULES {
        let path = directory.join(modules);
        if kind(&path)?.is_some_and(|kind| !kind.is_dir()) {
            return Err(Error::Foreign { path });
        }
    }
    let mut changed = Vec::new();
    for (name, text) in files {
        let path = directory.join(name);
        match kind(&path)? {
            None => changed.push(name.clone()),
            Some(kind) if !kind.is_file() => return Err(Error::Foreign { path }),
            Some(_) => match read(&path)? {
                Some(found) if is_same(&found, text) => {}
                Some(found) if is_ours(&found) => changed.push(name.clone()),
                _ => return Err(Error::Foreign { path }),
            },
        }
    }
    Ok(Plan {
        changed,
        stale: stale(directory, files)?,
    })
}

/// Files of ours among the modules that are none of `files`.
fn stale(directory: &Path, files: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>, Error> {
    let mut stale = Vec::new();
    for modules in MODULES {
        let path = directory.join(modules);
        if kind(&path)?.is_none() {
            continue;
        }
        let failed = |error| Error::Io {
            path: path.clone(),
            error,
        };
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = Path::new(modules).join(entry.file_name());
            let is_file = entry.file_type().map_err(failed)?.is_file();
            if is_file
                && !files.contains_key(&name)
                && read(&entry.path())?.is_some_and(|found| is_ours(&found))
            {
                stale.push(name);
            }
        }
    }
    stale.sort();
    Ok(stale)
}

/// What is there, if anything is. A link is a link and not what it leads to: that may be anywhere.
fn kind(path: &Path) -> Result<Option<FileType>, Error> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata.file_type())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::Io {
            path: path.to_owned(),
            error,
        }),
    }
}

/// The text of a file; `None` where it is not UTF-8, and so none of ours.
fn read(path: &Path) -> Result<Option<String>, Error> {
    let bytes = fs::read(path).map_err(|error| Error::Io {
        path: path.to_owned(),
        error,
    })?;
    Ok(String::from_utf8(bytes).ok())
}

/// Whether it is that text, as git checks it out on any platform.
fn is_same(found: &str, text: &str) -> bool {
    found == text || found.replace("\r\n", "\n") == text
}

/// JSON has no comments, so there the mark is in its second line.
fn is_ours(found: &str) -> bool {
    found.lines().take(2).any(|line| line.contains(MARK))
}

/// Writes a file in one step: who reads it meanwhile, or after this was interrupted, finds all of the
/// old or all of the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(parent)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = parent.join(format!(".{name}.{}", std::process::id()));
    let written = fs::File::create_new(&new)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // Of the two errors the first says more.
        let _ = fs::remove_file(&new);
    }
    written
}
