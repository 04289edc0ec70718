//! What every store must do. Each behaviour is a function of a place with an empty container; the macro below makes a
//! test of it for every store, so none is forgotten.

mod conditions;
mod contents;
mod lists;
mod names;
mod unfinished;

macro_rules! for_every_store {
    ($($module:ident :: $behaviour:ident,)*) => {
        mod local {
            $(#[tokio::test]
            async fn $behaviour() {
                super::$module::$behaviour(crate::scene::Place::local()).await;
            })*
        }

        mod s3 {
            $(#[tokio::test]
            async fn $behaviour() {
                super::$module::$behaviour(crate::scene::Place::s3()).await;
            })*
        }

        mod shared_bucket {
            $(#[tokio::test]
            async fn $behaviour() {
                super::$module::$behaviour(crate::scene::Place::shared_bucket()).await;
            })*
        }
    };
}

for_every_store! {
    contents::blobs_of_every_size_come_back_as_they_were,
    contents::content_type_and_metadata_come_back,
    contents::an_overwrite_replaces_everything,
    contents::what_is_not_there_is_not_found,
    contents::deleted_blobs_are_gone,
    conditions::absent_lets_the_first_writer_win,
    conditions::a_version_is_replaced_once,
    conditions::every_rewrite_is_another_version,
    conditions::an_old_version_is_not_read,
    conditions::of_writers_at_once_one_wins_whole,
    lists::pages_of_every_size_hold_every_name_once_in_order,
    lists::prefixes_and_starts_cut_the_list,
    lists::a_list_shows_what_properties_show,
    lists::a_scan_finds_every_blob_once,
    names::odd_names_come_back_as_they_were,
    names::bad_names_are_refused_before_the_store_is_asked,
    unfinished::a_source_that_breaks_leaves_what_was_there,
    unfinished::a_write_that_is_given_up_leaves_what_was_there,
}
