//! What generators of TypeScript make of documents.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::passes;

use super::{EXAMPLES, directory, fetch, node, start};

/// Runs the compiler over files, as strictly as it can.
fn compiled(directory: &Path, files: &[String]) -> Option<Command> {
    let mut compile = node("node_modules/typescript/lib/tsc.js")?;
    let options = "--noEmit --strict --noUncheckedIndexedAccess --target es2022 --lib es2022,dom,dom.iterable \
                   --module esnext --moduleResolution bundler";
    compile.args(options.split_whitespace());
    compile.args(files.iter().map(|file| directory.join(file)));
    Some(compile)
}

/// Generates with both generators, below a directory.
fn generate(document: &Path, directory: &Path) -> Option<()> {
    let mut first = node("node_modules/openapi-typescript/bin/cli.js")?;
    passes(
        first
            .arg(document)
            .arg("--output")
            .arg(directory.join("openapi-typescript.ts")),
    );
    let mut second = node("node_modules/@hey-api/openapi-ts/bin/run.js")?;
    passes(
        second
            .args(["--no-log-file", "--input"])
            .arg(document)
            .arg("--output")
            .arg(directory.join("hey-api")),
    );
    Some(())
}

#[tokio::test]
async fn a_comparison_of_the_name_narrows_the_data() {
    let directory = directory("narrowed");
    let document = directory.join("openapi.json");
    fetch(&start("job"), "/openapi-3.1.json", &document).await;
    if generate(&document, &directory).is_none() {
        return;
    }
    fs::copy("js/openapi/consumer.ts", directory.join("consumer.ts")).expect("a writable file");
    if let Some(mut compile) = compiled(&directory, &["consumer.ts".to_owned()]) {
        passes(&mut compile);
    }
}

#[tokio::test]
async fn what_is_generated_of_any_example_compiles() {
    let all = directory("generated");
    let mut files = Vec::new();
    for name in EXAMPLES {
        let directory = all.join(name);
        fs::create_dir_all(&directory).expect("a writable directory");
        let document = directory.join("openapi.json");
        fetch(&start(name), "/openapi-3.1.json", &document).await;
        if generate(&document, &directory).is_none() {
            return;
        }
        files.push(format!("{name}/openapi-typescript.ts"));
        files.push(format!("{name}/hey-api/index.ts"));
    }
    if let Some(mut compile) = compiled(&all, &files) {
        passes(&mut compile);
    }
}
