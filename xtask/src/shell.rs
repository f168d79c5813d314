//! Running commands: each is printed as one could type it, then its output passes through.

use std::{
    borrow::Cow,
    env,
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

/// Why a step ended before it passed.
#[derive(Debug)]
pub(crate) enum Stop {
    /// What was checked is not as it should be.
    Failed(String),
    /// It could not be checked here: something is not on this machine and could not be brought.
    Skipped(String),
}

/// Runs commands in the root of the workspace, with the variables it was given.
#[derive(Clone)]
pub(crate) struct Shell {
    root: PathBuf,
    path: OsString,
    variables: Vec<(&'static str, String)>,
    is_aside: bool,
}

impl Shell {
    /// A shell that also finds the programs in `tools`.
    pub(crate) fn new(root: &Path, tools: &Path) -> Result<Self, String> {
        let inherited = env::var_os("PATH").unwrap_or_default();
        // The directories of `sbin`, where Debian keeps nginx, are not on everybody's path.
        let directories = [tools.join("bin")]
            .into_iter()
            .chain(env::split_paths(&inherited))
            .chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from));
        let path = env::join_paths(directories)
            .map_err(|error| format!("`{}` cannot be put on the path: {error}", tools.display()))?;
        Ok(Self {
            root: root.to_owned(),
            path,
            variables: Vec::new(),
            is_aside: false,
        })
    }

    /// This shell beside another: its commands give way to all others, and nothing is printed.
    pub(crate) fn aside(&self) -> Self {
        Self {
            is_aside: true,
            ..self.clone()
        }
    }

    /// This shell with one more variable for its commands.
    pub(crate) fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut shell = self.clone();
        shell.variables.push((name, value.into()));
        shell
    }

    /// Runs a command whose words are parted by spaces.
    pub(crate) fn run(&self, command: &str) -> Result<(), Stop> {
        self.run_with(command, &[])
    }

    /// Runs a command with further arguments, which may hold spaces.
    pub(crate) fn run_with(&self, command: &str, further: &[&str]) -> Result<(), Stop> {
        let words: Vec<&str> = command
            .split_whitespace()
            .chain(further.iter().copied())
            .collect();
        let mut command = self.command(&words)?;
        if self.is_aside {
            command.stdout(Stdio::null()).stderr(Stdio::null());
        }
        self.print(&words);
        let status = command
            .status()
            .map_err(|error| cannot_run(&words, &error))?;
        succeeded(&words, status)
    }

    /// Runs a command for what it writes to its standard output.
    pub(crate) fn read(&self, command: &str) -> Result<String, Stop> {
        let words: Vec<&str> = command.split_whitespace().collect();
        self.print(&words);
        let output = self
            .command(&words)?
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| cannot_run(&words, &error))?;
        succeeded(&words, output.status)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// What a command writes, for questions rather than checks: nothing is printed. `None` where it
    /// fails or is not on this machine.
    pub(crate) fn ask(&self, command: &str) -> Option<String> {
        let words: Vec<&str> = command.split_whitespace().collect();
        let output = self.command(&words).ok()?.output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success().then_some(text)
    }

    /// The program's file, if it is on the path.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        env::split_paths(&self.path)
            .map(|directory| directory.join(program))
            .find(|file| file.is_file())
    }

    fn print(&self, words: &[&str]) {
        let variables = &self.variables;
        if !self.is_aside {
            println!("$ {}", Typed { variables, words });
        }
    }

    fn command(&self, words: &[&str]) -> Result<Command, Stop> {
        let [program, arguments @ ..] = words else {
            return Err(Stop::Failed("a command has no words".to_owned()));
        };
        let mut command = if self.is_aside {
            let mut nice = Command::new("nice");
            nice.args(["-n", "19", program]);
            nice
        } else {
            Command::new(program)
        };
        command
            .args(arguments)
            .current_dir(&self.root)
            .env("PATH", &self.path)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        Ok(command)
    }
}

fn succeeded(words: &[&str], status: ExitStatus) -> Result<(), Stop> {
    if status.success() {
        Ok(())
    } else {
        Err(Stop::Failed(format!("`{}`: {status}", words.join(" "))))
    }
}

fn cannot_run(words: &[&str], error: &std::io::Error) -> Stop {
    Stop::Failed(format!("`{}` cannot be run: {error}", words.join(" ")))
}

/// A command as it would be typed in a shell.
struct Typed<'a> {
    variables: &'a [(&'static str, String)],
    words: &'a [&'a str],
}

impl fmt::Display for Typed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variables = self
            .variables
            .iter()
            .map(|(name, value)| format!("{name}={}", quoted(value)));
        let words = self.words.iter().map(|word| quoted(word).into_owned());
        f.write_str(&variables.chain(words).collect::<Vec<_>>().join(" "))
    }
}

fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "-_=./,:@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> Shell {
        Shell::new(Path::new("/"), Path::new("/nonexistent")).expect("a plain path")
    }

    #[test]
    fn a_command_is_shown_as_one_could_type_it() {
        let variables = [("RUSTDOCFLAGS", "-D warnings".to_owned())];
        let words = ["cargo", "doc", "--features=a,b", "it's", ""];
        assert_eq!(
            Typed {
                variables: &variables,
                words: &words
            }
            .to_string(),
            r"RUSTDOCFLAGS='-D warnings' cargo doc --features=a,b 'it'\''s' ''",
        );
    }

    #[test]
    fn a_failing_command_fails_and_is_named() {
        let stopped = shell().run("false --now");
        assert!(
            matches!(stopped, Err(Stop::Failed(why)) if why.starts_with("`false --now`: exit"))
        );
    }

    #[test]
    fn a_missing_program_fails_and_is_named() {
        let stopped = shell().run("no-such-program");
        assert!(
            matches!(stopped, Err(Stop::Failed(why)) if why.contains("`no-such-program` cannot be run"))
        );
    }

    #[test]
    fn variables_reach_the_command() {
        let answer = shell()
            .with("GREETING", "good morning")
            .ask("printenv GREETING");
        assert_eq!(answer.as_deref(), Some("good morning\n"));
    }
}
