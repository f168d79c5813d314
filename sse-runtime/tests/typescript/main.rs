//! Packages of TypeScript, as files. What they do is seen where there are Node.js and a browser: in
//! the package `tests`.

mod collisions;
mod directory;
mod expected;
mod services;
