//! A store in memory: the reference against which the others are held, and the store of fast tests.
