//! Metrics as they are registered: a name, and a handle for each endpoint or engine.

use metrics::{
    Counter, Gauge, Histogram, Label, Unit, counter, describe_counter, describe_gauge,
    describe_histogram, gauge, histogram,
};

#[cfg(any(feature = "hub", feature = "server"))]
use crate::describe::Descriptor;

/// Names follow <https://prometheus.io/docs/practices/naming/>: the unit at the end, then `_total`
/// where it only ever rises.
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) unit: Unit,
    pub(super) help: &'static str,
}

/// Whose metrics they are: the one label that is on all of them.
pub(super) struct Owner(Label);

impl Owner {
    #[cfg(any(feature = "hub", feature = "server"))]
    pub(super) fn endpoint(descriptor: &Descriptor) -> Self {
        Self(Label::new(
            "endpoint",
            descriptor.endpoint_name().to_string(),
        ))
    }

    #[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
    pub(super) fn engine(name: &'static str) -> Self {
        Self(Label::from_static_parts("engine", name))
    }

    fn label(&self) -> Label {
        self.0.clone()
    }
}

impl Metric {
    pub(super) fn gauge(&self, owner: &Owner) -> Gauge {
        describe_gauge!(self.name, self.unit, self.help);
        gauge!(self.name, vec![owner.label()])
    }

    pub(super) fn histogram(&self, owner: &Owner) -> Histogram {
        describe_histogram!(self.name, self.unit, self.help);
        histogram!(self.name, vec![owner.label()])
    }

    pub(super) fn counter(&self, owner: &Owner) -> Counter {
        describe_counter!(self.name, self.unit, self.help);
        counter!(self.name, vec![owner.label()])
    }

    /// The counter of one value of a second label.
    pub(super) fn counter_of(
        &self,
        owner: &Owner,
        label: &'static str,
        value: &'static str,
    ) -> Counter {
        describe_counter!(self.name, self.unit, self.help);
        counter!(
            self.name,
            vec![owner.label(), Label::from_static_parts(label, value)]
        )
    }
}

/// Counters of one metric, one for each value of an enum. All are there from the start, at zero: a
/// rate does not see the first of what begins at one.
macro_rules! counters {
    (
        $name:ident of $metric:ident, $label:ident: $type:ident { $($field:ident: $value:ident),+ $(,)? }
        $(never $never:ident)?
    ) => {
        #[derive(Debug)]
        struct $name { $($field: ::metrics::Counter),+ }

        impl $name {
            fn register(owner: &$crate::metrics::recorded::metric::Owner) -> Self {
                let counter = |value: $type| {
                    $metric.counter_of(owner, stringify!($label), value.as_str())
                };
                Self { $($field: counter($type::$value)),+ }
            }

            fn add(&self, value: $type, count: u64) {
                match value {
                    $($type::$value => self.$field.increment(count),)+
                    $($type::$never => {})?
                }
            }
        }
    };
}
pub(super) use counters;

/// Holds a gauge one higher for as long as it is there.
#[cfg(any(feature = "hub", feature = "server"))]
#[derive(Debug)]
pub(super) struct Raised(Gauge);

#[cfg(any(feature = "hub", feature = "server"))]
impl Raised {
    pub(super) fn new(gauge: &Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge.clone())
    }
}

#[cfg(any(feature = "hub", feature = "server"))]
impl Drop for Raised {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
