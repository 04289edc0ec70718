//! Reading one typed value from a text, or a list from several texts.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{
    de::{self, DeserializeSeed, Deserializer, IntoDeserializer, SeqAccess, Visitor},
    forward_to_deserialize_any,
};

/// Why a value cannot be read.
#[derive(Debug)]
pub(super) enum TextError {
    /// The caller sent something wrong.
    Wrong {
        /// In which parameter, when it is known.
        parameter: Option<String>,
        detail: String,
    },
    /// The function asks for something that texts cannot hold.
    Shape(String),
}

impl TextError {
    /// The error, which lies in this parameter.
    pub(super) fn of(self, name: &str, values: &[&str]) -> Self {
        match self {
            Self::Wrong { parameter: None, detail } => Self::Wrong {
                parameter: Some(name.to_owned()),
                detail: format!("`{name}` is `{}`; {detail}", values.join(",")),
            },
            other => other,
        }
    }

    fn wrong(detail: impl Into<String>) -> Self {
        Self::Wrong { parameter: None, detail: detail.into() }
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong { detail, .. } | Self::Shape(detail) => f.write_str(detail),
        }
    }
}

impl std::error::Error for TextError {}

impl de::Error for TextError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::wrong(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Wrong { parameter: Some(field.to_owned()), detail: format!("`{field}` is missing") }
    }
}

/// One parameter: usually one text, several when its name was given several times.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextValue<'a>(&'a [&'a str]);

impl<'a> TextValue<'a> {
    pub(super) fn new(values: &'a [&'a str]) -> Self {
        Self(values)
    }

    /// All as one text.
    fn joined(self) -> Cow<'a, str> {
        match self.0 {
            [one] => Cow::Borrowed(one),
            several => Cow::Owned(several.join(",")),
        }
    }

    fn parse<T: FromStr>(self, allowed: impl fmt::Display) -> Result<T, TextError> {
        match self.0 {
            [one] => one.trim().parse().map_err(|_| TextError::wrong(format!("allowed: {allowed}"))),
            several => Err(TextError::wrong(format!(
                "allowed: {allowed}, given once (it is given {} times)",
                several.len()
            ))),
        }
    }
}

macro_rules! whole_number {
    ($($method:ident $visit:ident $type:ident;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
            visitor.$visit(self.parse(format_args!("a whole number from {} to {}", $type::MIN, $type::MAX))?)
        })*
    };
}

impl<'de> Deserializer<'de> for TextValue<'_> {
    type Error = TextError;

    whole_number! {
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_u128 visit_u128 u128;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        visitor.visit_f32(self.parse("a number")?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        visitor.visit_f64(self.parse("a number")?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        let text = self.parse::<String>("true or false")?.to_ascii_lowercase();
        visitor.visit_bool(text.parse().map_err(|_| TextError::wrong("allowed: true or false"))?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        let joined = self.joined();
        let mut chars = joined.chars();
        match (chars.next(), chars.next()) {
            (Some(only), None) => visitor.visit_char(only),
            _ => Err(TextError::wrong("allowed: a single character")),
        }
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        visitor.visit_str(&self.joined())
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        visitor.visit_bytes(self.joined().as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, TextError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        visitor.visit_seq(Each(self.0))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TextError> {
        let text = self.joined();
        if !variants.iter().any(|variant| **variant == *text) {
            return Err(TextError::wrong(format!("allowed: {}", variants.join(", "))));
        }
        visitor.visit_enum((&*text).into_deserializer())
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, _visitor: V) -> Result<V::Value, TextError> {
        Err(nested())
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        _visitor: V,
    ) -> Result<V::Value, TextError> {
        Err(nested())
    }

    fn deserialize_map<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, TextError> {
        Err(nested())
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, TextError> {
        Err(nested())
    }

    forward_to_deserialize_any! { str string unit unit_struct identifier ignored_any }
}

fn nested() -> TextError {
    TextError::Shape(
        "one parameter is a number, a text, a boolean, a unit variant of an enum, or a list of these".into(),
    )
}

/// The texts of one name, one after another.
struct Each<'a>(&'a [&'a str]);

impl<'de> SeqAccess<'de> for Each<'_> {
    type Error = TextError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, TextError> {
        let Some((one, rest)) = self.0.split_first() else { return Ok(None) };
        self.0 = rest;
        seed.deserialize(TextValue(std::slice::from_ref(one))).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}
