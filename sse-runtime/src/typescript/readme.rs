//! What people read of a package.

use super::service::Service;
use super::text::{MARK, camel, is_identifier};
use crate::describe::Descriptor;

pub(super) fn readme(name: &str, services: &[Service], with_react: bool) -> String {
    let endpoints = || {
        services.iter().flat_map(|service| {
            let each = service.endpoints.iter();
            each.map(|endpoint| (service.namespace(), endpoint.descriptor))
        })
    };
    let example = endpoints()
        .next()
        .map_or_else(String::new, |(namespace, descriptor)| {
            example(name, &namespace, descriptor)
        });
    let rows: String = endpoints()
        .map(|(namespace, descriptor)| {
            let method = camel(descriptor.method_name());
            let about = descriptor
                .documentation()
                .lines()
                .next()
                .unwrap_or_default();
            let (path, about) = (descriptor.path(), about.trim().replace('|', "\\|"));
            format!("| `{namespace}.{method}` | `{path}` | {about} |\n")
        })
        .collect();
    let react = if with_react {
        format!("\nThe hook `useEvents` for React is in `{name}/react`.\n")
    } else {
        String::new()
    };
    format!(
        r"<!-- {MARK} -->

# {name}

Typed clients of event streams, for browsers and Node.js 20 and later, without dependencies.
{example}
| endpoint | route | |
|---|---|---|
{rows}{react}
## To use it

- As a package: `npm install` and `npm run build` here, then depend on this directory or publish it.
- As sources: import `src/index.ts` from an application that lies beside it. Its modules name each other with
  `.ts`, so the application's tsconfig needs `allowImportingTsExtensions`, or `rewriteRelativeImportExtensions`
  where `tsc` writes its JavaScript.

Integers of 64 bits and more are `number | bigint`: a `number` where that is exact, a `bigint` beyond
2<sup>53</sup>.
"
    )
}

fn example(name: &str, namespace: &str, descriptor: &Descriptor) -> String {
    let method = camel(descriptor.method_name());
    let payload = descriptor.sources().map_or("", |_| ", payload");
    let (import, namespace) = if is_identifier(namespace) {
        (namespace.to_owned(), namespace.to_owned())
    } else {
        let named = format!("{namespace}_");
        (format!("{namespace} as {named}"), named)
    };
    format!(
        r#"
```ts
import {{ {import} }} from "{name}";

for await (const item of {namespace}.{method}.connect("https://example.com"{payload})) {{
  if (item.kind === "event") console.log(item.event, item.data);
  else if (item.kind === "gap") console.warn("events are missing", item.missed);
}}
```
"#
    )
}
