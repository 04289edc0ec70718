//! What to say of a key that its table does not know: a typing error, or a key that belongs elsewhere.

use super::code::Code;
use super::keys::kind::Kind;
use super::keys::place::Place;
use super::keys::spec::{self, Doc, KeySpec, Standing};
use super::origin::Origin;
use super::problem::Problem;
use super::suggest;
use super::value::{Item, Key, Value};

/// A key that does not belong where it stands.
pub(crate) struct Stray {
    pub(crate) problem: Problem,
    /// Where its table belongs, when that is clear: the keys inside can be checked against it.
    pub(crate) belongs: Option<Place>,
}

/// Names the key's right place, or the key that was meant.
///
/// In this order: the same name elsewhere in this file, a similar name right here, the same name in another file, a
/// similar name elsewhere in this file. A name that is exactly right is stronger evidence than one that is nearly so,
/// unless it lives in another file, where short names like `name` abound.
pub(crate) fn stray(key: &Key, item: &Item, place: Place, at: Origin) -> Stray {
    let here = homes(place.doc(), &key.name);
    if !here.is_empty() {
        return misplaced(key, item, place, at, &here);
    }
    let siblings: Vec<&str> = place.keys().filter(|spec| spec.is_used()).map(KeySpec::name).collect();
    let unknown = Problem::error(
        Code::UnknownKey,
        format!("unknown key `{}` {}", key.name, place.describe()),
        at.clone(),
    )
    .allowed(sorted(&siblings));
    if let Some(hint) = suggest::did_you_mean(&key.name, siblings.iter().copied()) {
        return Stray { problem: unknown.help(hint), belongs: None };
    }
    for doc in [Doc::Host, Doc::Local, Doc::Function].into_iter().filter(|doc| *doc != place.doc()) {
        let there = homes(doc, &key.name);
        if !there.is_empty() {
            return misplaced(key, item, place, at, &there);
        }
    }
    let others = spec::of(place.doc()).filter(|spec| spec.is_used());
    let similar = suggest::nearest(&key.name, others.map(KeySpec::name));
    let help = match similar.and_then(|name| homes(place.doc(), name).first().copied()) {
        Some(spec) => Some(format!("did you mean `{}` {}?", spec.name(), Place::of(spec).describe())),
        None if place == Place::Section(Doc::Local, "") => {
            Some("settings of the app belong in `[values]`".to_owned())
        }
        None => None,
    };
    Stray { problem: unknown.maybe_help(help), belongs: None }
}

/// The keys of a file that have this name.
fn homes(doc: Doc, name: &str) -> Vec<&'static KeySpec> {
    spec::of(doc)
        .filter(|spec| {
            spec.name().eq_ignore_ascii_case(name) && !matches!(spec.standing, Standing::Refused(_))
        })
        .collect()
}

fn misplaced(key: &Key, item: &Item, place: Place, at: Origin, homes: &[&'static KeySpec]) -> Stray {
    let message = format!("`{}` does not belong {}", key.name, place.describe());
    let mut help = format!("it belongs {}", places(homes, place.doc()));
    let belongs = match homes {
        [KeySpec { kind: Kind::Section, doc, path, .. }] => {
            help = format!("{help}: write `[{path}{}]`", rest_of_header(key, item));
            Some(Place::Section(*doc, path))
        }
        _ => None,
    };
    Stray { problem: Problem::error(Code::MisplacedKey, message, at).help(help), belongs }
}

/// "in `[a]`, or in a `[[bindings]]` entry of type `x` or `y`"; places in another file than `doc` with the file's name.
fn places(homes: &[&'static KeySpec], doc: Doc) -> String {
    // A place where the key has no effect is no good advice as long as there is a better one.
    let is_better = |spec: &&&KeySpec| spec.is_used() || !homes.iter().any(|spec| spec.is_used());
    let mut sections = Vec::new();
    let mut types = Vec::new();
    for home in homes.iter().filter(is_better).map(|spec| Place::of(spec)) {
        match home {
            Place::Binding(of) if of != "*" => types.push(format!("`{of}`")),
            _ if home.doc() == doc => sections.push(home.describe()),
            _ => sections.push(home.describe_with_file()),
        }
    }
    if !types.is_empty() {
        let file = if doc == Doc::Function { "" } else { " of function.toml" };
        sections.push(format!("in a `[[bindings]]` entry{file} of type {}", types.join(" or ")));
    }
    sections.join(", or ")
}

/// `.http` for the key `extensions` of the header `[logging.extensions.http]`: the tables that only the header makes.
fn rest_of_header(key: &Key, item: &Item) -> String {
    let (mut key, mut item, mut rest) = (key, item, String::new());
    while let Value::Table(table) = &item.value {
        // The place of a table without a header of its own is its key.
        let ([(next, inner)], true) = (table.entries.as_slice(), table.at == key.at) else { break };
        if !matches!(inner.value, Value::Table(_)) {
            break;
        }
        rest = format!("{rest}.{}", next.name);
        (key, item) = (next, inner);
    }
    rest
}

fn sorted(names: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    names.sort();
    names
}
