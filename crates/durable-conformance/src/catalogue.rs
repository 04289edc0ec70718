//! Every behaviour of the list, callable from the tests that the list expands to.
//!
//! The behaviours themselves are private, so the compiler reports one that is written and not listed.

/// Makes the modules of the catalogue out of the list.
macro_rules! define_catalogue {
    ([] $($hosts:ident { $($subject:ident { $($behaviour:ident)+ })+ })+) => {
        $($(
            pub mod $subject {
                use crate::{behaviours::$subject, run::Behaviour};

                $(
                    pub fn $behaviour() -> Behaviour {
                        Behaviour(|scene| Box::pin($subject::$behaviour(scene)))
                    }
                )+
            }
        )+)+
    };
}

crate::each_behaviour!([define_catalogue] []);
