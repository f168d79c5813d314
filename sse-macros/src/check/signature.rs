//! The shape of a method: `async fn(&self, …)`, with a stream in it or out of it.

use syn::ext::IdentExt;
use syn::{FnArg, GenericArgument, ReceiverKind, ReturnType, Safety, Type};

use super::names::pascal;
use super::parameters::{self, Parameters};
use crate::errors::{Code, Errors};
use crate::item::{Method, inherited};
use crate::model::{Parameter, Shape, StreamTrait};

/// A shape that can be served.
pub(super) struct Signature {
    pub(super) parameters: Vec<Parameter>,
    pub(super) shape: Shape,
    pub(super) returns: Type,
    pub(super) event: Type,
}

pub(super) struct Found {
    pub(super) signature: Option<Signature>,
    /// The trait that has to be there so that the method as written compiles.
    pub(super) stream: Option<StreamTrait>,
}

pub(super) fn check(method: &Method, errors: &mut Errors) -> Found {
    let mut fits = has_no_qualifiers(method, errors);
    fits &= is_not_generic(method, errors);
    fits &= is_async(method, errors);
    fits &= takes_self_by_reference(method, errors);
    let expected = expected_stream(method);
    let parameters = parameters::check(method, &expected, errors);
    let stream = parameters.stream_trait.clone().map(|ident| StreamTrait {
        ident,
        method: method.sig.ident.clone(),
        cfgs: inherited(&method.attrs, &["cfg"]),
    });
    let signature = shape(method, &expected, parameters, errors);
    Found {
        signature: signature.filter(|_| fits),
        stream,
    }
}

/// `<Method>ServerStream`.
fn expected_stream(method: &Method) -> String {
    let name = method.sig.ident.unraw().to_string();
    format!("{}ServerStream", pascal(&name))
}

fn has_no_qualifiers(method: &Method, errors: &mut Errors) -> bool {
    let sig = &method.sig;
    let constness = sig.constness.map(quote::ToTokens::into_token_stream);
    let safety = match &sig.safety {
        Safety::Safe(token) => Some(quote::ToTokens::to_token_stream(token)),
        Safety::Unsafe(token) => Some(quote::ToTokens::to_token_stream(token)),
        Safety::Default => None,
    };
    let abi = sig
        .abi
        .as_ref()
        .map(|abi| quote::ToTokens::to_token_stream(&abi.extern_token));
    let variadic = sig
        .variadic
        .as_ref()
        .map(|variadic| quote::ToTokens::to_token_stream(&variadic.dots));
    let found = [constness, safety, abi, variadic];
    let mut fits = true;
    for token in found.iter().flatten() {
        errors.report(
            Code::Qualifier,
            token,
            format_args!(
                "`{}` cannot be served: `{token}` is not supported",
                sig.ident
            ),
            format_args!("write `async fn {}(&self, …)`", sig.ident),
        );
        fits = false;
    }
    fits
}

fn is_not_generic(method: &Method, errors: &mut Errors) -> bool {
    let sig = &method.sig;
    let what = if !sig.generics.params.is_empty() {
        let what = format!("`{}` cannot be served: it is generic", sig.ident);
        Some((quote::ToTokens::to_token_stream(&sig.generics.params), what))
    } else {
        sig.generics.where_clause.as_ref().map(|clause| {
            let what = format!("`{}` cannot be served: it has a `where` clause", sig.ident);
            (quote::ToTokens::to_token_stream(&clause.where_token), what)
        })
    };
    if let Some((at, what)) = &what {
        let help = "write the types out: a route has one type of event and one of payload";
        errors.report(Code::Generics, at, what, help);
    }
    what.is_none()
}

fn is_async(method: &Method, errors: &mut Errors) -> bool {
    let sig = &method.sig;
    if sig.asyncness.is_none() {
        errors.report(
            Code::NotAsync,
            &sig.fn_token,
            format_args!("`{}` is not `async`", sig.ident),
            format_args!(
                "write `async fn {}`, or move it out of the trait if it streams nothing",
                sig.ident
            ),
        );
    }
    sig.asyncness.is_some()
}

fn takes_self_by_reference(method: &Method, errors: &mut Errors) -> bool {
    let sig = &method.sig;
    let help = format!("write `async fn {}(&self, …)`", sig.ident);
    let Some(FnArg::Receiver(receiver)) = sig.inputs.first() else {
        errors.report(
            Code::Receiver,
            &sig.ident,
            format_args!("`{}` does not take `&self`", sig.ident),
            help,
        );
        return false;
    };
    let fits = matches!(&receiver.kind, ReceiverKind::Reference(_, None, None));
    if !fits {
        errors.report(
            Code::Receiver,
            receiver,
            format_args!(
                "`{}` takes `{}`, but requests share one service",
                sig.ident,
                parameters::shown(receiver)
            ),
            help,
        );
    }
    fits
}

fn shape(
    method: &Method,
    expected: &str,
    found: Parameters,
    errors: &mut Errors,
) -> Option<Signature> {
    let ident = &method.sig.ident;
    let returned = match &method.sig.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(parameters::ungrouped(ty)),
    };
    let pulled = returned.and_then(returned_stream);
    match (found.has_stream, returned, pulled) {
        (true, _, Some(stream)) => {
            errors.report(
                Code::TwoStreams,
                stream,
                format_args!("`{ident}` takes a stream and returns one"),
                "send to the stream and return `Result<(), Error>`, or leave the parameter out",
            );
            None
        }
        (true, None, None) => {
            errors.report(
                Code::ReturnType,
                ident,
                format_args!("`{ident}` returns nothing"),
                "write `-> Result<(), Problem>`, so that it can fail",
            );
            None
        }
        (true, Some(returns), None) => Some(Signature {
            parameters: found.known?,
            shape: Shape::Push,
            returns: returns.clone(),
            event: found.event?,
        }),
        (false, Some(returns), Some(stream)) => {
            let event = pulled_event(ident, stream, errors)?;
            if !is_result(returns) {
                errors.report(
                    Code::ReturnType,
                    stream,
                    format_args!("`{ident}` returns a stream that is not in a `Result`"),
                    "write `-> Result<impl Stream<Item = Result<Event, Error>> + Send, Error>`",
                );
                return None;
            }
            Some(Signature {
                parameters: found.known?,
                shape: Shape::Pull,
                returns: returns.clone(),
                event,
            })
        }
        (false, _, None) if found.is_stream_refused => None,
        (false, _, None) => {
            errors.report(
                Code::NoStream,
                ident,
                format_args!("`{ident}` has no stream"),
                format_args!(
                    "add `stream: impl {expected}<Event>`, or return \
                     `Result<impl Stream<Item = Result<Event, Error>> + Send, Error>`"
                ),
            );
            None
        }
        (false, None, Some(_)) => None,
    }
}

/// The `impl …` in a return type, as the type itself or as its first argument.
fn returned_stream(returned: &Type) -> Option<&Type> {
    if matches!(returned, Type::ImplTrait(_)) {
        return Some(returned);
    }
    parameters::first_type_argument(returned).filter(|ty| matches!(ty, Type::ImplTrait(_)))
}

fn is_result(ty: &Type) -> bool {
    let Type::Path(path) = ty else {
        return false;
    };
    let last = path.path.segments.last();
    last.is_some_and(|segment| segment.ident.to_string().ends_with("Result"))
}

/// `T` of `impl Stream<Item = Result<T, E>>`.
fn pulled_event(method: &syn::Ident, stream: &Type, errors: &mut Errors) -> Option<Type> {
    let help = "write `impl Stream<Item = Result<Event, Error>> + Send`";
    let Some(item) = item_of(stream) else {
        errors.report(
            Code::ReturnType,
            stream,
            format_args!("`{method}` returns something that is not a stream of events"),
            help,
        );
        return None;
    };
    let event = parameters::first_type_argument(item).filter(|_| is_result(item));
    let Some(event) = event else {
        errors.report(
            Code::ReturnType,
            item,
            format_args!("an item of the stream that `{method}` returns is no `Result`"),
            help,
        );
        return None;
    };
    parameters::is_owned(event, "the type of the events", errors).then(|| event.clone())
}

/// `X` of `impl …<Item = X>`.
fn item_of(stream: &Type) -> Option<&Type> {
    let Type::ImplTrait(stream) = stream else {
        return None;
    };
    let arguments = stream.bounds.iter().filter_map(|bound| match bound {
        syn::TypeParamBound::Trait(bound) => bound.path.segments.last(),
        _ => None,
    });
    let arguments = arguments.filter_map(|segment| match &segment.arguments {
        syn::PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    });
    arguments.flatten().find_map(|argument| match argument {
        GenericArgument::AssocType(assoc) if assoc.ident == "Item" => {
            Some(parameters::ungrouped(&assoc.ty))
        }
        _ => None,
    })
}
