#[allow(unused_imports)]
use ::sse_runtime as __NotificationsRuntime;
/// Notifications, as they happen.
pub trait Notifications: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Streams every notification published on a topic.
    fn stream(
        &self,
        ctx: Context,
        payload: StreamPayload,
        stream: impl StreamServerStream<Notification>,
    ) -> impl ::core::future::Future<
        Output = Result<(), Problem>,
    > + ::core::marker::Send;
}
///The stream that [`Notifications::stream`] sends to: every `ServerStream<T>` is one.
pub trait StreamServerStream<
    T: ::core::marker::Send + 'static,
>: __NotificationsRuntime::ServerStream<T> {}
impl<
    T: ::core::marker::Send + 'static,
    S: __NotificationsRuntime::ServerStream<T>,
> StreamServerStream<T> for S {}
/**The endpoint of [`Notifications::stream`], `GET /topics/{topic}/events`.

*/
/// Streams every notification published on a topic.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
#[allow(dead_code)]
pub struct NotificationsStream;
impl __NotificationsRuntime::Described for NotificationsStream {
    const DESCRIPTOR: &'static __NotificationsRuntime::Descriptor = &__NotificationsRuntime::Descriptor::get(
            "Notifications",
            "stream",
            "/topics/{topic}/events",
        )
        .service_docs(" Notifications, as they happen.")
        .docs(" Streams every notification published on a topic.")
        .payload(
            &[
                __NotificationsRuntime::Source::path("topic"),
                __NotificationsRuntime::Source::last_event_id("start_id"),
            ],
        )
        .data("message")
        .event("type")
        .id("id")
        .key("type");
}
impl __NotificationsRuntime::Endpoint<Notification> for NotificationsStream {
    #[allow(unused_variables)]
    fn encode(
        __event: &Notification,
        __frame: &mut __NotificationsRuntime::Frame<'_>,
    ) -> ::core::result::Result<(), __NotificationsRuntime::EncodeError> {
        let __field = &(*__event).id;
        __NotificationsRuntime::__private::id(__frame, __field)?;
        let __field = &(*__event).r#type;
        __NotificationsRuntime::__private::event(__frame, __field)?;
        let __field = &(*__event).message;
        {
            #[allow(unused_imports)]
            use __NotificationsRuntime::__private::pick_field::*;
            (&&&&__NotificationsRuntime::__private::Pick(__field))
                .kind()
                .write(__frame, __field)?;
        }
        ::core::result::Result::Ok(())
    }
    fn key(
        __event: &Notification,
        __key: &mut __NotificationsRuntime::__private::String,
    ) -> ::core::result::Result<bool, __NotificationsRuntime::EncodeError> {
        let __field = &(*__event).r#type;
        __NotificationsRuntime::__private::key(__key, __field)
    }
    fn data_form() -> __NotificationsRuntime::__private::DataForm {
        __NotificationsRuntime::__private::data_form(|__event: &Notification| {
            #[allow(unused_imports)]
            use __NotificationsRuntime::__private::pick_field::*;
            let __field = &(*__event).message;
            (&&&&__NotificationsRuntime::__private::Pick(__field)).kind()
        })
    }
}
impl __NotificationsRuntime::LogIds<
    {
        __NotificationsRuntime::__private::from_log(|__event: &Notification| {
            #[allow(unused_imports)]
            use __NotificationsRuntime::__private::pick_id::*;
            let __field = &(*__event).id;
            (&&__NotificationsRuntime::__private::Pick(__field)).kind()
        })
    },
> for NotificationsStream {}
const _: () = {
    #[allow(dead_code)]
    fn has_fields(__payload: &StreamPayload) {
        let _ = &(*__payload).topic;
        let _ = &(*__payload).start_id;
    }
};
/**Serves a [`Notifications`].

[`into_router`](Self::into_router) has all its routes. Each method here is one of them, for routers that are put together by hand.*/
#[allow(dead_code)]
pub struct NotificationsServer<S> {
    server: __NotificationsRuntime::__private::Server<S>,
}
impl<S> ::core::clone::Clone for NotificationsServer<S> {
    fn clone(&self) -> Self {
        Self {
            server: ::core::clone::Clone::clone(&self.server),
        }
    }
}
impl<S> ::core::fmt::Debug for NotificationsServer<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("NotificationsServer").finish_non_exhaustive()
    }
}
#[allow(dead_code, private_bounds, private_interfaces)]
impl<S: Notifications> NotificationsServer<S> {
    /// Serves `service`.
    pub fn new(service: S) -> Self {
        Self::from_arc(__NotificationsRuntime::__private::Arc::new(service))
    }
    /// Serves a service that other code has as well.
    pub fn from_arc(service: __NotificationsRuntime::__private::Arc<S>) -> Self {
        Self {
            server: __NotificationsRuntime::__private::Server::new(service),
        }
    }
    /// Replaces the settings: shutdown, limits and the like.
    pub fn settings(self, settings: __NotificationsRuntime::Settings) -> Self {
        Self {
            server: self.server.settings(settings),
        }
    }
    /// Streams every notification published on a topic.
    /**

The route of `GET /topics/{topic}/events`.*/
    pub fn stream<R>(&self) -> __NotificationsRuntime::__private::MethodRouter<R>
    where
        R: ::core::clone::Clone + ::core::marker::Send + ::core::marker::Sync + 'static,
        Context: __NotificationsRuntime::__private::Extractor<R> + ::core::marker::Send
            + 'static,
    {
        __NotificationsRuntime::__private::route::<
            NotificationsStream,
            Notification,
            StreamPayload,
            (Context,),
            R,
            _,
            _,
            _,
        >(
            &self.server,
            |__service, __payload, (__x0,), __stream| async move {
                <S as Notifications>::stream(&*__service, __x0, __payload, __stream)
                    .await
            },
        )
    }
    /// All routes, for a router of any state that the extractors take.
    #[allow(deprecated)]
    pub fn into_router<R>(self) -> __NotificationsRuntime::__private::Router<R>
    where
        R: ::core::clone::Clone + ::core::marker::Send + ::core::marker::Sync + 'static,
        Context: __NotificationsRuntime::__private::Extractor<R> + ::core::marker::Send
            + 'static,
    {
        let __router = __NotificationsRuntime::__private::Router::new();
        let __router = __NotificationsRuntime::__private::Router::route(
            __router,
            "/topics/{topic}/events",
            Self::stream(&self),
        );
        __router
    }
}
#[allow(deprecated, private_bounds, private_interfaces)]
impl<S, V: ?::core::marker::Sized> __NotificationsRuntime::__private::Endpoints<V>
for NotificationsServer<S>
where
    V: __NotificationsRuntime::__private::Visit<
        NotificationsStream,
        Notification,
        StreamPayload,
        Result<(), Problem>,
    >,
{
    #[allow(unused_variables)]
    fn visit(__visitor: &mut V) {
        <V as __NotificationsRuntime::__private::Visit<
            NotificationsStream,
            Notification,
            StreamPayload,
            Result<(), Problem>,
        >>::endpoint(__visitor);
    }
}
