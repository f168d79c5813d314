//! Metrics as they are registered: a name, and a handle for each endpoint.

use metrics::{
    Counter, Gauge, Histogram, Label, SharedString, Unit, counter, describe_counter,
    describe_gauge, describe_histogram, gauge, histogram,
};

use crate::describe::Descriptor;

/// Names follow <https://prometheus.io/docs/practices/naming/>: the unit at the end, then `_total`
/// where it only ever rises.
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) unit: Unit,
    pub(super) help: &'static str,
}

/// Whose metrics they are.
pub(super) struct EndpointName(SharedString);

impl EndpointName {
    pub(super) fn of(descriptor: &Descriptor) -> Self {
        Self(descriptor.endpoint_name().to_string().into())
    }

    fn label(&self) -> Label {
        Label::new("endpoint", self.0.clone())
    }
}

impl Metric {
    pub(super) fn gauge(&self, endpoint: &EndpointName) -> Gauge {
        describe_gauge!(self.name, self.unit, self.help);
        gauge!(self.name, vec![endpoint.label()])
    }

    pub(super) fn histogram(&self, endpoint: &EndpointName) -> Histogram {
        describe_histogram!(self.name, self.unit, self.help);
        histogram!(self.name, vec![endpoint.label()])
    }

    pub(super) fn counter(&self, endpoint: &EndpointName) -> Counter {
        describe_counter!(self.name, self.unit, self.help);
        counter!(self.name, vec![endpoint.label()])
    }

    /// The counter of one value of a second label.
    pub(super) fn counter_of(
        &self,
        endpoint: &EndpointName,
        label: &'static str,
        value: &'static str,
    ) -> Counter {
        describe_counter!(self.name, self.unit, self.help);
        counter!(
            self.name,
            vec![endpoint.label(), Label::from_static_parts(label, value)]
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
            fn register(endpoint: &$crate::metrics::recorded::metric::EndpointName) -> Self {
                let counter = |value: $type| {
                    $metric.counter_of(endpoint, stringify!($label), value.as_str())
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
#[derive(Debug)]
pub(super) struct Raised(Gauge);

impl Raised {
    pub(super) fn new(gauge: &Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge.clone())
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
