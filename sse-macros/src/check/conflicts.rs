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
    let (first, second) = if first.is_after(second) {
        (second.word.clone(), first.word.clone())
    } else {
        (first.word.clone(), second.word.clone())
    };
    errors.report(
        Code::Conflict,
        &second,
        format_args!("`{second}` and `{first}` exclude each other: {why}"),
        "keep one of them",
    );
    if a.key().is_some_and(|key| key.word == second) {
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
        data.word.clone()
    } else {
        variants.word.clone()
    };
    errors.report(
        Code::Conflict,
        &later,
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
    let mut known: Vec<(Key, Field)> = Vec::new();
    while let Some((earlier, later, field)) = repeated_field(args, &mut known) {
        errors.report(
            Code::FieldInTwoRoles,
            field.ident(),
            format_args!(
                "`{}` is already the `{}` of the event",
                field.name(),
                earlier.word
            ),
            format_args!("give `{}` another field", later.word),
        );
        refuse_role(args, &later);
    }
}

/// The first field that has a role although it has one already: both keys, and its later mention.
fn repeated_field(args: &Args, known: &mut Vec<(Key, Field)>) -> Option<(Key, Key, Field)> {
    known.clear();
    let mut roles = roles(args);
    roles.sort_by_key(|(key, _)| (key.place == crate::args::Place::Method, key.nth));
    for (key, field) in roles {
        let earlier = known.iter().find(|(_, other)| other.name() == field.name());
        if let Some((earlier, _)) = earlier {
            return Some((earlier.clone(), key, field));
        }
        known.push((key, field));
    }
    None
}

fn roles(args: &Args) -> Vec<(Key, Field)> {
    fn role<T>(slot: &Slot<T>, field: impl Fn(&T) -> &Field) -> Option<(Key, Field)> {
        match slot {
            Slot::Set(key, value) => Some((key.clone(), field(value).clone())),
            Slot::Unset | Slot::Off | Slot::Refused => None,
        }
    }
    let roles = [
        role(&args.data, |data| &data.field),
        role(&args.event, |field| field),
        role(&args.id, |id| &id.field),
        role(&args.retry, |field| field),
    ];
    roles.into_iter().flatten().collect()
}

fn refuse_role(args: &mut Args, key: &Key) {
    match key.word.to_string().as_str() {
        "data" => args.data.refuse(),
        "event" => args.event.refuse(),
        "id" => args.id.refuse(),
        _ => args.retry.refuse(),
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
