//! How long a client waits.

use crate::situations::{Answer, Call, Case, Item, Outcome, Policy, Request, Situation};

/// So many waits together are told from none, and from those that a client chooses by itself.
const WAITS: u64 = 15;
const WAIT_MS: u64 = 60;
/// Some clocks ring a little early.
const AT_LEAST_MS: u64 = WAITS * (WAIT_MS - 1);
const AT_MOST_MS: u64 = 10_000;
/// A ceiling below which a client that is told nothing waits for longer.
const FAR_MS: u64 = 60_000;

pub(super) fn rows() -> Vec<Situation> {
    let beyond = "retry: 99999999999\n";
    vec![
        Situation::one("retry", waits(&format!("retry: {WAIT_MS}\n"), 1, FAR_MS)),
        Situation::one("retry_of_0", waits("retry: 0\n", WAIT_MS, FAR_MS)),
        Situation::new(
            "retry_beyond_the_ceiling",
            [beyond, "retry: 99999999999999999999999\n"]
                .map(|line| waits(line, 1, WAIT_MS).called(line.trim_end())),
        ),
        Situation::new(
            "retry_that_is_no_number",
            [
                "retry: +5\n",
                "retry: 5 \n",
                "retry: 5s\n",
                "retry:\n",
                "retry: -1\n",
            ]
            .map(|line| {
                let lines = format!("retry: {WAIT_MS}\n{line}");
                waits(&lines, 1, FAR_MS).called(line.trim_end_matches('\n'))
            }),
        ),
    ]
}

/// A stream of one event that ends again and again.
fn waits(lines: &str, floor_ms: u64, ceiling_ms: u64) -> Case {
    let answers = (1..=WAITS).map(|n| Answer::stream(format!("{lines}id: {n}\ndata: a\n\n")));
    let events = (1..=WAITS).map(|n| Item::event("a").at(n.to_string()));
    let again = (1..=WAITS).map(|n| Request::after(n.to_string()));
    Case::new(answers)
        .call(Call {
            policy: Policy {
                floor_ms,
                ceiling_ms,
                max_attempts: None,
            },
            ..Call::default()
        })
        .outcome(
            Outcome::new(events, [Request::get()].into_iter().chain(again))
                .takes_ms(AT_LEAST_MS)
                .takes_at_most_ms(AT_MOST_MS),
        )
}
