//! A disk that is full, and a database that may not be written: clear errors, nothing acknowledged is lost, the file
//! stays sound, and the host goes on as soon as it can.

mod files;
mod full;
mod load;
mod places;
mod read_only;
