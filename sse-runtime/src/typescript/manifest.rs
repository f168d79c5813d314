//! What npm and `tsc` read of a package.

use super::service::Service;
use super::text::{MARK, quoted};

/// The first TypeScript that knows all options of `tsconfig`.
const TYPESCRIPT: &str = ">=5.8";

const REACT: &str = r#"
  "peerDependencies": {
    "react": ">=18"
  },
  "peerDependenciesMeta": {
    "react": {
      "optional": true
    }
  },"#;
const REACT_TYPES: &str = r#"
    "@types/react": ">=18","#;

/// What can be imported of it, each service by itself too: of a namespace some bundlers take all.
pub(super) fn package(
    name: &str,
    version: Option<&str>,
    services: &[Service],
    with_react: bool,
) -> String {
    let (version, private) = match version {
        Some(version) => (version, ""),
        None => ("0.0.0", "\n  \"private\": true,"),
    };
    let services = services.iter().map(|service| {
        let module = service.module_name();
        export(&format!("./{module}"), &module)
    });
    let mut exports = vec![export(".", "index"), export("./runtime", "runtime/index")];
    exports.extend(with_react.then(|| export("./react", "runtime/react")));
    exports.extend(services);
    let (peers, types) = if with_react {
        (REACT, REACT_TYPES)
    } else {
        ("", "")
    };
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
  }},{peers}
  "devDependencies": {{{types}
    "typescript": "{TYPESCRIPT}"
  }}
}}
"#,
        mark = quoted(MARK),
        name = quoted(name),
        version = quoted(version),
        exports = exports.join(",\n"),
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

/// A package without an `enum` runs as it is where types are stripped from sources.
pub(super) fn tsconfig(has_enums: bool) -> String {
    let erasable = !has_enums;
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
    "erasableSyntaxOnly": {erasable},
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
