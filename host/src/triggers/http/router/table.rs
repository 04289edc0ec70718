//! The table: routes go in, one answer per request comes out.

use std::borrow::Cow;
use std::collections::HashMap;

use http::Method;

use super::errors::RouteError;
use super::methods::Methods;
use super::mixed::{self, Piece};
use super::parameter::{Absent, Parameter};
use super::path::{PathError, below_root, check, decode, next_segment};
use super::template::{Segment, Template};
use super::trie::{Rank, Trie};

/// Routes to targets. Cannot be changed once built; a reload builds another.
#[derive(Debug)]
pub struct RouteTable<T> {
    /// In order of precedence: the place of a route is its rank.
    routes: Vec<Route<T>>,
    trie: Trie,
}

#[derive(Debug)]
struct Route<T> {
    template: Template,
    methods: Methods,
    target: T,
}

/// A route that answers a request, with the values it found in the path.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'a, T> {
    /// What the route was added with.
    pub target: &'a T,
    /// The template as written.
    pub template: &'a str,
    /// Names as the template writes them, and decoded values, in the template's order. An optional parameter that is
    /// absent is not here; a catch-all always is.
    pub params: Vec<(&'a str, Cow<'a, str>)>,
}

/// Collects routes; see [`RouteTable::builder`].
#[derive(Debug)]
pub struct Builder<T> {
    added: Vec<(String, Methods, T)>,
}

impl<T> RouteTable<T> {
    /// Starts a table.
    pub fn builder() -> Builder<T> {
        Builder { added: Vec::new() }
    }

    /// The route for a request, or `None` when there is none for this method and path. `path` is as it came in, with
    /// its escapes.
    ///
    /// # Errors
    /// When the path cannot be decoded, whether or not a route would have matched.
    pub fn find<'a>(&'a self, method: &Method, path: &'a str) -> Result<Option<Match<'a, T>>, PathError> {
        check(path)?;
        let Some(rest) = below_root(path) else { return Ok(None) };
        let rank = self.rank(method, rest);
        Ok(rank.map(|rank| self.routes[rank].found(rest)))
    }

    fn rank(&self, method: &Method, rest: &str) -> Option<Rank> {
        // In one search, so that HEAD never reaches another function, with another key perhaps, than GET would.
        let as_get = *method == Method::HEAD;
        self.trie.find(rest, &|rank: Rank| {
            let methods = &self.routes[rank].methods;
            methods.contains(method) || (as_get && methods.contains(&Method::GET))
        })
    }

    /// All routes in order of precedence: template as written, methods, target.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Methods, &T)> {
        self.routes.iter().map(|route| (route.template.text.as_str(), &route.methods, &route.target))
    }
}

impl<T> Builder<T> {
    /// Adds a route. `template` is the whole path, prefix included; a leading slash makes no difference.
    #[must_use]
    pub fn add(mut self, template: impl Into<String>, methods: Methods, target: T) -> Self {
        self.added.push((template.into(), methods, target));
        self
    }

    /// Makes the table.
    ///
    /// # Errors
    /// Everything that is wrong with any route.
    pub fn build(self) -> Result<RouteTable<T>, Vec<RouteError>> {
        let mut errors = Vec::new();
        let mut routes = Vec::new();
        for (index, (text, methods, target)) in self.added.into_iter().enumerate() {
            match Template::parse(&text) {
                Ok(template) => routes.push((index, Route { template, methods, target })),
                Err(fault) => errors.push(RouteError::Template {
                    index,
                    template: text,
                    column: fault.column,
                    found: fault.found,
                    allowed: fault.allowed,
                }),
            }
        }
        errors.extend(duplicates(&routes));
        if !errors.is_empty() {
            errors.sort_by_key(RouteError::index);
            return Err(errors);
        }
        // Stable: equals stay in the order in which they were added, but who names HEAD stands before who is asked only
        // because it has GET.
        routes
            .sort_by_cached_key(|(_, route)| (route.template.digits(), !route.methods.names(&Method::HEAD)));
        let mut trie = Trie::new();
        for (rank, (_, route)) in routes.iter().enumerate() {
            trie.add(&route.template, rank);
        }
        Ok(RouteTable { routes: routes.into_iter().map(|(_, route)| route).collect(), trie })
    }
}

/// Each route that an earlier one leaves nothing to.
fn duplicates<T>(routes: &[(usize, Route<T>)]) -> Vec<RouteError> {
    let mut errors = Vec::new();
    let mut seen: HashMap<Vec<String>, Vec<(usize, &Route<T>)>> = HashMap::new();
    for (index, route) in routes {
        let alike = seen.entry(route.template.segments.iter().map(Segment::shape).collect()).or_default();
        let taken = alike.iter().find_map(|(other, earlier)| {
            earlier.methods.overlap(&route.methods).map(|method| (*other, *earlier, method))
        });
        if let Some((other, earlier, method)) = taken {
            errors.push(RouteError::Duplicate {
                index: *index,
                template: route.template.text.clone(),
                method,
                other,
                other_template: earlier.template.text.clone(),
            });
        }
        alike.push((*index, route));
    }
    errors
}

impl<T> Route<T> {
    /// The match with `rest`, which the trie has found to be one.
    fn found<'a>(&'a self, mut rest: &'a str) -> Match<'a, T> {
        let mut params = Vec::new();
        for segment in &self.template.segments {
            if let Segment::Parameter(parameter) = segment
                && parameter.catch_all
            {
                params.extend(value(parameter, Some(rest).filter(|rest| !rest.is_empty())));
                break;
            }
            let (raw, after) = next_segment(rest).map_or((None, ""), |(raw, after)| (Some(raw), after));
            rest = after;
            match (segment, raw) {
                (Segment::Parameter(parameter), raw) => params.extend(value(parameter, raw)),
                (Segment::Mixed(pieces), Some(raw)) => add_mixed(&mut params, pieces, raw),
                (Segment::Literal(_) | Segment::Mixed(_), _) => {}
            }
        }
        Match { target: &self.target, template: &self.template.text, params }
    }
}

fn value<'a>(parameter: &'a Parameter, raw: Option<&'a str>) -> Option<(&'a str, Cow<'a, str>)> {
    let value = match (raw, &parameter.absent) {
        (Some(raw), _) => decode(raw),
        (None, Absent::Default(default)) => Cow::Borrowed(default.as_str()),
        (None, Absent::NoMatch | Absent::NoValue) if parameter.catch_all => Cow::Borrowed(""),
        (None, Absent::NoMatch | Absent::NoValue) => return None,
    };
    Some((&parameter.name, value))
}

fn add_mixed<'a>(params: &mut Vec<(&'a str, Cow<'a, str>)>, pieces: &'a [Piece], raw: &'a str) {
    let text = decode(raw);
    let values = mixed::values(pieces, &text).into_iter().rev();
    for (parameter, place) in pieces.iter().filter_map(Piece::parameter).zip(values) {
        let value = match &text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[place]),
            Cow::Owned(text) => Cow::Owned(text[place].to_owned()),
        };
        params.push((&parameter.name, value));
    }
}
