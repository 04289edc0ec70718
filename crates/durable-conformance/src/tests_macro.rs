//! Turns the list into tests.

/// Generates one test for every behaviour of the list.
///
/// The argument is the name of an `async fn` beside the call that makes a [`Harness`](crate::Harness). For a store
/// that serves one host at a time, the behaviours of many hosts are reported as ignored, by name.
///
/// See the crate's documentation for an example.
#[macro_export]
macro_rules! conformance_tests {
    (many_hosts $harness:ident) => {
        $crate::each_behaviour!([$crate::generate_tests] [many_hosts $harness]);
    };
    (single_host $harness:ident) => {
        $crate::each_behaviour!([$crate::generate_tests] [single_host $harness]);
    };
}

/// The tests of one store; see [`conformance_tests`].
#[doc(hidden)]
#[macro_export]
macro_rules! generate_tests {
    (
        [$kind:ident $harness:ident]
        any_host { $($subject:ident $behaviours:tt)+ }
        many_hosts { $($many_subject:ident $many_behaviours:tt)+ }
    ) => {
        $($crate::generate_subject!([any_host $harness] $subject $behaviours);)+
        $($crate::generate_subject!([$kind $harness] $many_subject $many_behaviours);)+
    };
}

/// The tests of one subject; see [`conformance_tests`].
#[doc(hidden)]
#[macro_export]
macro_rules! generate_subject {
    ([single_host $harness:ident] $subject:ident { $($behaviour:ident)+ }) => {
        mod $subject {
            $(
                #[test]
                #[ignore = "this store serves a single host"]
                fn $behaviour() {}
            )+
        }
    };
    ([$kind:ident $harness:ident] $subject:ident { $($behaviour:ident)+ }) => {
        mod $subject {
            $(
                #[test]
                fn $behaviour() {
                    $crate::run($crate::catalogue::$subject::$behaviour(), super::$harness());
                }
            )+
        }
    };
}
