//! Room `http_server`.
