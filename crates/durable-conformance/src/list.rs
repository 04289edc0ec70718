//! The list. Adding a behaviour means writing it in its subject's file and its name here.

/// Hands the whole list to a macro: `each_behaviour!([path::to::callback] [arguments])`.
#[doc(hidden)]
#[macro_export]
macro_rules! each_behaviour {
    ([$($callback:tt)+] $arguments:tt) => {
        $($callback)+! {
            $arguments
            any_host {
                fences {
                    a_turn_with_the_expected_number_commits
                    a_turn_with_a_number_of_the_past_is_fenced
                    a_turn_with_a_number_of_the_future_is_fenced
                    a_turn_of_a_missing_instance_is_fenced
                    a_repeated_turn_changes_nothing_more
                    a_fenced_turn_changes_nothing
                    a_fenced_turn_creates_nobody
                    a_fenced_item_leaves_the_others_of_its_batch
                    a_turn_that_names_a_queued_task_drops_out
                    a_turn_with_one_lost_task_drops_out_whole
                    a_turn_with_a_task_that_has_its_result_drops_out
                    a_commit_under_an_old_epoch_changes_nothing
                    a_claim_under_an_old_epoch_takes_nothing
                    a_commit_that_fails_changes_nothing
                    a_number_is_used_once_in_an_execution
                    an_empty_batch_has_no_outcomes
                }
                results {
                    a_result_goes_to_the_inbox_of_its_instance
                    a_recorded_result_ends_its_task
                    a_repeated_result_is_fenced
                    a_call_has_one_result_in_a_batch
                    a_turn_and_a_result_do_not_share_a_call
                    the_result_of_a_queued_task_is_fenced
                    the_result_of_a_released_task_is_fenced
                    the_result_of_an_unknown_task_is_fenced
                    the_result_of_an_earlier_execution_is_fenced
                    the_result_for_a_finished_instance_is_fenced
                    the_result_for_a_replaced_instance_is_fenced
                    a_result_that_meets_the_end_of_its_instance_is_fenced
                    results_and_messages_keep_the_order_of_their_batch
                    a_turn_ends_the_tasks_whose_results_it_carries
                }
                turns {
                    history_grows_by_the_run_of_each_turn
                    a_turn_may_leave_no_history
                    history_of_an_unknown_execution_is_empty
                    a_turn_consumes_the_messages_that_it_names
                    a_message_that_came_during_a_turn_waits
                    the_row_is_as_the_turn_says
                    a_batch_takes_turns_of_many_instances
                    finishing_ends_tasks_timers_and_messages
                    continuing_as_new_begins_with_fresh_history
                    continuing_as_new_ends_tasks_and_timers
                    continuing_as_new_keeps_the_inbox
                    continuing_as_new_keeps_the_instance
                    task_numbers_begin_again_after_continuing_as_new
                    an_instance_may_continue_as_new_many_times
                }
                statuses {
                    a_status_follows_the_instance
                    a_failure_is_kept_whole
                    a_termination_keeps_its_reason
                    a_custom_status_stays_until_it_changes
                    an_absent_output_is_not_null
                    an_input_is_shown_on_demand
                    a_status_tells_where_the_history_is
                    who_never_was_has_no_status
                }
                payloads {
                    every_kind_of_event_comes_back
                    every_kind_of_message_comes_back
                    strange_json_comes_back_unchanged
                    a_payload_of_five_megabytes_comes_back_unchanged
                    a_thousand_messages_in_one_turn
                    the_result_of_a_task_comes_back_as_it_was
                    numbers_may_be_large
                }
                starts {
                    a_start_creates_a_pending_instance
                    a_live_instance_keeps_its_id
                    a_finished_instance_is_replaced
                    a_live_instance_is_replaced_on_demand
                    a_replaced_instance_leaves_nothing_behind
                    of_two_starts_in_a_batch_the_first_gets_the_id
                    a_later_start_of_a_batch_may_replace_an_earlier_one
                    a_start_takes_the_id_that_its_batch_sets_free
                    the_message_that_begins_an_instance_comes_first
                    a_start_that_was_written_before_is_not_written_again
                }
                first_turns {
                    a_start_may_bring_its_first_turn
                    a_first_turn_may_be_the_last
                    a_first_turn_may_continue_as_new
                    a_first_turn_with_a_taken_id_changes_nothing
                    a_first_turn_replaces_as_a_start_does
                    a_first_turn_may_keep_its_instance
                }
                ids {
                    ids_differ_by_case_and_by_every_character
                    a_generated_id_is_taken_like_any
                    a_generated_id_is_replaced_like_any
                    a_generated_id_is_set_free_like_any
                    a_generated_id_is_given_once_in_a_batch
                    generated_ids_fill_a_batch
                    what_is_fenced_leaves_generated_ids_alone
                }
                children {
                    a_turn_creates_a_sub_orchestration
                    a_taken_id_is_refused_to_the_asker
                    a_refusal_is_only_for_who_waits
                    a_refusal_keeps_its_place_among_messages
                    a_refusal_to_a_finished_asker_is_dropped
                    a_refusal_reaches_the_next_execution
                    a_finished_instance_makes_room_for_a_sub_orchestration
                    an_id_is_given_once_in_a_turn
                    an_id_is_given_once_in_a_batch
                    an_asker_cannot_create_itself
                    the_last_turn_may_create_a_sub_orchestration
                    the_last_turn_may_start_its_own_id_anew
                }
                messages {
                    a_message_from_outside_reaches_the_inbox
                    a_message_for_nobody_is_refused
                    a_message_for_a_finished_instance_is_refused
                    a_message_reaches_who_has_not_begun_and_who_pauses
                    a_message_is_no_turn
                    messages_of_a_turn_keep_their_order
                    messages_of_a_batch_keep_its_order
                    messages_of_a_turn_for_nobody_are_dropped
                    an_instance_may_write_to_itself
                    message_ids_only_grow
                    who_is_created_in_a_batch_gets_its_messages
                    who_finishes_in_a_batch_gets_no_message_of_it
                    who_is_replaced_in_a_batch_leaves_its_messages_to_the_next
                }
                purges {
                    a_finished_instance_is_purged_without_a_trace
                    a_live_instance_is_not_purged
                    a_purge_may_name_the_very_instance
                    a_purge_comes_before_the_turn_that_finishes
                    a_purged_id_is_free
                }
                lookups {
                    finished_instances_are_found_oldest_end_first
                    only_what_is_finished_so_is_found
                    finished_instances_are_found_by_their_times
                    finished_instances_are_found_in_pages
                    children_are_found_by_their_parent
                    children_are_found_when_their_parent_is_gone
                }
                tasks {
                    a_queued_task_is_claimed_with_all_it_needs
                    a_claimed_task_is_not_claimed_again
                    a_task_leased_when_enqueued_is_not_claimed
                    tasks_are_claimed_oldest_first
                    a_claim_takes_no_more_than_it_asks_for
                    a_released_task_keeps_its_place_and_its_count
                    a_task_leased_when_enqueued_may_be_released
                    releasing_what_is_not_leased_changes_nothing
                    releasing_counts_every_task_for_itself
                    instances_are_claimed_oldest_message_first
                    the_oldest_message_that_is_left_counts
                    an_instance_without_messages_is_not_claimed
                    a_claimed_instance_is_not_claimed_again
                    a_kept_instance_is_not_claimed
                    an_instance_let_go_with_messages_left_is_claimed
                    a_claim_is_part_of_no_turn
                    a_start_is_claimed_like_any_message
                    claims_side_by_side_share_the_work
                    ten_thousand_tasks_in_one_turn
                }
                timers {
                    timers_are_listed_by_time_then_instance_then_number
                    timers_are_listed_up_to_a_time_inclusive
                    timers_are_paged_by_cursor
                    a_load_brings_the_timers_that_wait
                    a_cursor_may_name_a_timer_that_is_gone
                    a_turn_ends_the_timers_that_it_names
                    ending_a_timer_that_is_gone_is_no_error
                    a_listed_timer_waits_for_its_turn
                    timers_may_be_far_away
                }
                entities {
                    a_signal_creates_its_entity
                    a_signal_finds_the_entity_that_exists
                    messages_of_a_batch_create_an_entity_once
                    one_turn_may_signal_many_entities
                    a_message_from_outside_needs_an_entity_that_exists
                    state_is_set_left_and_deleted
                    null_is_a_state
                    entities_without_state_are_not_shown
                    an_entity_shows_when_it_last_ran
                    entities_and_orchestrations_are_not_mixed_up
                    entities_are_listed_by_name
                    entities_are_listed_by_last_operation
                    states_are_listed_on_demand
                    entities_are_listed_in_pages
                    pages_of_entities_end_before_their_states_are_too_large
                    keys_of_entities_differ_by_case
                    a_purged_entity_begins_anew
                    a_purge_takes_the_turn_of_its_batch_with_it
                    a_purged_entity_is_created_by_a_message_of_the_same_batch
                }
                locks {
                    an_instance_is_locked_as_its_last_turn_says
                    a_lock_leaves_the_rest_of_the_row_alone
                    a_first_turn_may_lock
                    a_lock_survives_a_crash
                    messages_about_locks_come_back
                }
                scheduled {
                    a_scheduled_message_is_in_no_inbox
                    a_scheduled_message_comes_back_as_it_was
                    scheduled_messages_are_listed_by_time_then_key
                    what_is_not_due_tells_when_it_will_be
                    a_delivery_creates_the_entity
                    a_delivery_finds_the_entity_that_exists
                    a_message_is_delivered_once
                    what_was_never_scheduled_is_not_delivered
                    a_turn_may_schedule
                    the_last_turn_may_schedule
                    a_fenced_turn_schedules_nothing
                    a_purged_entity_gets_what_is_scheduled
                    deliveries_keep_the_order_of_their_batch
                    what_is_scheduled_survives_a_crash
                    hubs_schedule_for_themselves
                }
                empties {
                    only_empty_entities_are_removed
                    empty_entities_are_removed_in_pages
                    a_removed_entity_begins_anew
                    a_clean_up_leaves_other_hubs_alone
                    a_clean_up_under_an_old_epoch_removes_nothing
                }
                queries {
                    an_empty_hub_lists_nothing
                    instances_are_listed_by_id_byte_by_byte
                    a_listed_status_is_that_of_the_instance
                    instances_are_filtered_by_status
                    instances_are_filtered_by_creation
                    creation_is_not_the_last_change
                    instances_are_filtered_by_prefix
                    a_prefix_has_no_wildcards
                    a_prefix_may_end_in_the_last_character
                    filters_add_up
                    pages_have_neither_gaps_nor_repeats
                    the_last_page_says_so
                    pages_go_on_while_instances_come_and_go
                    pages_are_capped
                    pages_end_before_their_payloads_are_too_large
                    inputs_are_listed_on_demand
                }
                keys {
                    keys_are_put_and_listed
                    a_key_is_replaced_by_scope_and_name
                    a_key_is_deleted_once
                    scopes_are_not_mixed_up
                    the_first_secret_is_everybodys
                    secrets_asked_for_side_by_side_are_one
                    reserved_keys_never_overlap
                    hubs_do_not_see_each_other
                }
                leases {
                    a_lease_is_renewed
                    an_epoch_that_is_over_is_not_renewed
                    who_is_alone_finds_nobody_dead
                    a_host_that_stops_gives_everything_back
                    a_host_may_stop_twice
                    what_is_finished_or_gone_is_told
                    calls_whose_execution_is_over_are_pointless
                    who_listens_first_hears_that_there_may_be_anything
                }
                recovery {
                    what_was_committed_survives_a_crash
                    what_was_committed_survives_a_restart
                    a_crash_makes_instances_nobodys
                    a_crash_queues_tasks_and_counts_the_attempt
                    a_result_from_before_a_crash_is_not_recorded
                    every_registration_is_a_new_epoch
                    registering_again_makes_what_the_host_had_nobodys
                    messages_keep_their_order_over_a_crash
                    reserved_keys_are_not_given_again_after_a_crash
                    queues_keep_their_order_over_a_crash
                    an_interrupted_turn_is_taken_again
                }
            }
            many_hosts {
                replies {
                    a_reply_reaches_the_host_that_waits_once
                    a_reply_to_the_writer_is_not_kept
                    a_fenced_turn_replies_to_nobody
                    replies_end_with_the_epoch
                }
                hosts {
                    each_host_has_a_number_of_its_own
                    a_host_that_joins_leaves_leases_alone
                    a_turn_of_another_hosts_instance_is_fenced
                    nobodys_instance_is_the_first_hosts_that_writes
                    a_message_tells_whose_instance_it_reached
                    a_result_tells_whose_instance_it_reached
                    hosts_share_the_work
                    another_hosts_task_is_not_mine_to_end
                    a_released_task_is_everybodys
                    an_instance_that_is_let_go_is_everybodys
                    a_dead_hosts_work_is_everybodys
                    a_dead_host_writes_nothing
                    a_dead_host_gives_nothing_back
                    a_takeover_leaves_the_living_alone
                    a_dead_host_is_found_once
                    who_renewed_in_time_lives
                    what_stops_leaves_its_work_to_others
                    the_stopped_are_not_found_dead
                    a_host_finds_what_others_sent_to_its_instances
                    a_host_knows_what_it_has_leased
                    a_host_finds_timers_that_it_may_fire
                    hosts_hear_of_each_other
                    task_hubs_do_not_hear_of_each_other
                    a_dead_host_may_come_back
                    another_hosts_instance_may_be_replaced
                    hosts_share_keys_and_secrets
                    hosts_reserve_different_keys
                }
            }
        }
    };
}
