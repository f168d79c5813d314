use serde::{Deserialize, Serialize};

/// A service with all its endpoints, as a visitor sees them.
///
/// `#[server_sent_events]` implements it for the server of a trait, whatever it serves. What an
/// endpoint streams and takes are parameters of [`Visit`], so that a visitor asks of those types what
/// it needs (`ToSchema`, say), and only where it is used is it an error that one lacks it.
///
/// ```
/// use serde::Serialize;
/// use sse_runtime::describe::{Endpoints, Visit};
/// use sse_runtime::{Endpoint, Problem, server_sent_events};
///
/// #[derive(Serialize)]
/// struct Tick {
///     at: u64,
/// }
///
/// #[server_sent_events(path = "/clock")]
/// trait Clock {
///     #[sse(get = "/ticks")]
///     async fn ticks(&self, stream: impl TicksServerStream<Tick>) -> Result<(), Problem>;
///
///     #[sse(get = "/hours")]
///     async fn hours(&self, stream: impl HoursServerStream<String>) -> Result<(), Problem>;
/// }
///
/// struct Paths(Vec<&'static str>);
///
/// impl<E: Endpoint<T>, T, P, O> Visit<E, T, P, O> for Paths {
///     fn endpoint(&mut self) {
///         self.0.push(E::DESCRIPTOR.path());
///     }
/// }
///
/// let mut paths = Paths(Vec::new());
/// ClockServer::<()>::visit(&mut paths);
/// assert_eq!(paths.0, ["/clock/ticks", "/clock/hours"]);
/// ```
pub trait Endpoints<V: ?Sized> {
    /// Shows the visitor each endpoint, in the order of the trait.
    fn visit(visitor: &mut V);
}

/// What is shown the endpoints of a service: see [`Endpoints`].
///
/// `E` is the endpoint, `T` what it streams, `P` its payload or [`NoPayload`], and `O` what the
/// method returns. Of one that returns a stream that is `Result<(), Error>`, and it is `()` where a type of `Self` has
/// no name outside of the trait.
pub trait Visit<E, T, P, O> {
    /// Takes note of an endpoint.
    fn endpoint(&mut self);
}

/// The payload of a method that has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoPayload {}
