//! Sets of methods: what a binding names, or every method when it names none.

use http::Method;

/// The methods a route answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Methods(Set);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Set {
    Any,
    Only(Vec<Method>),
}

impl Methods {
    /// Every method there is, and those that nobody has thought of yet.
    pub fn any() -> Self {
        Self(Set::Any)
    }

    /// Exactly these. None at all is a route that is never called.
    pub fn only(methods: impl IntoIterator<Item = Method>) -> Self {
        let mut only: Vec<Method> = Vec::new();
        for method in methods {
            if !only.contains(&method) {
                only.push(method);
            }
        }
        Self(Set::Only(only))
    }

    /// Whether `method` is one of them.
    pub fn contains(&self, method: &Method) -> bool {
        match &self.0 {
            Set::Any => true,
            // A handful at most: looking at each is faster than any hash.
            Set::Only(only) => only.contains(method),
        }
    }

    /// Whether `method` is named, and not only covered by "every method".
    pub(super) fn names(&self, method: &Method) -> bool {
        matches!(&self.0, Set::Only(only) if only.contains(method))
    }

    /// A method that is in both, in words; `None` when there is none.
    pub(super) fn overlap(&self, other: &Self) -> Option<String> {
        match (&self.0, &other.0) {
            (Set::Any, Set::Any) => Some("every method".into()),
            (Set::Any, Set::Only(only)) | (Set::Only(only), Set::Any) => only.first().map(Method::to_string),
            (Set::Only(one), Set::Only(two)) => {
                one.iter().find(|method| two.contains(method)).map(Method::to_string)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_contain_and_overlap() {
        let get = Methods::only([Method::GET, Method::GET]);
        let post = Methods::only([Method::POST, Method::from_bytes(b"QUERY").unwrap()]);
        assert!(get.contains(&Method::GET) && !get.contains(&Method::POST));
        assert!(Methods::any().contains(&Method::from_bytes(b"BREW").unwrap()));
        assert_eq!(get.overlap(&post), None);
        assert_eq!(get.overlap(&Methods::any()), Some("GET".into()));
        assert_eq!(Methods::any().overlap(&post), Some("POST".into()));
        assert_eq!(Methods::any().overlap(&Methods::any()), Some("every method".into()));
        assert_eq!(Methods::any().overlap(&Methods::only([])), None);
    }
}
