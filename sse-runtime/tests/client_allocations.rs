//! What an event costs a client in allocations: none beside those that hold what it is given out as.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe by contract; this one only counts and hands on to the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use sse_runtime::client::{Client, Events, Service};
use sse_runtime::wire::Message;
use sse_runtime::{
    Decode, DecodeEventError, Decoded, Described, Descriptor, EncodeError, Endpoint, Frame, request,
};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call goes to `System` with the arguments it came with.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are handed on.
        unsafe { System.dealloc(at, layout) }
    }
}

const EVENTS: usize = 50_000;
/// For the connection, and for what is read of it at once.
const SPARE: usize = EVENTS / 10;

/// A stream of numbers, each with an id and one of two names.
fn serve() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let event = |n| {
        format!(
            "id: k3v9x0q2-{n}\nevent: {}\ndata: {n}\n\n",
            ["tick", "tock"][n % 2]
        )
    };
    let events: String = (0..EVENTS).map(event).collect();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let _ = client.read(&mut [0; 4096]).unwrap();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
        client.write_all(head.as_bytes()).unwrap();
        client.write_all(events.as_bytes()).unwrap();
        client
            .write_all(b"id: sse-runtime:end-of-stream\n\n")
            .unwrap();
    });
    url
}

/// How many this thread makes, on which all that the client does is done.
async fn allocations<T>(work: impl Future<Output = T>) -> (T, usize) {
    let before = ALLOCATIONS.get();
    let out = work.await;
    (out, ALLOCATIONS.get() - before)
}

struct Numbers;

impl Described for Numbers {
    const DESCRIPTOR: &'static Descriptor = &Descriptor::get("Counter", "numbers", "/");
}

impl Endpoint<usize> for Numbers {
    fn encode(event: &usize, frame: &mut Frame<'_>) -> Result<(), EncodeError> {
        frame.data(&event.to_string());
        Ok(())
    }
}

impl Decode<usize> for Numbers {
    fn decode(message: &Message<'_>) -> Result<Decoded<usize>, DecodeEventError> {
        Ok(message
            .data()
            .parse()
            .map_or(Decoded::Unknown, Decoded::Event))
    }
}

#[tokio::test]
async fn a_message_that_is_read_where_it_lies_costs_none() {
    let mut events = Client::new().get(serve()).unwrap().stream();
    let (sum, allocations) = allocations(async {
        let mut sum = 0;
        while let Some(number) = events
            .next_with(|event| event.data().parse::<usize>())
            .await
        {
            sum += number.unwrap().unwrap();
        }
        sum
    })
    .await;
    assert_eq!(sum, EVENTS * (EVENTS - 1) / 2);
    assert!(allocations < SPARE, "{allocations}");
}

#[tokio::test]
async fn a_typed_event_costs_none_beside_its_own() {
    let service = Service::new(serve()).unwrap();
    let mut events: Events<Numbers, usize> = service.events(request::of(Numbers::DESCRIPTOR, &()));
    let (last, allocations) = allocations(async {
        let mut last = None;
        while let Some(event) = events.next().await {
            last = event.unwrap().id().cloned();
        }
        last
    })
    .await;
    assert_eq!(last.unwrap().as_str(), format!("k3v9x0q2-{}", EVENTS - 1));
    assert!(allocations < SPARE, "{allocations}");
}

#[tokio::test]
async fn a_message_that_is_given_out_costs_one_for_its_data() {
    let mut events = Client::new().get(serve()).unwrap().stream();
    let (seen, allocations) = allocations(async {
        let mut seen = 0;
        while let Some(event) = events.next().await {
            assert!(event.unwrap().event().starts_with('t'));
            seen += 1;
        }
        seen
    })
    .await;
    assert_eq!(seen, EVENTS);
    assert!(allocations < EVENTS + SPARE, "{allocations}");
}
