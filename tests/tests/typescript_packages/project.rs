//! A directory as that of an npm project, whose files are those of `js/packages`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sse_runtime::typescript::Package;
use tests::program;

/// What `npm` has brought.
const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/js/node_modules");
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/js/packages");

/// The compilers that have to agree: the last one written in JavaScript, and the native one.
pub(crate) const COMPILERS: [&str; 2] = ["typescript", "typescript-7"];

/// A place in a file, from 1, and what `tsc` says there.
pub(crate) type Mistake = (usize, String);

pub(crate) struct Project {
    node: PathBuf,
    directory: PathBuf,
}

impl Project {
    /// A new project, where there is Node.js.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let node = program("SSE_TEST_NODE")?;
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("packages-{name}"));
        if directory.exists() {
            fs::remove_dir_all(&directory).expect("an earlier run is removed");
        }
        let modules = directory.join("node_modules");
        fs::create_dir_all(modules.join("@acme")).expect("a writable directory");
        for module in ["react", "@types"] {
            std::os::unix::fs::symlink(Path::new(MODULES).join(module), modules.join(module))
                .expect("a link");
        }
        let project = Self { node, directory };
        project.has("package.json");
        project.has("tsconfig.json");
        Some(project)
    }

    /// Has a file of `js/packages`; where it is.
    pub(crate) fn has(&self, file: &str) -> PathBuf {
        let path = self.directory.join(file);
        fs::copy(Path::new(SOURCES).join(file), &path).expect("it is copied");
        path
    }

    /// Depends on a package, which is built as its README says.
    pub(crate) fn depends_on(&self, name: &str, package: &Package) {
        let directory = self.directory.join("node_modules").join(name);
        package.write_to(directory).expect("it is written");
        self.builds(name, COMPILERS[1]);
    }

    /// Depends on the package that the tests of `sse-runtime` expect.
    pub(crate) fn depends_on_expected(&self, name: &str) {
        const RUNTIME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sse-runtime");
        let package = self.directory.join("node_modules").join(name);
        let runtime = Path::new(RUNTIME);
        for (from, to) in [
            ("tests/typescript/expected", ""),
            ("tests/typescript/expected/src", "src"),
            ("src/typescript/runtime", "src/runtime"),
        ] {
            let to = package.join(to);
            fs::create_dir_all(&to).expect("a writable directory");
            for entry in fs::read_dir(runtime.join(from)).expect("it is there") {
                let file = entry.expect("it is read").path();
                if file.is_file() {
                    fs::copy(&file, to.join(file.file_name().expect("a name")))
                        .expect("it is copied");
                }
            }
        }
    }

    /// Builds a package that it depends on, under whatever an application may ask of its sources too.
    pub(crate) fn builds(&self, name: &str, compiler: &str) {
        let directory = self.directory.join("node_modules").join(name);
        let rules = [
            "--noUnusedLocals",
            "--noUnusedParameters",
            "--noImplicitReturns",
            "--noFallthroughCasesInSwitch",
        ];
        let built = self.tsc(compiler, &directory, &rules);
        assert!(built.status.success(), "{}", said(&built));
    }

    /// What a compiler says of a file of the project, by line.
    pub(crate) fn mistakes(&self, compiler: &str, file: &str) -> BTreeSet<Mistake> {
        let output = self.tsc(
            compiler,
            &self.directory,
            &["--noEmit", "--pretty", "false"],
        );
        let said = said(&output);
        let mistakes: BTreeSet<_> = said
            .lines()
            .filter_map(|line| mistake(line, file))
            .collect();
        assert_eq!(output.status.success(), mistakes.is_empty(), "{said}");
        mistakes
    }

    /// Runs a script of `js/packages`, beside what `npm` has brought.
    pub(crate) fn script(&self, script: &str) -> Command {
        let mut command = Command::new(&self.node);
        command.arg(Path::new(SOURCES).join(script));
        command
    }

    /// Runs a module of the project itself.
    pub(crate) fn module(&self, file: &str) -> Command {
        let mut command = Command::new(&self.node);
        command.arg(self.has(file));
        command
    }

    /// A bundle of a module of the project.
    pub(crate) fn bundle(&self, file: &str) -> String {
        let bundle = self.directory.join("bundle.js");
        let module = self.has(file);
        let bundled = self.script("bundle.js").arg(module).arg(&bundle).output();
        let bundled = bundled.expect("Node.js runs");
        assert!(bundled.status.success(), "{}", said(&bundled));
        fs::read_to_string(bundle).expect("a bundle")
    }

    fn tsc(&self, compiler: &str, project: &Path, options: &[&str]) -> Output {
        let tsc = Path::new(MODULES).join(compiler).join("bin/tsc");
        let mut command = Command::new(&self.node);
        command.arg(tsc).arg("--project").arg(project).args(options);
        // Where it names files from.
        command.current_dir(project);
        command.output().expect("Node.js runs")
    }
}

fn said(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{out}{err}")
}

/// `file.ts(3,7): error TS2345: …`, without what is indented below it.
fn mistake(line: &str, file: &str) -> Option<Mistake> {
    let place = line.strip_prefix(file)?.strip_prefix('(')?;
    let (place, message) = place.split_once("): error ")?;
    let code = message.split_once(':')?.0;
    Some((place.split_once(',')?.0.parse().ok()?, code.to_owned()))
}

/// What a file says of itself: `// TS2345` at the end of each line that is a mistake.
pub(crate) fn marked(file: &str) -> BTreeSet<Mistake> {
    let text = fs::read_to_string(Path::new(SOURCES).join(file)).expect("it is there");
    let mark = |(line, text): (usize, &str)| {
        let (_, code) = text.rsplit_once("// TS")?;
        Some((line + 1, format!("TS{code}")))
    };
    text.lines().enumerate().filter_map(mark).collect()
}
