//! Services that do something of their own beside forwarding.

use std::time::Duration;

use axum::body::Body;
use http::{Method, Request};
use sse_runtime::hub::Deliver;

use crate::support::{Client, Tick, Ticks, app, hub, publish, tick};

/// Serves `/ticks` with that body of a method, which may map no fields otherwise than the hub's.
macro_rules! serve {
    ([$($args:tt)*] $hub:expr, |$h:ident, $stream:ident| $body:block) => {{
        #[sse_runtime::server_sent_events(event_name = "tick")]
        trait Api {
            #[sse($($args)*)]
            async fn events(
                &self,
                stream: impl EventsServerStream<Tick>,
            ) -> Result<(), sse_runtime::Problem>;
        }
        struct Service(Ticks);
        impl Api for Service {
            async fn events(
                &self,
                $stream: impl EventsServerStream<Tick>,
            ) -> Result<(), sse_runtime::Problem> {
                let $h = &self.0;
                $body
            }
        }
        ApiServer::new(Service(Ticks::clone($hub))).into_router()
    }};
}

async fn client(app: axum::Router) -> Client {
    Client::of(app, "", "").await
}

#[tokio::test(start_paused = true)]
async fn head_is_answered_with_headers_and_subscribes_nobody() {
    let hub = hub();
    publish(&hub, "c", 0..1).await;
    let request = Request::head("/ticks?channel=c").body(Body::empty());
    let client = Client::from(app(&hub), request.expect("a request")).await;
    assert_eq!(client.status, 200);
    assert_eq!(client.headers["content-type"], "text/event-stream");
    assert_eq!(hub.subscriptions(), 0);
    assert_eq!(client.rest().await, "");
}

#[tokio::test(start_paused = true)]
async fn a_post_is_sent_events_and_no_block_besides() {
    let hub = hub();
    let app = serve!([post = "/ticks"] & hub, |hub, stream| {
        let events = hub.subscribe("c").keys(["b"]).await?;
        Ok(stream.forward(events).await?)
    });
    let request = Request::builder().method(Method::POST).uri("/ticks");
    let request = request.header("accept", "text/event-stream");
    let request = request.body(Body::empty()).expect("a request");
    let mut client = Client::from(app, request).await;
    assert!(!client.headers.contains_key("last-event-id"));
    assert_eq!(client.blocks().await, []);
    publish(&hub, "c", 0..200).await;
    assert_eq!(client.blocks().await, []);
    hub.publish_last("c", &tick("b", 200))
        .await
        .expect("published");
    let rest = client.rest().await;
    assert_eq!(rest.matches("\n\n").count(), 1, "{rest}");
    assert!(rest.contains(r#""n":200"#), "{rest}");
}

#[tokio::test(start_paused = true)]
async fn the_advice_on_reconnecting_comes_before_the_first_block() {
    for otherwise in [Deliver::New, Deliver::All] {
        let hub = hub();
        publish(&hub, "c", 0..1).await;
        let app = serve!(
            [get = "/ticks", reconnection_time = "3s"] & hub,
            |hub, stream| {
                let otherwise = match hub.subscribers("all") {
                    0 => Deliver::New,
                    _ => Deliver::All,
                };
                let events = hub.subscribe("c").otherwise(otherwise).await?;
                Ok(stream.forward(events).await?)
            }
        );
        let all = hub.subscribe("all").await.expect("subscribed");
        let _all = (otherwise == Deliver::All).then_some(all);
        let first = client(app).await.chunk().await.expect("a chunk");
        assert!(first.starts_with("retry: 3000\n\nid: "), "{first}");
        assert_eq!(first.contains("data:"), otherwise == Deliver::All);
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_may_send_events_of_its_own_before_and_after() {
    let hub = hub();
    let app = serve!([get = "/ticks"] & hub, |hub, stream| {
        stream.send(tick("own", 100)).await?;
        let events = hub.subscribe("c").otherwise(Deliver::All).await?;
        stream.send(tick("own", 101)).await?;
        stream.forward(events).await?;
        Ok(stream.send(tick("own", 102)).await?)
    });
    publish(&hub, "c", 0..3).await;
    let mut client = client(app).await;
    assert_eq!(client.numbers().await, [100, 101, 0, 1, 2]);
    publish(&hub, "c", 3..4).await;
    hub.close("c").await.expect("closed");
    assert_eq!(client.numbers().await, [3, 102]);
}

#[tokio::test(start_paused = true)]
async fn two_forwards_of_one_service_share_its_stream() {
    let hub = hub();
    let app = serve!([get = "/ticks"] & hub, |hub, stream| {
        let a = hub.subscribe("a").otherwise(Deliver::All).await?;
        let b = hub.subscribe("b").otherwise(Deliver::All).await?;
        tokio::try_join!(stream.forward(a), stream.forward(b))?;
        Ok(())
    });
    publish(&hub, "a", 0..500).await;
    publish(&hub, "b", 1000..1500).await;
    let mut client = client(app).await;
    let mut got = client.numbers().await;
    publish(&hub, "a", 500..503).await;
    publish(&hub, "b", 1500..1503).await;
    got.extend(client.numbers().await);
    let (a, b): (Vec<_>, Vec<_>) = got.into_iter().partition(|n| *n < 1000);
    assert!(a.into_iter().eq(0..503));
    assert!(b.into_iter().eq(1000..1503));
}

#[tokio::test(start_paused = true)]
async fn a_channel_of_which_nothing_is_left_to_send_does_not_end_another_forward() {
    let hub = hub();
    hub.close("a").await.expect("closed");
    let app = serve!([get = "/ticks"] & hub, |hub, stream| {
        let a = hub.subscribe("a").await?;
        let b = hub.subscribe("b").otherwise(Deliver::All).await?;
        tokio::try_join!(stream.forward(a), stream.forward(b))?;
        Ok(())
    });
    publish(&hub, "b", 0..3).await;
    let mut client = client(app.clone()).await;
    assert_eq!(client.status, 200);
    assert_eq!(client.numbers().await, [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_forward_in_a_task_of_its_own_sends_beside_the_service() {
    let hub = hub();
    let app = serve!([get = "/ticks"] & hub, |hub, stream| {
        let events = hub.subscribe("c").otherwise(Deliver::All).await?;
        let clone = stream.clone();
        let forward = tokio::spawn(async move { clone.forward(events).await });
        stream.send(tick("own", 100)).await?;
        let forwarded = forward.await;
        Ok(forwarded.expect("it did not panic")?)
    });
    publish(&hub, "c", 0..3).await;
    let mut client = client(app).await;
    assert_eq!(client.numbers().await, [100, 0, 1, 2]);
    publish(&hub, "c", 3..700).await;
    assert_eq!(client.numbers().await, (3..700).collect::<Vec<_>>());
    hub.close("c").await.expect("closed");
    let rest = client.rest().await;
    assert!(
        rest.ends_with("id: sse-runtime:end-of-stream\n\n"),
        "{rest}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_forward_in_a_task_of_its_own_ends_when_the_client_goes() {
    let hub = hub();
    let app = serve!([get = "/ticks"] & hub, |hub, stream| {
        let events = hub.subscribe("c").await?;
        tokio::spawn(async move { stream.forward(events).await });
        std::future::pending().await
    });
    let mut client = client(app).await;
    client.blocks().await;
    assert_eq!(hub.subscribers("c"), 1);
    drop(client);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(hub.subscribers("c"), 0, "though nothing was published");
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_panics_ends_its_stream_and_no_other() {
    let hub = hub();
    let panicking = serve!([get = "/ticks"] & hub, |hub, stream| {
        let subscribe = hub.subscribe("c").filter(|event| {
            assert!(event.key() != Some("b"), "on purpose");
            true
        });
        Ok(stream.forward(subscribe.await?).await?)
    });
    let mut hurt = client(panicking).await;
    let mut other = Client::new(&hub, "channel=c", "").await;
    assert_eq!(
        (hurt.numbers().await, other.numbers().await),
        (vec![], vec![])
    );
    publish(&hub, "c", 0..1).await;
    assert_eq!(
        (hurt.numbers().await, other.numbers().await),
        (vec![0], vec![0])
    );
    hub.publish("c", &tick("b", 1)).await.expect("published");
    let rest = hurt.rest().await;
    assert!(
        rest.contains("event: problem\n") && rest.contains("500"),
        "{rest}"
    );
    publish(&hub, "c", 2..3).await;
    assert_eq!(other.numbers().await, [1, 2]);
    assert_eq!(hub.subscribers("c"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_end_during_a_replay_comes_after_all_of_it() {
    for last in [false, true] {
        let hub = hub();
        publish(&hub, "c", 0..900).await;
        let mut client = Client::new(&hub, "channel=c&otherwise=all", "").await;
        let mut text = client.chunk().await.expect("a part of it");
        let part = text.matches("data: ").count();
        assert!((1..900).contains(&part), "{part}");
        match last {
            true => drop(
                hub.publish_last("c", &tick("a", 900))
                    .await
                    .expect("published"),
            ),
            false => hub.close("c").await.expect("closed"),
        }
        text.push_str(&client.rest().await);
        assert!(text.ends_with("\n\nid: sse-runtime:end-of-stream\n\n"));
        let numbers = crate::support::blocks_of(&text);
        let numbers = numbers.iter().filter_map(|block| block.number());
        assert!(numbers.eq(0..900 + u64::from(last)));
    }
}
