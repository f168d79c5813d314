#[allow(unused_imports)]
use ::sse_runtime as __NotificationsRuntime;
__NotificationsRuntime::__private::if_server! {
    /// Notifications, as they happen.
    pub trait Notifications: ::core::marker::Send + ::core::marker::Sync + 'static {
        /// Streams every notification published on a topic.
        fn stream(
            &self,
            payload: StreamPayload,
            stream: impl StreamServerStream<Notification>,
        ) -> impl ::core::future::Future<
            Output = Result<(), Problem>,
        > + ::core::marker::Send;
        /// Streams what changes.
        fn changes(
            &self,
            stream: impl ChangesServerStream<Change>,
        ) -> impl ::core::future::Future<
            Output = Result<(), Problem>,
        > + ::core::marker::Send;
        fn ticks(
            &self,
            stream: impl TicksServerStream<u64>,
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
    ///The stream that [`Notifications::changes`] sends to: every `ServerStream<T>` is one.
    pub trait ChangesServerStream<
        T: ::core::marker::Send + 'static,
    >: __NotificationsRuntime::ServerStream<T> {}
    impl<
        T: ::core::marker::Send + 'static,
        S: __NotificationsRuntime::ServerStream<T>,
    > ChangesServerStream<T> for S {}
    ///The stream that [`Notifications::ticks`] sends to: every `ServerStream<T>` is one.
    pub trait TicksServerStream<
        T: ::core::marker::Send + 'static,
    >: __NotificationsRuntime::ServerStream<T> {}
    impl<
        T: ::core::marker::Send + 'static,
        S: __NotificationsRuntime::ServerStream<T>,
    > TicksServerStream<T> for S {}
}
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
        .payload(&[__NotificationsRuntime::Source::path("topic")])
        .data("message")
        .event("kind")
        .id("id");
}
impl __NotificationsRuntime::Endpoint<Notification> for NotificationsStream {
    #[allow(unused_variables)]
    fn encode(
        __event: &Notification,
        __frame: &mut __NotificationsRuntime::Frame<'_>,
    ) -> ::core::result::Result<(), __NotificationsRuntime::EncodeError> {
        let __field = &(*__event).id;
        __NotificationsRuntime::__private::id(__frame, __field)?;
        let __field = &(*__event).kind;
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
    }
};
impl __NotificationsRuntime::Decode<Notification> for NotificationsStream {
    fn decode(
        __message: &__NotificationsRuntime::wire::Message<'_>,
    ) -> ::core::result::Result<
        __NotificationsRuntime::Decoded<Notification>,
        __NotificationsRuntime::DecodeEventError,
    > {
        __NotificationsRuntime::__private::decoded(|| {
            ::core::result::Result::Ok(Notification {
                kind: __NotificationsRuntime::__private::read_event(__message)?,
                message: __NotificationsRuntime::__private::picked(|
                        __event: &Notification|
                    {
                        #[allow(unused_imports)]
                        use __NotificationsRuntime::__private::pick_field::*;
                        let __field = &(*__event).message;
                        (&&&&__NotificationsRuntime::__private::Pick(__field)).kind()
                    })
                    .read(__message)?,
                id: __NotificationsRuntime::__private::read_id(__message)?,
            })
        })
    }
}
/**The endpoint of [`Notifications::changes`], `GET /notifications/changes`.

*/
/// Streams what changes.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
#[allow(dead_code)]
pub struct NotificationsChanges;
impl __NotificationsRuntime::Described for NotificationsChanges {
    const DESCRIPTOR: &'static __NotificationsRuntime::Descriptor = &__NotificationsRuntime::Descriptor::get(
            "Notifications",
            "changes",
            "/notifications/changes",
        )
        .service_docs(" Notifications, as they happen.")
        .docs(" Streams what changes.")
        .variants_tagged("type")
        .id("seq");
}
impl __NotificationsRuntime::Endpoint<Change> for NotificationsChanges {
    #[allow(unused_variables)]
    fn encode(
        __event: &Change,
        __frame: &mut __NotificationsRuntime::Frame<'_>,
    ) -> ::core::result::Result<(), __NotificationsRuntime::EncodeError> {
        let __field = &(*__event).seq;
        __NotificationsRuntime::__private::id(__frame, __field)?;
        __NotificationsRuntime::__private::variants_tagged(__frame, "type", __event)?;
        ::core::result::Result::Ok(())
    }
    fn variants() -> ::core::option::Option<&'static [&'static str]> {
        #[allow(unused_imports)]
        use __NotificationsRuntime::__private::pick_variants::*;
        (&__NotificationsRuntime::__private::Probe::<Change>::new()).names()
    }
}
impl __NotificationsRuntime::LogIds<
    {
        __NotificationsRuntime::__private::from_log(|__event: &Change| {
            #[allow(unused_imports)]
            use __NotificationsRuntime::__private::pick_id::*;
            let __field = &(*__event).seq;
            (&&__NotificationsRuntime::__private::Pick(__field)).kind()
        })
    },
> for NotificationsChanges {}
#[cfg(feature = "changes")]
impl __NotificationsRuntime::Decode<Change> for NotificationsChanges {
    fn decode(
        __message: &__NotificationsRuntime::wire::Message<'_>,
    ) -> ::core::result::Result<
        __NotificationsRuntime::Decoded<Change>,
        __NotificationsRuntime::DecodeEventError,
    > {
        __NotificationsRuntime::__private::decoded(|| {
            let mut __event: Change = __NotificationsRuntime::__private::read_variants_tagged(
                __message,
                "type",
            )?;
            __NotificationsRuntime::__private::fill_id(&mut __event.seq, __message)?;
            ::core::result::Result::Ok(__event)
        })
    }
}
/**The endpoint of [`Notifications::ticks`], `GET /notifications/ticks`.

*/
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
#[allow(dead_code)]
pub struct NotificationsTicks;
impl __NotificationsRuntime::Described for NotificationsTicks {
    const DESCRIPTOR: &'static __NotificationsRuntime::Descriptor = &__NotificationsRuntime::Descriptor::get(
            "Notifications",
            "ticks",
            "/notifications/ticks",
        )
        .service_docs(" Notifications, as they happen.");
}
impl __NotificationsRuntime::Endpoint<u64> for NotificationsTicks {
    #[allow(unused_variables)]
    fn encode(
        __event: &u64,
        __frame: &mut __NotificationsRuntime::Frame<'_>,
    ) -> ::core::result::Result<(), __NotificationsRuntime::EncodeError> {
        {
            #[allow(unused_imports)]
            use __NotificationsRuntime::__private::pick_event::*;
            (&&&&__NotificationsRuntime::__private::Pick(__event))
                .kind()
                .write(__frame, __event)?;
        }
        ::core::result::Result::Ok(())
    }
    fn data_form() -> __NotificationsRuntime::__private::DataForm {
        __NotificationsRuntime::__private::data_form(|__event: &u64| {
            #[allow(unused_imports)]
            use __NotificationsRuntime::__private::pick_event::*;
            (&&&&__NotificationsRuntime::__private::Pick(__event)).kind()
        })
    }
}
impl __NotificationsRuntime::LogIds<true> for NotificationsTicks {}
__NotificationsRuntime::__private::if_server! {
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
        {
            __NotificationsRuntime::__private::route::<
                NotificationsStream,
                Notification,
                StreamPayload,
                (),
                R,
                _,
                _,
                _,
            >(
                &self.server,
                |__service, __payload, (), __stream| async move {
                    <S as Notifications>::stream(&*__service, __payload, __stream).await
                },
            )
        }
        /// Streams what changes.
        /**

    The route of `GET /notifications/changes`.*/
        pub fn changes<R>(&self) -> __NotificationsRuntime::__private::MethodRouter<R>
        where
            R: ::core::clone::Clone + ::core::marker::Send + ::core::marker::Sync + 'static,
        {
            __NotificationsRuntime::__private::route::<
                NotificationsChanges,
                Change,
                __NotificationsRuntime::__private::NoPayload,
                (),
                R,
                _,
                _,
                _,
            >(
                &self.server,
                |__service, __payload, (), __stream| async move {
                    <S as Notifications>::changes(&*__service, __stream).await
                },
            )
        }
        /**

    The route of `GET /notifications/ticks`.*/
        pub fn ticks<R>(&self) -> __NotificationsRuntime::__private::MethodRouter<R>
        where
            R: ::core::clone::Clone + ::core::marker::Send + ::core::marker::Sync + 'static,
        {
            __NotificationsRuntime::__private::route::<
                NotificationsTicks,
                u64,
                __NotificationsRuntime::__private::NoPayload,
                (),
                R,
                _,
                _,
                _,
            >(
                &self.server,
                |__service, __payload, (), __stream| async move {
                    <S as Notifications>::ticks(&*__service, __stream).await
                },
            )
        }
        /// All routes, for a router of any state that the extractors take.
        #[allow(deprecated)]
        pub fn into_router<R>(self) -> __NotificationsRuntime::__private::Router<R>
        where
            R: ::core::clone::Clone + ::core::marker::Send + ::core::marker::Sync + 'static,
        {
            let __router = __NotificationsRuntime::__private::Router::new();
            let __router = __NotificationsRuntime::__private::Router::route(
                __router,
                "/topics/{topic}/events",
                Self::stream(&self),
            );
            let __router = __NotificationsRuntime::__private::Router::route(
                __router,
                "/notifications/changes",
                Self::changes(&self),
            );
            let __router = __NotificationsRuntime::__private::Router::route(
                __router,
                "/notifications/ticks",
                Self::ticks(&self),
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
        V: __NotificationsRuntime::__private::Visit<
            NotificationsChanges,
            Change,
            __NotificationsRuntime::__private::NoPayload,
            Result<(), Problem>,
        >,
        V: __NotificationsRuntime::__private::Visit<
            NotificationsTicks,
            u64,
            __NotificationsRuntime::__private::NoPayload,
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
            <V as __NotificationsRuntime::__private::Visit<
                NotificationsChanges,
                Change,
                __NotificationsRuntime::__private::NoPayload,
                Result<(), Problem>,
            >>::endpoint(__visitor);
            <V as __NotificationsRuntime::__private::Visit<
                NotificationsTicks,
                u64,
                __NotificationsRuntime::__private::NoPayload,
                Result<(), Problem>,
            >>::endpoint(__visitor);
        }
    }
}
__NotificationsRuntime::__private::if_client! {
    /**Reads the streams of a service that serves [`Notifications`].

    Each method is that of the trait: it takes the payload, and gives a stream of events that connects again by itself.*/
    #[derive(::core::clone::Clone, ::core::fmt::Debug)]
    #[allow(dead_code)]
    pub struct NotificationsClient {
        service: __NotificationsRuntime::client::Service,
    }
    #[allow(dead_code, private_bounds, private_interfaces)]
    impl NotificationsClient {
        /// A client of the service at `base`, the URL that its paths are below.
        ///
        /// # Errors
        /// When `base` is no URL of http or https.
        pub fn new(
            base: impl ::core::convert::AsRef<str>,
        ) -> ::core::result::Result<Self, __NotificationsRuntime::client::InvalidRequest> {
            __NotificationsRuntime::client::Service::new(base)
                .map(|service| Self { service })
        }
        /// The same, with a client that has settings of its own.
        ///
        /// # Errors
        /// When `base` is no URL of http or https.
        pub fn with(
            client: __NotificationsRuntime::client::Client,
            base: impl ::core::convert::AsRef<str>,
        ) -> ::core::result::Result<Self, __NotificationsRuntime::client::InvalidRequest> {
            __NotificationsRuntime::client::Service::with(client, base)
                .map(|service| Self { service })
        }
        /// Streams every notification published on a topic.
        /**

    Reads `GET /topics/{topic}/events`. It connects when it is first polled.*/
        pub fn stream(
            &self,
            payload: &StreamPayload,
        ) -> __NotificationsRuntime::client::Events<NotificationsStream, Notification>
        where
            for<'__p> &'__p StreamPayload: __NotificationsRuntime::__private::Payload,
        {
            self.service
                .events(
                    __NotificationsRuntime::request::of(
                        <NotificationsStream as __NotificationsRuntime::Described>::DESCRIPTOR,
                        &payload,
                    ),
                )
        }
        #[cfg(feature = "changes")]
        /// Streams what changes.
        /**

    Reads `GET /notifications/changes`. It connects when it is first polled.*/
        pub fn changes(
            &self,
        ) -> __NotificationsRuntime::client::Events<NotificationsChanges, Change> {
            self.service
                .events(
                    __NotificationsRuntime::request::of(
                        <NotificationsChanges as __NotificationsRuntime::Described>::DESCRIPTOR,
                        &__NotificationsRuntime::__private::NoPayload {
                        },
                    ),
                )
        }
    }
}
