//! A hub as its users have it: services that forward, clients that come and go. Time is paused.

mod conditions;
mod conflating;
mod failing;
mod faults;
mod following;
mod forwarding;
mod gaps;
mod line;
mod picking;
mod presence;
mod publishing;
mod resuming;
mod schedules;
mod support;
