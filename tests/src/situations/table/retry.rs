//! How long a client waits.

use crate::situations::{Answer, Call, Case, Item, Outcome, Policy, Request, Situation};

/// So many attempts that their waits together are told from none, whatever the jitter: the sum of 15
/// numbers from 0 to 60 is below 120 once in 300 million runs.
const ATTEMPTS: usize = 16;
const BASE_MS: u64 = 60;
const AT_LEAST_MS: u64 = 120;

pub(super) fn rows() -> Vec<Situation> {
    let beyond = "retry: 99999999999\n";
    vec![
        Situation::one("retry_of_0", waits("retry: 0\n", BASE_MS, BASE_MS)),
        Situation::new(
            "retry_beyond_the_ceiling",
            [beyond, "retry: 99999999999999999999999\n"]
                .map(|line| waits(line, 1, BASE_MS).called(line.trim_end())),
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
                let lines = format!("retry: {BASE_MS}\n{line}");
                waits(&lines, 1, 2 * BASE_MS).called(line.trim_end_matches('\n'))
            }),
        ),
    ]
}

/// A stream of one event that ends again and again.
fn waits(lines: &str, floor_ms: u64, ceiling_ms: u64) -> Case {
    let answers = (1..ATTEMPTS).map(|n| Answer::stream(format!("{lines}id: {n}\ndata: a\n\n")));
    let events = (1..ATTEMPTS).map(|n| Item::event("a").at(n.to_string()));
    let again = (1..ATTEMPTS).map(|n| Request::after(n.to_string()));
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
            Outcome::new(events, [Request::get()].into_iter().chain(again)).takes_ms(AT_LEAST_MS),
        )
}
