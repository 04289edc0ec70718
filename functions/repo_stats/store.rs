//! The tables of the runs and of what they found.
//!
//! Functions may run twice: when a host dies, what was under way runs again on the next. So a run knows the
//! orchestration that it belongs to, and each row the place in the run that it came from. What finds its own is done.

use std::time::SystemTime;

use fnhost_sdk::{Context, Result, ensure};
use sqlx::{AnyPool, Row, query};

use super::documents::{RepoStats, RunStatus, UploadResult, day_of};

/// How the tables are made. `created_at` is there for whoever asks how fast rows came in.
pub const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS repo_stats_runs (
        id TEXT NOT NULL, date TEXT NOT NULL, instance TEXT NOT NULL UNIQUE,
        total_received BIGINT, total_processed BIGINT, total_created_count BIGINT, total_failed_count BIGINT,
        created_list TEXT, failed_list TEXT,
        PRIMARY KEY (id))",
    "CREATE TABLE IF NOT EXISTS repo_stats (
        repo TEXT NOT NULL, id TEXT NOT NULL, is_archived BOOLEAN NOT NULL, is_template BOOLEAN NOT NULL,
        repo_updated_at TEXT NOT NULL, open_issues BIGINT NOT NULL, closed_issues BIGINT NOT NULL,
        total_issues BIGINT NOT NULL, open_prs BIGINT NOT NULL, closed_prs BIGINT NOT NULL, merged_prs BIGINT NOT NULL,
        total_prs BIGINT NOT NULL, stars BIGINT NOT NULL, origin TEXT NOT NULL, created_at BIGINT NOT NULL,
        PRIMARY KEY (repo, id))",
];

/// Makes the document of a new run and answers its id: the second in which it began, or the next that is free.
///
/// # Errors
/// When the database does not answer.
pub async fn create_run(pool: &AnyPool, instance: &str) -> Result<i64> {
    let mut id = i64::try_from(since_1970()?.as_secs())?;
    loop {
        let run = query("SELECT id FROM repo_stats_runs WHERE instance = $1").bind(instance);
        if let Some(run) = run.fetch_optional(pool).await? {
            return Ok(run.try_get::<String, _>(0)?.parse()?);
        }
        let insert = query(
            "INSERT INTO repo_stats_runs (id, date, instance) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        );
        let inserted = insert.bind(id.to_string()).bind(day_of(id)).bind(instance).execute(pool).await?;
        if inserted.rows_affected() == 1 {
            return Ok(id);
        }
        id += 1;
    }
}

/// Adds to the document of a run how it went.
///
/// # Errors
/// When there is no such run, or the database does not answer.
pub async fn complete_run(pool: &AnyPool, status: &RunStatus) -> Result<()> {
    let updated = query(
        "UPDATE repo_stats_runs SET total_received = $2, total_processed = $3, total_created_count = $4,
            total_failed_count = $5, created_list = $6, failed_list = $7 WHERE id = $1",
    )
    .bind(status.id.to_string())
    .bind(i64::try_from(status.total_received)?)
    .bind(i64::try_from(status.total_processed)?)
    .bind(i64::try_from(status.total_created_count)?)
    .bind(i64::try_from(status.total_failed_count)?)
    .bind(&status.created_list)
    .bind(&status.failed_list)
    .execute(pool)
    .await?;
    ensure!(updated.rows_affected() == 1, "there is no run `{}`", status.id);
    Ok(())
}

/// Stores documents, all in one transaction. One whose id is taken already counts as failed, unless it was taken by this
/// very document.
///
/// # Errors
/// When the database does not answer; then nothing is stored.
pub async fn create(pool: &AnyPool, documents: &[(String, &RepoStats)]) -> Result<UploadResult> {
    let now = i64::try_from(since_1970()?.as_micros())?;
    let mut transaction = pool.begin().await?;
    let mut results = Vec::with_capacity(documents.len());
    for (origin, stats) in documents {
        let created = query(
            "INSERT INTO repo_stats (repo, id, is_archived, is_template, repo_updated_at, open_issues, closed_issues,
                total_issues, open_prs, closed_prs, merged_prs, total_prs, stars, origin, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             ON CONFLICT (repo, id) DO UPDATE SET origin = excluded.origin WHERE repo_stats.origin = excluded.origin",
        )
        .bind(&stats.repo)
        .bind(&stats.id)
        .bind(stats.is_archived)
        .bind(stats.is_template)
        .bind(&stats.repo_updated_at)
        .bind(stats.open_issues)
        .bind(stats.closed_issues)
        .bind(stats.total_issues)
        .bind(stats.open_prs)
        .bind(stats.closed_prs)
        .bind(stats.merged_prs)
        .bind(stats.total_prs)
        .bind(stats.stars)
        .bind(origin)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        results.push((stats.repo.clone(), created.rows_affected() == 1));
    }
    transaction.commit().await?;
    Ok(UploadResult::of(results))
}

fn since_1970() -> Result<std::time::Duration> {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .context("the clock of this machine stands before 1970")
}
