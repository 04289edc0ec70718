//! Every behaviour of the list, callable from the tests that the list expands to; see the first list's catalogue.

macro_rules! define_catalogue {
    ([] $($hosts:ident { $($subject:ident { $($behaviour:ident)+ })+ })+) => {
        $($(
            pub mod $subject {
                use crate::occurrences::{behaviours::$subject, run::Behaviour};

                $(
                    pub fn $behaviour() -> Behaviour {
                        Behaviour(|stage| Box::pin($subject::$behaviour(stage)))
                    }
                )+
            }
        )+)+
    };
}

crate::each_occurrence_behaviour!([define_catalogue] []);
