//! The path of a blob binding: text in which values are filled in for each call.

use super::{
    braces::{BadText, Piece, pieces},
    data::{BindingData, Unresolved},
    expression::Expression,
};

/// A text with expressions: `thumbnails/{name}-{rand-guid}.png`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    /// An expression as it was written, for messages.
    Value(Expression, String),
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// Where and why it is none.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        let part = |piece| match piece {
            Piece::Literal(literal) => Ok(Part::Literal(literal)),
            Piece::Braced(inside, at) => {
                let expression = Expression::parse(&inside).map_err(|why| BadText::new(at, why))?;
                Ok(Part::Value(expression, inside))
            }
        };
        let parts = pieces(text)?.into_iter().map(part).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), parts })
    }

    /// Its expressions with the texts between the braces.
    pub fn expressions(&self) -> impl Iterator<Item = (&Expression, &str)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Value(expression, text) => Some((expression, text.as_str())),
        })
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The text with everything filled in.
    ///
    /// # Errors
    /// The first expression that has no value in this call.
    pub fn resolve(&self, data: &BindingData<'_>) -> Result<String, Unresolved> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Value(expression, written) => text.push_str(&data.value(expression, written)?),
            }
        }
        Ok(text)
    }
}

/// As it was written.
impl std::fmt::Display for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
