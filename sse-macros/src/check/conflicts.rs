//! Keys that contradict each other.

use crate::args::{Args, Field, Form, Key, Name, Slot};
use crate::errors::{Code, Errors};

/// Refuses of each pair of keys that contradict each other the one that [`Key::is_after`].
///
/// Called for the list of the trait, for that of each method and for both together. What was
/// refused before cannot be found again, so a mistake is reported where it was made.
pub(super) fn settle(args: &mut Args, errors: &mut Errors) {
    either(
        &mut args.get,
        &mut args.post,
        "a method has one route",
        errors,
    );
    let one_name = "an event has one name";
    either(&mut args.event, &mut args.event_name, one_name, errors);
    either(&mut args.event, &mut args.variants, one_name, errors);
    either(&mut args.event_name, &mut args.variants, one_name, errors);
    variants_with_forced_data(args, errors);
    fields_in_two_roles(args, errors);
    equal_event_names(args, errors);
}

fn either<A, B>(a: &mut Slot<A>, b: &mut Slot<B>, why: &str, errors: &mut Errors) {
    let (Some(first), Some(second)) = (a.key(), b.key()) else {
        return;
    };
    let first_is_wrong = first.is_after(second);
    let (earlier, later) = if first_is_wrong {
        (second, first)
    } else {
        (first, second)
    };
    errors.report(
        Code::Conflict,
        &later.word,
        format_args!(
            "`{}` and `{}` exclude each other: {why}",
            later.word, earlier.word
        ),
        "keep one of them",
    );
    if first_is_wrong {
        a.refuse();
    } else {
        b.refuse();
    }
}

fn variants_with_forced_data(args: &mut Args, errors: &mut Errors) {
    let (Some(variants), Slot::Set(data, role)) = (args.variants.key(), &args.data) else {
        return;
    };
    if role.form == Form::ByType {
        return;
    }
    let later = if data.is_after(variants) {
        data
    } else {
        variants
    };
    errors.report(
        Code::Conflict,
        &later.word,
        "`variants` writes the data as JSON by itself",
        format_args!(
            "write `data = {0}` if the field `{0}` is the enum, else leave `data` out",
            role.field.name()
        ),
    );
    args.data.refuse();
    args.variants.refuse();
}

fn fields_in_two_roles(args: &mut Args, errors: &mut Errors) {
    let roles = [Role::Data, Role::Event, Role::Id, Role::Retry];
    let mut given: Vec<_> = roles.iter().filter_map(|role| role.given(args)).collect();
    given.sort_by_key(|(_, key, _)| key.order());
    for (nth, (role, key, field)) in given.iter().enumerate() {
        let is_same = |(_, _, other): &&(_, _, Field)| other.name() == field.name();
        let Some((_, earlier, _)) = given.iter().take(nth).find(is_same) else {
            continue;
        };
        errors.report(
            Code::FieldInTwoRoles,
            field.ident(),
            format_args!(
                "`{}` is already the `{}` of the event",
                field.name(),
                earlier.word
            ),
            format_args!("give `{}` another field", key.word),
        );
        role.refuse(args);
    }
}

/// What a field of the event can be on the wire. A `key` is not there, so its field may have a role
/// as well: what names an event, say, or is its data, is often what it is about.
#[derive(Clone, Copy)]
enum Role {
    Data,
    Event,
    Id,
    Retry,
}

impl Role {
    /// The role, its key and its field, where it has one.
    fn given(self, args: &Args) -> Option<(Self, Key, Field)> {
        fn set<T>(slot: &Slot<T>) -> Option<(&Key, &T)> {
            slot.key().zip(slot.get())
        }
        let (key, field) = match self {
            Self::Data => set(&args.data).map(|(key, data)| (key, &data.field)),
            Self::Event => set(&args.event),
            Self::Id => set(&args.id).map(|(key, id)| (key, &id.field)),
            Self::Retry => set(&args.retry),
        }?;
        Some((self, key.clone(), field.clone()))
    }

    fn refuse(self, args: &mut Args) {
        match self {
            Self::Data => args.data.refuse(),
            Self::Event => args.event.refuse(),
            Self::Id => args.id.refuse(),
            Self::Retry => args.retry.refuse(),
        }
    }
}

/// A client tells events apart by their names.
fn equal_event_names(args: &mut Args, errors: &mut Errors) {
    let Args {
        event_name,
        ping_event,
        error_event,
        ..
    } = args;
    equal(event_name, ping_event, errors);
    equal(event_name, error_event, errors);
    equal(ping_event, error_event, errors);
}

fn equal(a: &mut Slot<Name>, b: &mut Slot<Name>, errors: &mut Errors) {
    let (Slot::Set(first, of_first), Slot::Set(second, of_second)) = (&*a, &*b) else {
        return;
    };
    if of_first.literal.value() != of_second.literal.value() {
        return;
    }
    let first_is_wrong = first.is_after(second);
    let (earlier, later) = if first_is_wrong {
        (second, of_first)
    } else {
        (first, of_second)
    };
    errors.report(
        Code::ReservedEventName,
        &later.literal,
        format_args!(
            "the event name `{}` is taken: it is the `{}`",
            later.literal.value(),
            earlier.word
        ),
        "choose another, or clients cannot tell the two apart",
    );
    if first_is_wrong {
        a.refuse();
    } else {
        b.refuse();
    }
}

/// Reports events that are called what errors in the stream are called unless told otherwise.
pub(super) fn default_error_event(args: &Args, errors: &mut Errors) {
    if !args.error_event.is_unset() {
        return;
    }
    let given = [&args.event_name, &args.ping_event]
        .into_iter()
        .filter_map(Slot::get);
    for Name { literal } in given.filter(|name| name.literal.value() == "problem") {
        errors.report(
            Code::ReservedEventName,
            literal,
            "the event name `problem` is taken: errors in the stream are sent under it",
            "choose another, or rename those as in `error_event = \"failure\"`",
        );
    }
}
