//! Writes one query for a batch of repositories: `r0`, `r1`, … in their order.

use fnhost_sdk::{Result, Settings};
use serde_json::json;

pub async fn run(repos: Vec<String>, settings: Settings) -> Result<String> {
    // The published app counts issues where it says that it counts pull requests. Whoever compares with its numbers
    // can have them.
    let faithful = settings.find("RepoStatsFaithfulQuery").as_deref() == Some("true");
    Ok(query(&repos, if faithful { "issues" } else { "pullRequests" }))
}

fn query(repos: &[String], all_prs: &str) -> String {
    let repositories: String =
        repos.iter().enumerate().map(|(number, repo)| repository(number, repo, all_prs)).collect();
    format!("query getRepoStats {{{repositories}}}")
}

fn repository(number: usize, repo: &str, all_prs: &str) -> String {
    let (owner, name) = repo.split_once('/').unwrap_or((repo, ""));
    // GraphQL escapes texts as JSON does.
    let (owner, name) = (json!(owner), json!(name));
    format!(
        "r{number}: repository(owner: {owner}, name: {name}) {{nameWithOwner,isArchived,isTemplate,updatedAt,\
         Issues: issues{{totalCount}},openIssues: issues(states: OPEN) {{totalCount}},\
         closedIssues: issues(states: CLOSED) {{totalCount}},PRs: {all_prs}{{totalCount}},\
         openPRs: pullRequests(states: OPEN) {{totalCount}},closedPRs: pullRequests(states: CLOSED) {{totalCount}},\
         mergedPRs: pullRequests(states: MERGED) {{totalCount}},stars: stargazers {{totalCount}}}}"
    )
}

#[cfg(test)]
mod tests {
    use super::query;

    /// What the published app sends, as measured.
    const MEASURED: &str = r#"query getRepoStats {r0: repository(owner: "octokit", name: "octokit.rb") {nameWithOwner,isArchived,isTemplate,updatedAt,Issues: issues{totalCount},openIssues: issues(states: OPEN) {totalCount},closedIssues: issues(states: CLOSED) {totalCount},PRs: issues{totalCount},openPRs: pullRequests(states: OPEN) {totalCount},closedPRs: pullRequests(states: CLOSED) {totalCount},mergedPRs: pullRequests(states: MERGED) {totalCount},stars: stargazers {totalCount}}}"#;

    #[test]
    fn the_faithful_query_is_the_published_one() {
        assert_eq!(query(&["octokit/octokit.rb".to_owned()], "issues"), MEASURED);
    }

    #[test]
    fn the_mended_query_counts_pull_requests() {
        let mended = query(&["octokit/octokit.rb".to_owned()], "pullRequests");
        assert_eq!(mended, MEASURED.replace("PRs: issues{", "PRs: pullRequests{"));
    }

    #[test]
    fn names_cannot_break_out_of_their_place() {
        let text = query(&[r#"a"b\/c"){id}x"#.to_owned(), "d/e".to_owned()], "issues");
        assert!(
            text.starts_with(
                r#"query getRepoStats {r0: repository(owner: "a\"b\\", name: "c\"){id}x") {name"#
            ),
            "{text}"
        );
        assert!(text.contains(r#"}}r1: repository(owner: "d", name: "e") {"#), "{text}");
    }
}
