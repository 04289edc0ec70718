//! Parameters of functions: each type says how it is taken from the call.

mod body;
mod body_stream;
mod from_call;
mod from_request;
mod headers;
mod optional;
mod parameters;
mod path;
mod query;
mod request;
mod text_value;

pub use crate::call::Call;
pub use body_stream::BodyStream;
pub use from_call::FromCall;
pub use from_request::FromRequest;
pub use headers::Headers;
pub use path::Path;
pub use query::Query;
pub use request::HttpRequest;
