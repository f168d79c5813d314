//! Which field plays which role, and what ends a stream.

use syn::Type;

use crate::args::{Args, Done, Slot};
use crate::errors::{Code, Errors};
use crate::model::{Client, Content, EventName, Roles};

/// The roles that are left of `args`, whose conflicts are settled.
pub(super) fn check(args: &Args) -> Roles {
    let by_field = args.event.get().cloned().map(EventName::Field);
    let constant = || args.event_name.get().map(|name| name.literal.clone());
    Roles {
        id: args.id.get().cloned(),
        name: by_field.or_else(|| constant().map(EventName::Constant)),
        retry: args.retry.get().cloned(),
        key: args.key.get().cloned(),
        data: content(args),
    }
}

fn content(args: &Args) -> Option<Content> {
    let data = match &args.data {
        Slot::Refused => return None,
        Slot::Set(_, data) => Some(data.clone()),
        Slot::Unset | Slot::Off => None,
    };
    match (&args.variants, data) {
        (Slot::Refused, _) => None,
        (Slot::Set(_, tag), data) => Some(Content::Variants {
            tag: tag.clone(),
            field: data.map(|data| data.field),
        }),
        (Slot::Unset | Slot::Off, Some(data)) => Some(Content::Field(data)),
        (Slot::Unset | Slot::Off, None) => Some(Content::Event),
    }
}

/// The client that is asked for. Where what was said is refused there is one all the same: code that
/// uses it has no mistake to be told of.
pub(super) fn client(args: &Args) -> Option<Client> {
    let asked = args.client.get().cloned();
    asked.or_else(|| args.client.is_refused().then_some(Client { feature: None }))
}

/// What `done` says of a stream of `event`s.
pub(super) fn done(args: &Args, event: &Type, errors: &mut Errors) -> Option<Done> {
    let done = args.done.get()?;
    let Done::Variants(variants) = done else {
        return Some(done.clone());
    };
    let first = variants.first()?;
    let (what, help) = if args.variants.is_refused() || args.data.is_refused() {
        return None;
    } else if !args.variants.is_set() {
        (
            "only the variants that name events can end a stream",
            format!("add `variants`, or write `done = \"{first}\"` for a last event of that text"),
        )
    } else if args.data.is_set() {
        (
            "the variants of a field cannot end a stream",
            "make the enum the event itself and leave `data` out, or write `done` alone".to_owned(),
        )
    } else if !is_path(event) {
        (
            "this type of event has no variants that could end the stream",
            "name the enum as the event, or write `done` alone".to_owned(),
        )
    } else {
        return Some(done.clone());
    };
    errors.report(Code::DoneVariants, first, what, help);
    None
}

fn is_path(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.qself.is_none())
}
