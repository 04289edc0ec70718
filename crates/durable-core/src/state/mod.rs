//! What arrived and what the code asked for, turned into one commit: pure, no clock, no await.
