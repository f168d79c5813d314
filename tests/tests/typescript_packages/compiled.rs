//! What `tsc` says of those who use a package.

use std::collections::BTreeSet;

use crate::project::{COMPILERS, Project, marked};
use crate::{builds, streams};

#[test]
fn a_right_use_compiles_under_the_strictest_rules() {
    let Some(project) = Project::new("right") else {
        return;
    };
    project.depends_on(streams::NAME, &streams::package());
    for compiler in COMPILERS {
        project.builds(streams::NAME, compiler);
        for file in ["run.ts", "right.tsx"] {
            project.has(file);
            assert_eq!(
                project.mistakes(compiler, file),
                BTreeSet::new(),
                "{compiler}"
            );
        }
    }
}

#[test]
fn services_of_every_shape_compile() {
    let Some(project) = Project::new("shapes") else {
        return;
    };
    project.depends_on_expected("@acme/streams-client");
    for compiler in COMPILERS {
        project.builds("@acme/streams-client", compiler);
        project.has("shapes.ts");
        assert_eq!(
            project.mistakes(compiler, "shapes.ts"),
            marked("shapes.ts"),
            "{compiler}"
        );
    }
}

#[test]
fn a_wrong_use_is_an_error_where_it_is_wrong() {
    let Some(project) = Project::new("wrong") else {
        return;
    };
    project.depends_on(streams::NAME, &streams::package());
    project.has("wrong.ts");
    let expected = marked("wrong.ts");
    assert!(expected.len() > 10, "{expected:?}");
    for compiler in COMPILERS {
        assert_eq!(
            project.mistakes(compiler, "wrong.ts"),
            expected,
            "{compiler}"
        );
    }
}

#[test]
fn one_more_variant_breaks_who_handles_all_of_them() {
    let Some(project) = Project::new("variants") else {
        return;
    };
    project.has("exhaustive.ts");
    let expected = marked("exhaustive.ts");
    assert_eq!(expected.len(), 6, "{expected:?}");
    for (package, expected) in [
        (builds::earlier(), BTreeSet::new()),
        (builds::later(), expected),
    ] {
        project.depends_on(builds::NAME, &package);
        for compiler in COMPILERS {
            assert_eq!(
                project.mistakes(compiler, "exhaustive.ts"),
                expected,
                "{compiler}"
            );
        }
    }
}

#[test]
fn a_bundle_has_only_the_endpoints_that_are_used() {
    let Some(project) = Project::new("bundle") else {
        return;
    };
    project.depends_on(streams::NAME, &streams::package());
    let bundle = project.bundle("one.ts");
    assert!(bundle.contains("/weather"), "{bundle}");
    for other in ["/sums", "/anything", "/news", "/jobs/", "useEffect"] {
        assert!(!bundle.contains(other), "`{other}` is in it");
    }
}
