#[allow(unused_imports)]
use ::sse_runtime as __JobsRuntime;
trait Jobs: ::core::marker::Send + ::core::marker::Sync + 'static {
    #[cfg(feature = "jobs")]
    #[deprecated]
    fn watch(
        &self,
        user: User,
    ) -> impl ::core::future::Future<
        Output = Result<
            impl Stream<Item = Result<Step, Error>> + ::core::marker::Send,
            Error,
        >,
    > + ::core::marker::Send;
}
#[cfg(feature = "jobs")]
#[deprecated]
/**The endpoint of [`Jobs::watch`], `GET /jobs/watch`.

*/
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
#[allow(dead_code)]
struct JobsWatch;
#[cfg(feature = "jobs")]
#[allow(deprecated)]
impl __JobsRuntime::Described for JobsWatch {
    const DESCRIPTOR: &'static __JobsRuntime::Descriptor = &__JobsRuntime::Descriptor::get(
            "Jobs",
            "watch",
            "/jobs/watch",
        )
        .deprecated()
        .variants()
        .done_variants(&["Finished", "Failed"])
        .keep_alive(::core::option::Option::None);
}
#[cfg(feature = "jobs")]
#[allow(deprecated)]
impl __JobsRuntime::Endpoint<Step> for JobsWatch {
    #[allow(unused_variables)]
    fn encode(
        __event: &Step,
        __frame: &mut __JobsRuntime::Frame<'_>,
    ) -> ::core::result::Result<(), __JobsRuntime::EncodeError> {
        __JobsRuntime::__private::variants(__frame, __event)?;
        ::core::result::Result::Ok(())
    }
    fn ends(__event: &Step) -> bool {
        ::core::matches!(__event, Step::Finished { .. } | Step::Failed { .. })
    }
    fn variants() -> ::core::option::Option<&'static [&'static str]> {
        #[allow(unused_imports)]
        use __JobsRuntime::__private::pick_variants::*;
        (&__JobsRuntime::__private::Probe::<Step>::new()).names()
    }
}
#[cfg(feature = "jobs")]
#[allow(deprecated)]
impl __JobsRuntime::LogIds<true> for JobsWatch {}
#[cfg(feature = "jobs")]
type __JobsServerExtractors0 = (User,);
#[cfg(not(all(feature = "jobs")))]
type __JobsServerExtractors0 = ();
/**Serves a [`Jobs`].

[`into_router`](Self::into_router) has all its routes. Each method here is one of them, for routers that are put together by hand.*/
#[allow(dead_code)]
struct JobsServer<S> {
    server: __JobsRuntime::__private::Server<S>,
}
impl<S> ::core::clone::Clone for JobsServer<S> {
    fn clone(&self) -> Self {
        Self {
            server: ::core::clone::Clone::clone(&self.server),
        }
    }
}
impl<S> ::core::fmt::Debug for JobsServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("JobsServer").finish_non_exhaustive()
    }
}
#[allow(dead_code, private_bounds, private_interfaces)]
impl<S: Jobs> JobsServer<S> {
    /// Serves `service`.
    fn new(service: S) -> Self {
        Self::from_arc(__JobsRuntime::__private::Arc::new(service))
    }
    /// Serves a service that other code has as well.
    fn from_arc(service: __JobsRuntime::__private::Arc<S>) -> Self {
        Self {
            server: __JobsRuntime::__private::Server::new(service),
        }
    }
    /// Replaces the settings: shutdown, limits and the like.
    fn settings(self, settings: __JobsRuntime::Settings) -> Self {
        Self {
            server: self.server.settings(settings),
        }
    }
    #[cfg(feature = "jobs")]
    #[deprecated]
    #[allow(deprecated)]
    /**

The route of `GET /jobs/watch`.*/
    fn watch<R>(&self) -> __JobsRuntime::__private::MethodRouter<R>
    where
        R: ::core::clone::Clone + ::core::marker::Send + ::core::marker::Sync + 'static,
        __JobsServerExtractors0: __JobsRuntime::__private::Extractor<R>
            + ::core::marker::Send + 'static,
    {
        __JobsRuntime::__private::route::<
            JobsWatch,
            Step,
            __JobsRuntime::__private::NoPayload,
            (User,),
            R,
            _,
            _,
            _,
        >(
            &self.server,
            |__service, __payload, (__x0,), __stream| async move {
                __JobsRuntime::__private::pull(
                        __stream,
                        <S as Jobs>::watch(&*__service, __x0).await,
                    )
                    .await
            },
        )
    }
    /// All routes, for a router of any state that the extractors take.
    #[allow(deprecated)]
    fn into_router<R>(self) -> __JobsRuntime::__private::Router<R>
    where
        R: ::core::clone::Clone + ::core::marker::Send + ::core::marker::Sync + 'static,
        __JobsServerExtractors0: __JobsRuntime::__private::Extractor<R>
            + ::core::marker::Send + 'static,
    {
        let __router = __JobsRuntime::__private::Router::new();
        #[cfg(feature = "jobs")]
        let __router = __JobsRuntime::__private::Router::route(
            __router,
            "/jobs/watch",
            Self::watch(&self),
        );
        __router
    }
}
#[cfg(feature = "jobs")]
#[allow(deprecated, private_bounds, private_interfaces)]
trait __JobsServerVisit0: __JobsRuntime::__private::Visit<
        JobsWatch,
        Step,
        __JobsRuntime::__private::NoPayload,
        Result<(), Error>,
    > {}
#[cfg(feature = "jobs")]
#[allow(deprecated)]
impl<
    V: ?::core::marker::Sized
        + __JobsRuntime::__private::Visit<
            JobsWatch,
            Step,
            __JobsRuntime::__private::NoPayload,
            Result<(), Error>,
        >,
> __JobsServerVisit0 for V {}
#[cfg(not(all(feature = "jobs")))]
trait __JobsServerVisit0 {}
#[cfg(not(all(feature = "jobs")))]
impl<V: ?::core::marker::Sized> __JobsServerVisit0 for V {}
#[allow(deprecated, private_bounds, private_interfaces)]
impl<S, V: ?::core::marker::Sized> __JobsRuntime::__private::Endpoints<V>
for JobsServer<S>
where
    V: __JobsServerVisit0,
{
    #[allow(unused_variables)]
    fn visit(__visitor: &mut V) {
        #[cfg(feature = "jobs")]
        <V as __JobsRuntime::__private::Visit<
            JobsWatch,
            Step,
            __JobsRuntime::__private::NoPayload,
            Result<(), Error>,
        >>::endpoint(__visitor);
    }
}
