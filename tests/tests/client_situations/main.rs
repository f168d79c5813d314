//! The clients in Rust, held to the guide's table of situations, and to a stream that is cut 1 000
//! times.

mod cuts;
mod page;
mod player;
mod told;

macro_rules! situations {
    ($($name:ident)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                player::play(stringify!($name)).await;
            }
        )*

        /// Those that have a test.
        const TESTED: &[&str] = &[$(stringify!($name)),*];
    };
}

situations! {
    cut_at_every_byte
    reset_at_every_byte
    two_chunks_at_every_byte
    a_chunk_for_every_byte
    bom_is_stripped_once
    bad_utf8
    unfinished_block
    id_stays
    empty_id_resets
    id_with_nul
    id_without_data
    resumed
    event_of_10_mb
    event_over_the_limit
    retry
    retry_of_0
    retry_beyond_the_ceiling
    retry_that_is_no_number
    retry_after
    retry_after_out_of_bounds
    attempts_run_out
    fresh_headers
    clean_close
    broken_body
    broken_head
    connection_refused
    half_open_silence
    heartbeats
    busy_user
    status_204
    reserved_end_id
    temporary_status
    permanent_status
    success_without_a_stream
    wrong_content_type
    content_type_in_other_words
    gzip
    redirect_to_the_same_origin
    redirect_to_another_origin
    redirect_there_and_back
    redirects_without_end
    redirect_to_nowhere
    redirect_of_a_post
    redirect_of_a_post_to_another_origin
    post_that_ends
    post_that_breaks
    post_that_fails
    post_that_is_refused
    post_to_nobody
    post_that_resumes
    gap
    problem_for_good
    problem_for_now
    gap_and_problem_of_any_server
    unknown_name
    event_that_does_not_decode
    ping
    done_by_a_variant
    done_by_a_text
    done_by_the_end_of_a_post
    done_post_that_breaks
    typed_post_that_resumes
}
