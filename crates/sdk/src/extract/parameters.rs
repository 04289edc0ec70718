//! Reading a typed value from named texts: the parameters of a route or a query.

use std::fmt;

use http::StatusCode;
use serde::{
    de::{
        self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess,
        Visitor,
    },
    forward_to_deserialize_any,
};

use super::text_value::{TextError, TextValue};
use crate::{
    error::{Error, Result, type_label},
    respond::Problem,
};

/// Where parameters come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Route,
    Query,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Route => "route",
            Self::Query => "query",
        })
    }
}

type Entry<'a> = (&'a str, Vec<&'a str>);

/// Named texts; a name may have several.
#[derive(Debug)]
pub(super) struct Parameters<'a> {
    place: Place,
    entries: Vec<Entry<'a>>,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(place: Place, entries: Vec<Entry<'a>>) -> Self {
        Self { place, entries }
    }

    /// Reads a value: 400 when the caller is wrong, a failure when the function is.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T> {
        let place = self.place;
        T::deserialize(self).map_err(|error| match error {
            TextError::Wrong { parameter: Some(name), detail } => {
                Problem::new(StatusCode::BAD_REQUEST, format!("{place} parameter {detail}")).parameter(name).into()
            }
            TextError::Wrong { parameter: None, detail } => {
                Problem::new(StatusCode::BAD_REQUEST, format!("{place} parameters: {detail}")).into()
            }
            TextError::Shape(reason) => Error::new(format_args!(
                "the {place}'s parameters do not fit `{}`: {reason}. Change the route in function.toml, or the type in \
                 the code",
                type_label::<T>()
            )),
        })
    }

    /// The only entry, for types that are one value.
    fn only(self) -> Result<Entry<'a>, TextError> {
        let names = self.entries.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        match <[Entry<'a>; 1]>::try_from(self.entries) {
            Ok([entry]) if self.place == Place::Route => Ok(entry),
            _ if self.place == Place::Query => {
                Err(TextError::Shape("a query is read into a struct or a map".into()))
            }
            _ if names.is_empty() => Err(TextError::Shape("the route has no parameter".into())),
            _ => Err(TextError::Shape(format!(
                "the route has several parameters ({names}), the type takes one"
            ))),
        }
    }
}

macro_rules! only_value {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
            let (name, values) = self.only()?;
            TextValue::new(&values).$method(visitor).map_err(|error| error.of(name, &values))
        })*
    };
}

impl<'de> Deserializer<'de> for Parameters<'_> {
    type Error = TextError;

    only_value! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32
        deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TextError> {
        let (parameter, values) = self.only()?;
        TextValue::new(&values)
            .deserialize_enum(name, variants, visitor)
            .map_err(|error| error.of(parameter, &values))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        if self.entries.is_empty() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, TextError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        visitor.visit_unit()
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        let length = self.entries.len();
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, TextError> {
        if self.place == Place::Query {
            return Err(TextError::Shape("a query is read into a struct or a map".into()));
        }
        if self.entries.len() > length {
            let found = self.entries.len();
            return Err(TextError::Shape(format!(
                "the route has {found} parameters, the type takes {length}"
            )));
        }
        visitor.visit_seq(InOrder { entries: self.entries.into_iter(), left: length })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, TextError> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        visitor.visit_map(ByName { entries: self.entries.into_iter(), value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TextError> {
        let known = |name: &str| fields.iter().find(|field| field.eq_ignore_ascii_case(name)).copied();
        let entries: Vec<Entry<'_>> =
            self.entries.into_iter().filter_map(|(name, values)| Some((known(name)?, values))).collect();
        visitor.visit_map(ByName { entries: entries.into_iter(), value: None })
    }

    forward_to_deserialize_any! { unit_struct ignored_any }
}

/// Values in the order of the route; parameters that may be left out can be missing at the end.
struct InOrder<'a> {
    entries: std::vec::IntoIter<Entry<'a>>,
    left: usize,
}

impl<'de> SeqAccess<'de> for InOrder<'_> {
    type Error = TextError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, TextError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        match self.entries.next() {
            Some((name, values)) => {
                seed.deserialize(TextValue::new(&values)).map(Some).map_err(|error| error.of(name, &values))
            }
            None => seed.deserialize(Missing).map(Some),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// A parameter that the route leaves out.
struct Missing;

impl<'de> Deserializer<'de> for Missing {
    type Error = TextError;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, TextError> {
        Err(TextError::Shape("the type takes more parameters than the route has".into()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct ByName<'a> {
    entries: std::vec::IntoIter<Entry<'a>>,
    value: Option<Entry<'a>>,
}

impl<'de> MapAccess<'de> for ByName<'_> {
    type Error = TextError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, TextError> {
        self.value = self.entries.next();
        match &self.value {
            Some((name, _)) => seed.deserialize((*name).into_deserializer()).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, TextError> {
        let (name, values) = self.value.take().ok_or_else(|| de::Error::custom("a value without a name"))?;
        seed.deserialize(TextValue::new(&values)).map_err(|error| error.of(name, &values))
    }
}
