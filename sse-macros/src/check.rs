//! From what was written to the model: every rule of ours, one function a rule.
//!
//! A rule that does not hold is reported, and what it refused is left out of the model. Nothing
//! stops at the first mistake.

mod conflicts;
mod names;
mod parameters;
mod roles;
mod routes;
mod signature;
mod sources;
mod trait_itself;

use proc_macro2::TokenStream;
use syn::{Attribute, parse_quote};

use crate::args::{Args, Name, Place};
use crate::errors::{Code, Errors};
use crate::item::{self, Member, Trait};
use crate::model::{Endpoint, Method, Service};
use signature::Signature;

/// The outcome for a trait.
pub(crate) enum Checked {
    Service(Service),
    /// The trait itself cannot be served. What is known of it is only good for its names.
    Refused(Service),
}

/// Checks the trait `item` with the arguments `args` of its attribute.
pub(crate) fn service(item: &Trait, args: TokenStream, errors: &mut Errors) -> Checked {
    let mut of_trait = Args::default();
    of_trait.read(args, Place::Trait, errors);
    conflicts::settle(&mut of_trait, errors);

    let fit = trait_itself::check(item, errors);
    helpers_on_other_members(item, errors);

    let mut names = names::Taken::new(item);
    let mut routes = routes::Taken::default();
    let mut streams = Vec::new();
    let mut methods = Vec::new();
    for written in item.methods() {
        let args = own_args(written, errors).over(&of_trait);
        let found = signature::check(written, errors);
        streams.extend(found.stream.filter(|stream| names.is_free(stream)));
        let client = roles::client(&args);
        let names = names.of_method(written, client.is_some(), errors);
        let endpoint = found
            .signature
            .map(|signature| endpoint(item, written, args, signature, &mut routes, errors));
        // Where the names are refused nothing can be made from the method. Its other mistakes are
        // reported by now.
        methods.extend(names.map(|names| Method {
            names,
            endpoint,
            client,
        }));
    }

    let service = Service {
        krate: of_trait
            .krate
            .get()
            .cloned()
            .unwrap_or_else(|| parse_quote!(::sse_runtime)),
        vis: item.vis.clone(),
        ident: item.ident.clone(),
        inherited: inherited(item),
        docs: item::inherited(&item.attrs, &["doc"]),
        streams,
        methods,
    };
    if fit {
        Checked::Service(service)
    } else {
        Checked::Refused(service)
    }
}

/// What everything beside the trait has of its attributes: where it is there, and that it may use a
/// deprecated trait.
fn inherited(item: &Trait) -> Vec<Attribute> {
    let mut attrs = item::inherited(&item.attrs, &["cfg"]);
    let is_deprecated = item
        .attrs
        .iter()
        .any(|attr| attr.path().is_ident("deprecated"));
    attrs.extend(is_deprecated.then(|| parse_quote!(#[allow(deprecated)])));
    attrs
}

fn own_args(written: &item::Method, errors: &mut Errors) -> Args {
    for attr in &written.wrong {
        errors.report(
            Code::WrongAttribute,
            &attr.path(),
            "this is no attribute of a method",
            "write `#[sse(…)]` on a method, and `#[server_sent_events(…)]` on the trait",
        );
    }
    let mut own = Args::default();
    for said in &written.said {
        own.read(said.clone(), Place::Method, errors);
    }
    conflicts::settle(&mut own, errors);
    own
}

fn helpers_on_other_members(item: &Trait, errors: &mut Errors) {
    for member in &item.members {
        let Member::Other(_, ours) = member else {
            continue;
        };
        for attr in ours {
            errors.report(
                Code::HelperAlone,
                &attr.path(),
                "only a method can be an endpoint",
                "write `#[sse(…)]` on an `async fn` of the trait",
            );
        }
    }
}

fn endpoint(
    item: &Trait,
    written: &item::Method,
    mut args: Args,
    signature: Signature,
    routes: &mut routes::Taken,
    errors: &mut Errors,
) -> Endpoint {
    conflicts::settle(&mut args, errors);
    conflicts::default_error_event(&args, errors);
    let Signature {
        parameters,
        shape,
        returns,
        event,
    } = signature;
    let (route, parameters_of_path) = routes::check(item, written, &args, routes, errors);
    let sources = sources::check(
        &written.sig.ident,
        &args,
        &parameters,
        parameters_of_path,
        errors,
    );
    let literal = |name: &Name| name.literal.clone();
    Endpoint {
        route,
        sources,
        done: roles::done(&args, &event, errors),
        roles: roles::check(&args),
        parameters,
        shape,
        returns,
        event,
        keep_alive: args.keep_alive.switched().map(Option::<&_>::copied),
        reconnection_time: args.reconnection_time.switched().map(Option::<&_>::copied),
        open_after: args.open_after.switched().map(Option::<&_>::copied),
        ping_event: args.ping_event.get().map(literal),
        error_event: args.error_event.switched().map(|name| name.map(literal)),
    }
}
