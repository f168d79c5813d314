//! The trait as the user wrote it: our helper attributes set apart, everything else untouched.
//!
//! Bodies stay tokens. They are none of our business, and while they are being typed an editor
//! sends ones that do not parse.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    AttrStyle, Attribute, Generics, Meta, Signature, Token, TypeParamBound, Visibility, braced,
};

/// A trait.
pub(crate) struct Trait {
    pub(crate) attrs: Vec<Attribute>,
    /// Ours among the attributes of the trait: it has one already, since we are called.
    pub(crate) repeated: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) unsafety: Option<Token![unsafe]>,
    pub(crate) auto_token: Option<Token![auto]>,
    pub(crate) trait_token: Token![trait],
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) supertraits: Punctuated<TypeParamBound, Token![+]>,
    pub(crate) members: Vec<Member>,
}

/// What stands between the braces of a trait.
pub(crate) enum Member {
    Method(Box<Method>),
    /// A constant, a type or a macro: `#[sse]` on it is a mistake.
    Other(TokenStream, Vec<Attribute>),
}

/// A method of a trait.
pub(crate) struct Method {
    /// The user's attributes.
    pub(crate) attrs: Vec<Attribute>,
    /// What `#[sse(…)]` says, one stream of tokens for each.
    pub(crate) said: Vec<TokenStream>,
    /// Attributes that are ours and do not belong on a method.
    pub(crate) wrong: Vec<Attribute>,
    pub(crate) sig: Signature,
    pub(crate) body: Option<Group>,
}

impl Trait {
    pub(crate) fn methods(&self) -> impl Iterator<Item = &Method> {
        self.members.iter().filter_map(|member| match member {
            Member::Method(method) => Some(&**method),
            Member::Other(..) => None,
        })
    }
}

impl Parse for Trait {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (repeated, mut attrs): (Vec<_>, Vec<_>) = input
            .call(Attribute::parse_outer)?
            .into_iter()
            .partition(|attr| is(attr, "server_sent_events"));
        let vis = input.parse()?;
        let unsafety = input.parse()?;
        let auto_token = input.parse()?;
        let trait_token = input.parse()?;
        let ident = input.parse()?;
        let mut generics: Generics = input.parse()?;
        let mut supertraits = Punctuated::new();
        if input.parse::<Option<Token![:]>>()?.is_some() {
            while !input.peek(Token![where]) && !input.peek(syn::token::Brace) {
                supertraits.push_value(input.parse()?);
                if input.peek(Token![where]) || input.peek(syn::token::Brace) {
                    break;
                }
                supertraits.push_punct(input.parse()?);
            }
        }
        generics.where_clause = input.parse()?;
        let content;
        braced!(content in input);
        let inner = content.call(Attribute::parse_inner)?;
        attrs.extend(inner.into_iter().map(|attr| Attribute {
            style: AttrStyle::Outer,
            ..attr
        }));
        let mut members = Vec::new();
        while !content.is_empty() {
            members.push(content.parse()?);
        }
        Ok(Self {
            attrs,
            repeated,
            vis,
            unsafety,
            auto_token,
            trait_token,
            ident,
            generics,
            supertraits,
            members,
        })
    }
}

impl Parse for Member {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        let is_method =
            ahead.call(Attribute::parse_outer).is_ok() && ahead.parse::<Signature>().is_ok();
        if is_method {
            return input.parse().map(Box::new).map(Self::Method);
        }
        let (ours, theirs): (Vec<_>, Vec<_>) = input
            .call(Attribute::parse_outer)?
            .into_iter()
            .partition(is_ours);
        let item: syn::TraitItem = input.parse()?;
        Ok(Self::Other(quote!(#(#theirs)* #item), ours))
    }
}

impl Parse for Method {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attrs = Vec::new();
        let mut said = Vec::new();
        let mut wrong = Vec::new();
        for attr in input.call(Attribute::parse_outer)? {
            match &attr.meta {
                Meta::Path(_) if is(&attr, "sse") => {}
                Meta::List(list) if is(&attr, "sse") => said.push(list.tokens.clone()),
                _ if is_ours(&attr) => wrong.push(attr),
                _ => attrs.push(attr),
            }
        }
        let sig = input.parse()?;
        let body = if input.parse::<Option<Token![;]>>()?.is_some() {
            None
        } else {
            match input.parse()? {
                TokenTree::Group(body) => Some(body),
                other => return Err(syn::Error::new_spanned(other, "expected `;` or a body")),
            }
        };
        Ok(Self {
            attrs,
            said,
            wrong,
            sig,
            body,
        })
    }
}

fn is_ours(attr: &Attribute) -> bool {
    is(attr, "sse") || is(attr, "server_sent_events")
}

/// Whether `attr` is `#[name]` or `#[path::to::name]`.
fn is(attr: &Attribute, name: &str) -> bool {
    let last = attr.path().segments.last();
    last.is_some_and(|segment| segment.ident == name)
}

/// The attributes among `attrs` that hold for everything made from what they stand on.
pub(crate) fn inherited(attrs: &[Attribute], names: &[&str]) -> Vec<Attribute> {
    let wanted = |attr: &&Attribute| names.iter().any(|name| attr.path().is_ident(name));
    attrs.iter().filter(wanted).cloned().collect()
}

/// An item that is no trait, without what is ours: its tokens, if they can be told apart.
pub(crate) fn without_ours(item: TokenStream) -> TokenStream {
    let mut out: Vec<TokenTree> = Vec::new();
    for tree in item {
        let tree = match tree {
            TokenTree::Group(group) => {
                let stripped = match out.last() {
                    Some(TokenTree::Punct(hash)) if hash.as_char() == '#' => {
                        is_our_attribute(&group).then(|| out.pop())
                    }
                    _ => None,
                };
                if stripped.is_some() {
                    continue;
                }
                let mut inner = Group::new(group.delimiter(), without_ours(group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            other => other,
        };
        out.push(tree);
    }
    out.into_iter().collect()
}

fn is_our_attribute(group: &Group) -> bool {
    let first = group.stream().into_iter().next();
    matches!(first, Some(TokenTree::Ident(word)) if word == "sse" || word == "server_sent_events")
}

impl ToTokens for Method {
    /// The method as written.
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            attrs, sig, body, ..
        } = self;
        let body = match body {
            Some(body) => body.to_token_stream(),
            None => quote!(;),
        };
        tokens.extend(quote!(#(#attrs)* #sig #body));
    }
}
