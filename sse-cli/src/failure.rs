//! Why a stream cannot be had.

use std::error::Error;

/// An error with what caused it.
pub(crate) fn told(error: &(dyn Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Some libraries say what caused an error in its own text, too.
        if !told.ends_with(&text) {
            told = told + ": " + &text;
        }
        cause = error.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Self>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|layer| layer as _)
        }
    }

    #[test]
    fn an_error_is_told_with_its_causes_each_once() {
        let refused = Layer("refused", None);
        let connect = Layer("connect: refused", Some(Box::new(refused)));
        let error = Layer("no connection", Some(Box::new(connect)));
        assert_eq!(told(&error), "no connection: connect: refused");
    }
}
