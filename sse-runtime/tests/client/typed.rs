//! Events of an endpoint, rebuilt.

use serde::Serialize;
use sse_runtime::client::{Client, ClientError, Events, InvalidRequest, Service};
use sse_runtime::wire::{Message, Role};
use sse_runtime::{
    Decode, DecodeEventError, Decoded, Described, Descriptor, EncodeError, Endpoint, Frame, Source,
    request,
};

use crate::support::{Answer, Server, soon};

struct Numbers;

impl Described for Numbers {
    const DESCRIPTOR: &'static Descriptor = &Descriptor::get("Counter", "numbers", "/count/{to}")
        .payload(&[Source::path("to"), Source::last_event_id("from")]);
}

impl Endpoint<u32> for Numbers {
    fn encode(event: &u32, frame: &mut Frame<'_>) -> Result<(), EncodeError> {
        frame.data(&event.to_string());
        Ok(())
    }

    fn ends(event: &u32) -> bool {
        *event == 99
    }
}

impl Decode<u32> for Numbers {
    fn decode(message: &Message<'_>) -> Result<Decoded<u32>, DecodeEventError> {
        if message.name().is_some() {
            return Ok(Decoded::Unknown);
        }
        match message.data().parse() {
            Ok(number) => Ok(Decoded::Event(number)),
            Err(error) => Err(DecodeEventError::custom(message, Role::Data, error)),
        }
    }
}

#[derive(Serialize)]
struct Payload {
    to: &'static str,
    from: Option<u32>,
}

fn numbers(url: &str, from: Option<u32>) -> Events<Numbers, u32> {
    let client = Client::new().policy(soon());
    let service = Service::with(client, url).unwrap();
    service.events(request::of(
        Numbers::DESCRIPTOR,
        &Payload { to: "99", from },
    ))
}

#[tokio::test]
async fn events_are_rebuilt_and_the_payload_says_where_to_begin() {
    let mut server = Server::new([
        Answer::stream("id: 7\ndata: 7\n\n"),
        Answer::stream("data: 8\n\n"),
    ])
    .await;
    let mut events = numbers(&format!("{}/api/", server.url), Some(6));
    assert_eq!(events.position().last_event_id().unwrap().as_str(), "6");
    let event = events.next().await.unwrap().unwrap();
    assert_eq!((*event, event.id().unwrap().as_str()), (7, "7"));
    assert_eq!(*events.next().await.unwrap().unwrap(), 8);
    assert!(events.next().await.is_none());

    let request = server.request().await;
    assert_eq!(request.line(), "get /api/count/99 http/1.1");
    assert_eq!(request.header("last-event-id"), Some("6"));
    assert_eq!(server.request().await.header("last-event-id"), Some("7"));
}

#[tokio::test]
async fn an_event_that_does_not_fit_is_an_error_and_one_that_is_not_known_is_counted() {
    let server = Server::new([Answer::stream(
        "data: one\n\nevent: new\ndata: {}\n\nevent: newer\ndata: {}\n\ndata: 2\n\n",
    )])
    .await;
    let mut events = numbers(&server.url, None);
    let error = events.next().await.unwrap().unwrap_err();
    let ClientError::Decode(_) = &error else {
        panic!("{error}");
    };
    assert_eq!(
        error.to_string(),
        "event data of `message` cannot be read: invalid digit found in string"
    );
    assert_eq!(*events.next().await.unwrap().unwrap(), 2);
    assert_eq!(events.unknown(), 2);
}

#[tokio::test]
async fn an_event_that_ends_the_stream_is_the_last_one() {
    let mut server = Server::new([Answer::stream("data: 99\n\ndata: 100\n\n").held()]).await;
    let mut events = numbers(&server.url, None);
    assert_eq!(*events.next().await.unwrap().unwrap(), 99);
    server.left().await;
    assert!(events.next().await.is_none());
    server.request().await;
    assert!(!server.was_asked_again());
}

#[tokio::test]
async fn a_problem_that_stays_closes_the_connection() {
    let problem = "event: problem\ndata: {\"status\":404,\"detail\":\"it is gone\"}\n\n";
    let mut server = Server::new([Answer::stream(problem).held()]).await;
    let mut events = numbers(&server.url, None);
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(error.problem().unwrap().get_detail(), Some("it is gone"));
    server.left().await;
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_place_that_was_saved_holds_in_place_of_the_payload() {
    let mut server = Server::new([]).await;
    let position = serde_json::from_str(r#"{"last_event_id":"41"}"#).unwrap();
    let mut events = numbers(&server.url, Some(6)).resume_from(position);
    assert!(events.next().await.is_none());
    assert_eq!(server.request().await.header("last-event-id"), Some("41"));
}

#[tokio::test]
async fn a_payload_that_is_no_request_is_the_only_item() {
    let service = Service::new("http://localhost").unwrap();
    let payload = Payload {
        to: "..",
        from: None,
    };
    let mut events: Events<Numbers, u32> =
        service.events(request::of(Numbers::DESCRIPTOR, &payload));
    let error = events.next().await.unwrap().unwrap_err();
    assert!(matches!(error, ClientError::Request(_)));
    assert!(events.next().await.is_none());
}

#[test]
fn the_url_of_a_service_is_one_to_which_paths_can_be_added() {
    let told = |base: &str| match Service::new(base) {
        Ok(_) => String::new(),
        Err(error @ InvalidRequest { .. }) => error.to_string(),
    };
    assert_eq!(told("https://example.com/api"), "");
    assert_eq!(
        told("https://example.com/?a=b"),
        "`https://example.com/?a=b` has a query or a fragment; leave it out of the URL of a service"
    );
}
