//! Packages that are written for TypeScript, as their users have them: built by `tsc`, depended on,
//! type-checked, bundled, and run against a server. The users stand in `js/packages`.

mod builds;
mod compiled;
mod project;
mod run;
mod streams;
