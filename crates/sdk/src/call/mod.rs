//! One call of a function, and what every function may ask of it.

mod cancellation;
mod info;
mod invocation;
mod services;
mod timer;

pub use cancellation::Cancellation;
pub use info::InvocationInfo;
pub use invocation::Call;
pub use services::Services;
pub use timer::TimerInfo;
