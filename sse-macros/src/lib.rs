//! Typed Server-Sent Events.
