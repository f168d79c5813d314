//! A log in NATS JetStream.
