//! GitHub's REST API, as far as the samples need it.

use fnhost_sdk::{Result, Settings, StatusCode, ensure};
use serde::de::DeserializeOwned;

use crate::web::{self, Answer, Ask};

/// Where GitHub answers, and who asks.
pub struct GitHub {
    base: String,
    token: Option<String>,
}

/// GitHub wants fewer calls for a while.
#[derive(Debug, thiserror::Error)]
#[error("GitHub's rate limit is used up; it asks to wait until {until}")]
pub struct RateLimited {
    until: String,
}

impl GitHub {
    /// As the settings `GITHUB_API_URL` and `Github_Token` say. Both are optional: without a token GitHub answers less
    /// often.
    pub fn of(settings: &Settings) -> Self {
        let base = settings.find("GITHUB_API_URL");
        let base = base.as_deref().unwrap_or("https://api.github.com").trim_end_matches('/').to_owned();
        let token = settings.find("Github_Token").filter(|token| !token.trim().is_empty());
        Self { base, token: token.map(|token| token.trim().to_owned()) }
    }

    /// The URL of a path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The same request, signed with the token. REST calls the scheme `token`, GraphQL `bearer`.
    pub fn signed(&self, ask: Ask, scheme: &str) -> Ask {
        match &self.token {
            Some(token) => ask.header("authorization", format!("{scheme} {token}")),
            None => ask,
        }
    }

    /// Asks for one document; the answer may have any status but that of a rate limit.
    ///
    /// # Errors
    /// When no answer comes, and [`RateLimited`].
    pub async fn ask(&self, url: String) -> Result<Answer> {
        let ask = web::get(url).header("accept", "application/vnd.github+json");
        let answer = self.signed(ask, "token").send().await?;
        let is_used_up =
            answer.header("x-ratelimit-remaining") == Some("0") || answer.header("retry-after").is_some();
        if answer.status == StatusCode::TOO_MANY_REQUESTS
            || (answer.status == StatusCode::FORBIDDEN && is_used_up)
        {
            let until = match (answer.header("retry-after"), answer.header("x-ratelimit-reset")) {
                (Some(seconds), _) => format!("{seconds} s from now"),
                (None, Some(seconds)) => format!("{seconds} s after 1970"),
                (None, None) => "later".to_owned(),
            };
            return Err(RateLimited { until }.into());
        }
        Ok(answer)
    }

    /// Asks for one document.
    ///
    /// # Errors
    /// When no answer comes, or one that does not say success.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.ask(self.url(path)).await?.success()?.json()
    }

    /// Asks for a list, page after page, as the header `Link` says where the next one is.
    ///
    /// # Errors
    /// As for [`get`](Self::get); also when the next page is elsewhere, where the token must not go.
    pub async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>> {
        let mut all = Vec::new();
        let mut next = Some(self.url(path));
        while let Some(url) = next {
            let is_here = url.strip_prefix(&self.base).is_some_and(|path| path.starts_with('/'));
            ensure!(is_here, "GitHub's next page is {url}, which is not below {}", self.base);
            let page = self.ask(url).await?.success()?;
            all.extend(page.json::<Vec<T>>()?);
            next = page.header("link").and_then(next_page);
        }
        Ok(all)
    }
}

/// The URL that a `Link` header calls `next`: `<https://…?page=2>; rel="next", <https://…?page=9>; rel="last"`.
fn next_page(link: &str) -> Option<String> {
    link.split(',').find_map(|link| {
        let (url, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next =
            parameters.split(';').any(|parameter| matches!(parameter.trim(), r#"rel="next""# | "rel=next"));
        is_next.then(|| url.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::next_page;

    #[test]
    fn the_next_page_is_found_among_the_links() {
        let link = r#"<https://x/repos?page=1>; rel="prev", <https://x/repos?page=3>; rel="next", <https://x/repos?page=9>; rel="last""#;
        assert_eq!(next_page(link).as_deref(), Some("https://x/repos?page=3"));
        for none in ["", r#"<https://x/repos?page=1>; rel="first""#, r#"https://x; rel="next""#] {
            assert_eq!(next_page(none), None, "{none}");
        }
    }
}
