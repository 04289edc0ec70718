//! The list. Adding a behaviour means writing it in its subject's file and its name here.

/// Hands the whole list to a macro, as `each_behaviour!` does.
#[doc(hidden)]
#[macro_export]
macro_rules! each_occurrence_behaviour {
    ([$($callback:tt)+] $arguments:tt) => {
        $($callback)+! {
            $arguments
            any_host {
                records {
                    what_is_new_is_leased_in_order
                    what_is_due_later_waits
                    what_is_known_stays_known
                    what_is_named_twice_is_new_once
                    names_are_told_apart
                    what_is_remembered_never_runs
                    many_are_added_at_once
                    task_hubs_know_nothing_of_each_other
                    sources_have_a_state
                }
                claims {
                    the_oldest_come_first
                    a_claim_takes_what_it_asks_for
                    a_claim_tells_when_the_next_is_due
                    serial_ones_run_one_at_a_time
                    serial_ones_wait_for_those_before_them
                    a_poisoned_one_holds_up_nobody
                }
                ends {
                    what_is_done_never_runs_again
                    what_is_to_run_again_waits_until_then
                    what_is_given_back_was_no_attempt
                    an_end_counts_once
                    an_end_of_another_attempt_is_refused
                    ends_of_all_kinds_go_together
                    what_has_failed_for_good_is_listed
                    the_list_of_what_has_failed_has_pages
                    what_is_redriven_begins_anew
                    what_is_discarded_stays_known
                    only_what_has_failed_is_redriven_or_discarded
                }
                lives {
                    a_life_that_is_over_leases_nothing
                    what_a_life_leaves_behind_waits_again
                    a_crash_counts_as_an_attempt
                    the_dead_end_nothing
                    a_life_knows_what_it_has_leased
                }
                receipts {
                    receipts_are_read_in_pages
                    missing_ones_are_forgotten_when_asked
                    early_keys_are_forgotten_when_asked
                    what_is_not_finished_is_never_forgotten
                }
            }
            many_hosts {
                company {
                    what_two_hosts_add_is_new_once
                    hosts_share_what_waits
                    serial_ones_run_one_at_a_time_on_all_hosts
                    a_silent_life_is_over_when_another_looks
                    a_life_that_is_held_goes_on
                    lives_of_others_go_on_when_one_begins
                }
            }
        }
    };
}

/// Generates one test for every behaviour of the list of occurrences; see
/// [`conformance_tests`](crate::conformance_tests).
#[macro_export]
macro_rules! occurrence_tests {
    ($kind:ident $harness:ident) => {
        $crate::each_occurrence_behaviour!([$crate::generate_occurrence_tests] [$kind $harness]);
    };
}

/// The tests of one store; see [`occurrence_tests`].
#[doc(hidden)]
#[macro_export]
macro_rules! generate_occurrence_tests {
    (
        [$kind:ident $harness:ident]
        any_host { $($subject:ident $behaviours:tt)+ }
        many_hosts { $($many_subject:ident $many_behaviours:tt)+ }
    ) => {
        $($crate::generate_occurrence_subject!([any_host $harness] $subject $behaviours);)+
        $($crate::generate_occurrence_subject!([$kind $harness] $many_subject $many_behaviours);)+
    };
}

/// The tests of one subject; see [`occurrence_tests`].
#[doc(hidden)]
#[macro_export]
macro_rules! generate_occurrence_subject {
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
                    $crate::occurrences::run($crate::occurrences::catalogue::$subject::$behaviour(), super::$harness());
                }
            )+
        }
    };
}
