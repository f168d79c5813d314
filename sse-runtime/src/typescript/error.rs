use std::path::PathBuf;
use std::{error, fmt, io};

/// Why a package was not made, not written, or is not current.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The name is none that npm takes.
    PackageName {
        /// The name.
        name: String,
    },
    /// Two things of one module would have the same name.
    Taken {
        /// The name.
        name: String,
        /// The file of the module.
        module: String,
    },
    /// Two Rust types have one name in TypeScript, and are not the same there.
    Types {
        /// The name.
        name: String,
    },
    /// A Rust type has a name that is none in TypeScript.
    TypeName {
        /// The name.
        name: String,
    },
    /// An endpoint cannot be written down.
    Endpoint {
        /// The trait and the method, `Trait::method`.
        endpoint: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A file or a directory of that name is there, and was not written by this.
    Foreign {
        /// What is there.
        path: PathBuf,
    },
    /// The package in a directory is not the one that would be written there.
    Outdated {
        /// The files that differ, are missing, or are of an earlier run; relative to the directory.
        files: Vec<PathBuf>,
    },
    /// The file system refused.
    Io {
        /// What was read or written.
        path: PathBuf,
        /// Its reason.
        error: io::Error,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PackageName { name } => write!(
                f,
                "`{name}` is no name of an npm package; use lower-case letters, digits, `-`, `_` and `.`, \
                 with `@scope/` before them where there is one"
            ),
            Self::Taken { name, module } => write!(
                f,
                "two things are named `{name}` in `{module}`; rename one of them, a type with \
                 `#[ts(rename = \"…\")]`"
            ),
            Self::Types { name } => write!(
                f,
                "two types are named `{name}` in TypeScript and differ; rename one of them with \
                 `#[ts(rename = \"…\")]`"
            ),
            Self::TypeName { name } => write!(
                f,
                "a type cannot be named `{name}` in TypeScript; rename it with `#[ts(rename = \"…\")]`"
            ),
            Self::Endpoint { endpoint, reason } => write!(f, "`{endpoint}`: {reason}"),
            Self::Foreign { path } => write!(
                f,
                "`{}` is there and was not generated; give the package a directory of its own",
                path.display()
            ),
            Self::Outdated { files } => {
                f.write_str("the package is not current; write it again. these files differ:")?;
                files
                    .iter()
                    .try_for_each(|file| write!(f, " `{}`", file.display()))
            }
            Self::Io { path, error } => write!(f, "`{}`: {error}", path.display()),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}
