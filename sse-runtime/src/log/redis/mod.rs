//! A log in Redis Streams.
