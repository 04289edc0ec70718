//! The router as a whole: tables of cases, and a comparison with a matcher that is too simple to be wrong.

mod cases;
mod naive;
mod properties;
mod refusals;
