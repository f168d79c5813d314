use std::fmt;

/// Why there is no such document: every reason, not only the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError {
    mistakes: Vec<Mistake>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mistake {
    /// Two endpoints answer the same request.
    Routes(String),
    /// Two operations have one id.
    Operations(String),
    /// Two schemas have one name.
    Schemas(String),
    /// Nothing has this name, although something refers to it.
    Dangling(String),
    /// A payload is not one; why.
    Payload(String),
}

impl DocumentError {
    /// Nothing where there is no mistake.
    pub(super) fn of(mut mistakes: Vec<Mistake>) -> Result<(), Self> {
        mistakes.dedup();
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(Self { mistakes })
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Routes(route) => {
                write!(
                    f,
                    "two operations answer `{route}`: give one of them another path"
                )
            }
            Self::Operations(id) => write!(
                f,
                "two operations have the id `{id}`: rename one of the traits or methods"
            ),
            Self::Schemas(name) => write!(
                f,
                "two different schemas are called `{name}`: write `#[schema(as = …)]` at one of the types"
            ),
            Self::Dangling(name) => write!(
                f,
                "no schema is called `{name}`, although one refers to it: derive `ToSchema` for what it stands for, and \
                 write `#[schema(inline)]` at a field whose type is a parameter"
            ),
            Self::Payload(why) => f.write_str(why),
        }
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the document cannot be made: ")?;
        for (nth, mistake) in self.mistakes.iter().enumerate() {
            let separator = if nth > 0 { "; " } else { "" };
            write!(f, "{separator}{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DocumentError {}
