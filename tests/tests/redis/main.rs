//! The log in Redis, with real servers: what it holds, and what it says when one fails.

mod conformant;
