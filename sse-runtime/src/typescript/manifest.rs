//! The files of a package that are no modules.

use super::service::Service;
use super::text::{MARK, camel, quoted};
use crate::describe::Descriptor;

/// The first TypeScript that knows all options of `tsconfig`.
const TYPESCRIPT: &str = ">=5.8";

/// What can be imported of it, each service by itself too: of a namespace some bundlers take all.
pub(super) fn package(name: &str, version: Option<&str>, services: &[Service]) -> String {
    let (version, private) = match version {
        Some(version) => (version, ""),
        None => ("0.0.0", "\n  \"private\": true,"),
    };
    let services = services.iter().map(|service| {
        (
            format!("./{}", service.module_name()),
            service.module_name(),
        )
    });
    let modules = [
        (".".to_owned(), "index".to_owned()),
        ("./runtime".to_owned(), "runtime/index".to_owned()),
    ];
    let exports = modules
        .into_iter()
        .chain(services)
        .map(|(path, module)| export(&path, &module));
    format!(
        r#"{{
  "//": {mark},
  "name": {name},
  "version": {version},{private}
  "type": "module",
  "sideEffects": false,
  "engines": {{
    "node": ">=20"
  }},
  "files": [
    "dist",
    "src"
  ],
  "exports": {{
{exports}
  }},
  "scripts": {{
    "build": "tsc"
  }},
  "devDependencies": {{
    "typescript": "{TYPESCRIPT}"
  }}
}}
"#,
        mark = quoted(MARK),
        name = quoted(name),
        version = quoted(version),
        exports = exports.collect::<Vec<_>>().join(",\n"),
    )
}

/// Conditions are taken in their order, so the types come first.
fn export(path: &str, module: &str) -> String {
    format!(
        r#"    "{path}": {{
      "types": "./dist/{module}.d.ts",
      "default": "./dist/{module}.js"
    }}"#
    )
}

pub(super) fn tsconfig() -> String {
    format!(
        r#"// {MARK}
{{
  "compilerOptions": {{
    "target": "ES2022",
    "lib": ["ES2022", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    "module": "NodeNext",
    "types": [],
    "rootDir": "src",
    "outDir": "dist",
    "declaration": true,
    "rewriteRelativeImportExtensions": true,
    "erasableSyntaxOnly": true,
    "isolatedModules": true,
    "verbatimModuleSyntax": true,
    "strict": true,
    "exactOptionalPropertyTypes": true,
    "noUncheckedIndexedAccess": true,
    "noPropertyAccessFromIndexSignature": true,
    "noImplicitOverride": true
  }},
  "include": ["src"]
}}
"#
    )
}

pub(super) fn readme(name: &str, services: &[Service]) -> String {
    let example = services
        .first()
        .and_then(|service| {
            Some(example(
                name,
                service,
                service.endpoints.first()?.descriptor,
            ))
        })
        .unwrap_or_default();
    let rows = services.iter().flat_map(|service| {
        service.endpoints.iter().map(|endpoint| {
            let descriptor = endpoint.descriptor;
            format!(
                "| `{}.{}` | `{}` | {} |\n",
                service.namespace(),
                camel(descriptor.method_name()),
                descriptor.path(),
                summary(descriptor).replace('|', "\\|"),
            )
        })
    });
    format!(
        "<!-- {MARK} -->\n\n# {name}\n\nTyped clients of event streams, for browsers and Node.js 20 and later, \
         without dependencies.\n{example}\n| endpoint | route | |\n|---|---|---|\n{rows}\n\
         ## To use it\n\n\
         - As a package: `npm install` and `npm run build` here, then depend on this directory or publish it.\n\
         - As sources: import `src/index.ts` from an application that lies beside it. Its modules name each other \
         with `.ts`, so the application's tsconfig needs `allowImportingTsExtensions`, or \
         `rewriteRelativeImportExtensions` where `tsc` writes its JavaScript.\n\n\
         Integers of 64 bits and more are `number | bigint`: a `number` where that is exact, a `bigint` beyond \
         2<sup>53</sup>.\n",
        rows = rows.collect::<String>(),
    )
}

fn example(name: &str, service: &Service, descriptor: &Descriptor) -> String {
    let (namespace, method) = (service.namespace(), camel(descriptor.method_name()));
    let arguments = match descriptor.sources() {
        Some(_) => "\"https://example.com\", payload",
        None => "\"https://example.com\"",
    };
    format!(
        "\n```ts\nimport {{ {namespace} }} from \"{name}\";\n\n\
         for await (const item of {namespace}.{method}.connect({arguments})) {{\n  \
         if (item.kind === \"event\") console.log(item.event, item.data);\n}}\n```\n"
    )
}

/// The first line of the documentation.
fn summary(descriptor: &Descriptor) -> &'static str {
    descriptor
        .documentation()
        .lines()
        .next()
        .unwrap_or_default()
        .trim()
}
