//! What no other store has to show.
