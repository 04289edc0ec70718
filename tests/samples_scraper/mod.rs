//! Scraping of APIs at scale, against stand-ins of GitHub and NuGet: numbers are those of the list of cases in the issue's
//! reference. Its 8th case, the rate limit across hosts, is told by the tests of limits.

mod crashes;
mod pipelines;
mod sibling;
mod stage;
