//! What runs in the server, and how it is asked to.

use std::borrow::Cow;
use std::sync::LazyLock;

use ::redis::Cmd;

/// Appends and ends.
pub(super) static APPEND: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/append.lua"), Access::Writes));
/// Where channels end, and how much of them is kept.
pub(super) static EXTENT: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/extent.lua"), Access::Writes));
/// Records from a number on.
pub(super) static READ: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/read.lua"), Access::Reads));

/// A script that the server knows by its hash, once it was told it.
pub(super) struct Script {
    code: &'static str,
    hash: String,
    access: Access,
}

/// Whether a script may write.
#[derive(Clone, Copy)]
enum Access {
    Reads,
    Writes,
}

impl Script {
    fn new(code: &'static str, access: Access) -> Self {
        let hash = ::redis::Script::new(code).get_hash().to_owned();
        Self { code, hash, access }
    }
}

/// A call of a script.
pub(super) struct Call<'a> {
    script: &'static Script,
    keys: Vec<String>,
    arguments: Vec<Cow<'a, [u8]>>,
}

impl<'a> Call<'a> {
    pub(super) fn new(script: &'static Script, keys: Vec<String>) -> Self {
        Self {
            script,
            keys,
            arguments: Vec::new(),
        }
    }

    pub(super) fn bytes(mut self, argument: impl Into<Cow<'a, [u8]>>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub(super) fn text(self, argument: &'a str) -> Self {
        self.bytes(argument.as_bytes())
    }

    pub(super) fn display(self, argument: &impl ToString) -> Self {
        self.bytes(argument.to_string().into_bytes())
    }

    /// The one that says who has all of its keys.
    pub(super) fn key(&self) -> &str {
        self.keys.first().map_or("", String::as_str)
    }

    /// How many bytes are asked with, about.
    pub(super) fn size(&self) -> usize {
        self.arguments.iter().map(|argument| argument.len()).sum()
    }

    /// By the hash.
    pub(super) fn by_hash(&self) -> Cmd {
        self.command(match self.script.access {
            Access::Reads => ("EVALSHA_RO", &self.script.hash),
            Access::Writes => ("EVALSHA", &self.script.hash),
        })
    }

    /// By the code, from which the server learns the hash.
    pub(super) fn by_code(&self) -> Cmd {
        self.command(match self.script.access {
            Access::Reads => ("EVAL_RO", self.script.code),
            Access::Writes => ("EVAL", self.script.code),
        })
    }

    fn command(&self, (name, script): (&str, &str)) -> Cmd {
        let mut command = ::redis::cmd(name);
        command.arg(script).arg(self.keys.len()).arg(&self.keys);
        for argument in &self.arguments {
            command.arg(&**argument);
        }
        command
    }
}
