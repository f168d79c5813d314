//! The part of a package that is the same in all of them, written by hand in TypeScript.

macro_rules! files {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("runtime/", $name)))),*]
    };
}

const FILES: &[(&str, &str)] = files! {
    "decoder.ts" "dispatch.ts" "endpoint.ts" "errors.ts" "index.ts" "input.ts" "interpret.ts" "items.ts"
    "json.ts" "options.ts" "redirect.ts" "request.ts" "response.ts" "retry.ts" "subscription.ts" "transport.ts"
};

/// The hook for React, for those who ask for it.
const REACT: (&str, &str) = ("react.ts", include_str!("runtime/react.ts"));

/// Names and contents.
pub(super) fn files(with_react: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().copied().chain(with_react.then_some(REACT))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_file_of_the_runtime_is_part_of_a_package() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/typescript/runtime");
        let there: BTreeSet<_> = fs::read_dir(directory)
            .expect("it is there")
            .map(|entry| {
                entry
                    .expect("it is read")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .filter(|name| name.ends_with(".ts"))
            .collect();
        let known: BTreeSet<_> = super::files(true)
            .map(|(name, _)| name.to_owned())
            .collect();
        assert_eq!(known, there);
    }
}
