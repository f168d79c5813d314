//! A log in Postgres.
