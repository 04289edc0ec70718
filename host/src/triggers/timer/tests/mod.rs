//! Plans in tables, the whole trigger on a clock that the test turns, and the real pump.

mod plans;
mod pumps;
mod scene;
mod services;
