//! The error index of `sse-runtime`: every code has a page, whose wrong example has that mistake
//! and no other, and whose right example has none; and a ui case shows what rustc makes of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::ToTokens;

use super::mistakes;
use crate::errors::Code;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn page(code: Code) -> String {
    let name = format!("{}.md", code.to_string().to_lowercase());
    read(&workspace().join("sse-runtime/src/errors").join(name))
}

/// The code blocks of a page that begin with `fence`, with rustdoc's hidden lines.
fn blocks(page: &str, fence: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if !line.starts_with("```") {
            continue;
        }
        let block: Vec<&str> = lines
            .by_ref()
            .take_while(|line| *line != "```")
            .map(|line| line.strip_prefix("# ").unwrap_or(line))
            .collect();
        if line == fence {
            blocks.push(block.join("\n"));
        }
    }
    blocks
}

/// The mistakes in an example, as the attributes on its items find them.
fn mistakes_in(example: &str) -> Vec<Code> {
    let file: syn::File = syn::parse_str(example).unwrap();
    let each = file.items.into_iter().map(|item| match item {
        syn::Item::Trait(mut item) => {
            let attrs = std::mem::take(&mut item.attrs);
            (attrs, item.into_token_stream())
        }
        syn::Item::Struct(mut item) => {
            let attrs = std::mem::take(&mut item.attrs);
            (attrs, item.into_token_stream())
        }
        _ => (Vec::new(), TokenStream::new()),
    });
    each.flat_map(|(attrs, item)| {
        let mut attrs = attrs
            .into_iter()
            .filter(|attr| attr.path().is_ident("server_sent_events"));
        let Some(first) = attrs.next() else {
            // Nothing takes `#[sse]` away, so that it is called itself.
            let alone = item.to_string().contains("# [sse (");
            return if alone {
                vec![Code::HelperAlone]
            } else {
                Vec::new()
            };
        };
        let args = match first.meta {
            syn::Meta::List(list) => list.tokens,
            _ => TokenStream::new(),
        };
        let item = attrs.map(ToTokens::into_token_stream).chain([item]);
        mistakes(args, item.collect()).codes()
    })
    .collect()
}

#[test]
fn the_wrong_example_of_a_page_has_that_mistake_and_no_other() {
    for code in Code::ALL {
        let wrong = blocks(&page(code), "```compile_fail");
        assert!(!wrong.is_empty(), "the page of {code} has no wrong example");
        for example in wrong {
            assert_eq!(mistakes_in(&example), [code], "{example}");
        }
    }
}

#[test]
fn the_right_example_of_a_page_has_no_mistake() {
    for code in Code::ALL {
        let right = blocks(&page(code), "```");
        assert!(!right.is_empty(), "the page of {code} has no right example");
        for example in right {
            assert!(example.contains("#[server_sent_events"), "{example}");
            assert_eq!(mistakes_in(&example), [], "{example}");
        }
    }
}

#[test]
fn every_code_is_listed_and_shown_by_rustc() {
    let expected: BTreeSet<String> = Code::ALL.iter().map(ToString::to_string).collect();

    let index = read(&workspace().join("sse-runtime/src/error_index.rs"));
    let listed = index
        .split_whitespace()
        .filter(|word| word.len() == 6 && word.starts_with("sse"))
        .map(str::to_uppercase);
    assert_eq!(listed.collect::<BTreeSet<_>>(), expected);

    let mut shown = BTreeSet::new();
    for entry in std::fs::read_dir(workspace().join("tests/ui/fail")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "stderr")
        {
            let text = read(&path);
            let codes = text.split("[SSE").skip(1);
            shown.extend(codes.map(|rest| format!("SSE{}", &rest[..3])));
        }
    }
    assert_eq!(shown, expected);
}
