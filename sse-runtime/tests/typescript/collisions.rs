#![allow(dead_code, reason = "what is described here is never run")]
//! What cannot be written down is an error that says what to do.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sse_runtime::typescript::{Error, Package};
use sse_runtime::{Problem, ServerStream, server_sent_events};
use ts_rs::TS;

/// The error of a package with these services.
macro_rules! refused {
    ($($server:ty),*) => {
        Package::new("client")$(.add::<$server>())*.files().map(drop).expect_err("it is refused")
    };
}

mod other {
    use super::*;

    #[derive(Serialize, TS)]
    pub(super) struct Item {
        pub(super) name: String,
    }

    #[server_sent_events]
    pub(super) trait Other {
        async fn items(&self, stream: impl ItemsServerStream<Item>) -> Result<(), Problem>;
    }

    #[server_sent_events]
    pub(super) trait Items {
        async fn all(&self, stream: impl AllServerStream<Item>) -> Result<(), Problem>;
    }
}

#[derive(Serialize, TS)]
struct Item {
    id: u64,
}

#[server_sent_events]
trait Items {
    async fn all(&self, stream: impl AllServerStream<Item>) -> Result<(), Problem>;
}

#[test]
fn two_types_of_one_name_are_refused_only_where_they_differ() {
    let error = refused!(ItemsServer<()>, other::OtherServer<()>);
    assert!(
        matches!(&error, Error::Types { name } if name == "Item"),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        "two types are named `Item` in TypeScript and differ; rename one of them with `#[ts(rename = \"…\")]`"
    );

    mod same {
        use super::*;

        #[derive(Serialize, TS)]
        pub(super) struct Item {
            pub(super) name: String,
        }

        #[server_sent_events]
        pub(super) trait Same {
            async fn items(&self, stream: impl ItemsServerStream<Item>) -> Result<(), Problem>;
        }
    }
    let package = Package::new("client")
        .add::<other::OtherServer<()>>()
        .add::<same::SameServer<()>>();
    assert!(package.files().is_ok());
}

#[test]
fn two_services_of_one_name_are_refused() {
    let error = refused!(other::OtherServer<()>, other::OtherServer<()>);
    assert!(
        matches!(&error, Error::Taken { name, module } if name == "other" && module == "src/index.ts"),
        "{error:?}"
    );
}

#[test]
fn a_service_with_the_name_of_a_keyword_is_imported_under_another() {
    #[server_sent_events]
    trait Package {
        async fn _2nd(&self, stream: impl ServerStream<u8>) -> Result<(), Problem>;
    }
    let files = sse_runtime::typescript::Package::new("client")
        .add::<PackageServer<()>>()
        .files()
        .expect("it is a package");
    let readme = &files[Path::new("README.md")];
    assert!(
        readme.contains("import { package as package_ } from \"client\";")
            && readme.contains("of package_._2nd.connect("),
        "{readme}"
    );
    let module = &files[Path::new("src/package.ts")];
    assert!(module.contains("export const _2nd: "), "{module}");
}

#[test]
fn a_service_cannot_take_the_file_of_another_thing() {
    #[server_sent_events]
    trait Types {
        async fn all(&self, stream: impl AllServerStream<String>) -> Result<(), Problem>;
    }
    let error = refused!(TypesServer<()>);
    assert_eq!(
        error.to_string(),
        "two things are named `types` in `src`; rename one of them, a type with `#[ts(rename = \"…\")]`"
    );
}

#[test]
fn a_type_cannot_have_the_name_of_what_is_generated() {
    #[derive(Serialize, TS)]
    struct AllEvents {
        count: u8,
    }
    #[server_sent_events]
    trait Counts {
        async fn all(&self, stream: impl AllServerStream<AllEvents>) -> Result<(), Problem>;
    }
    let error = refused!(CountsServer<()>);
    assert!(
        matches!(&error, Error::Taken { name, module } if name == "AllEvents" && module == "src/counts.ts"),
        "{error:?}"
    );
}

#[test]
fn a_type_cannot_have_a_name_that_typescript_cannot_say() {
    #[derive(Serialize, TS)]
    #[ts(rename = "a-b")]
    struct Dashed {
        count: u8,
    }
    #[server_sent_events]
    trait Counts {
        async fn all(&self, stream: impl AllServerStream<Dashed>) -> Result<(), Problem>;
    }
    let error = refused!(CountsServer<()>);
    assert!(
        matches!(&error, Error::TypeName { name } if name == "a-b"),
        "{error:?}"
    );
}

#[test]
fn an_event_cannot_have_the_name_of_another_handler() {
    #[derive(Serialize, TS)]
    #[serde(rename_all = "snake_case")]
    enum Tooth {
        Root,
        Gap,
    }
    #[server_sent_events(variants)]
    trait Teeth {
        async fn all(&self, stream: impl AllServerStream<Tooth>) -> Result<(), Problem>;
    }
    let error = refused!(TeethServer<()>);
    assert_eq!(
        error.to_string(),
        "`Teeth::all`: an event cannot be named `gap` for TypeScript, where a handler of that name is for \
         something else; rename it"
    );
}

#[test]
fn a_struct_is_no_enum_of_events() {
    #[server_sent_events(variants)]
    trait Items {
        async fn all(&self, stream: impl AllServerStream<Item>) -> Result<(), Problem>;
    }
    let error = refused!(ItemsServer<()>).to_string();
    assert!(
        error.contains("`Item` is no externally tagged enum in TypeScript"),
        "{error}"
    );
}

#[test]
fn a_field_that_nobody_recognises_is_told() {
    #[derive(Serialize, TS)]
    struct Reading {
        #[serde(rename = "v")]
        value: f64,
    }
    #[server_sent_events(data = value)]
    trait Readings {
        async fn all(&self, stream: impl AllServerStream<Reading>) -> Result<(), Problem>;
    }
    let error = refused!(ReadingsServer<()>).to_string();
    assert!(
        error.contains("the field `value`") && error.contains("[\"v\"]"),
        "{error}"
    );
}

#[test]
fn a_payload_has_one_name_for_a_field_on_both_sides() {
    #[derive(Deserialize, TS)]
    struct Wanted {
        #[ts(rename = "most")]
        limit: u8,
    }
    #[server_sent_events]
    trait Items {
        async fn all(
            &self,
            payload: Wanted,
            stream: impl AllServerStream<String>,
        ) -> Result<(), Problem>;
    }
    let error = refused!(ItemsServer<()>).to_string();
    assert!(
        error.contains("`Wanted` has `most` in TypeScript") && error.contains("[\"limit\"]"),
        "{error}"
    );
}

#[test]
fn a_package_has_a_name_that_npm_takes() {
    for name in ["client", "@acme/client-2", "a.b_c"] {
        assert!(Package::new(name).files().is_ok(), "{name}");
    }
    for name in [
        "",
        "Client",
        ".client",
        "@acme",
        "@/client",
        "a/b",
        "../client",
        "a b",
        &"a".repeat(215),
    ] {
        let refused = Package::new(name).files();
        assert!(matches!(refused, Err(Error::PackageName { .. })), "{name}");
    }
}
