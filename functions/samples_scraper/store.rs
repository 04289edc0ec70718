//! The tables of this group. Every write is an upsert in one transaction: it may run twice, and it is whole or not there.

use fnhost_sdk::Result;
use sqlx::{AnyPool, Row, query};

use super::documents::{Package, RepositoryIssues, Sample};

/// How the tables are made. `Repositories` has the names of the published app, which kept it in Azure's table storage.
pub const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS scraper_runs (id TEXT NOT NULL PRIMARY KEY, started_at TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS samples (
        id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, last_commit_date TEXT, run_id TEXT NOT NULL,
        place BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS packages (
        id TEXT NOT NULL PRIMARY KEY, total_downloads BIGINT NOT NULL, versions BIGINT NOT NULL, run_id TEXT NOT NULL)",
    r#"CREATE TABLE IF NOT EXISTS "Repositories" (
        "PartitionKey" TEXT NOT NULL, "RowKey" TEXT NOT NULL, "OpenedIssues" BIGINT NOT NULL,
        "RepositoryName" TEXT NOT NULL, PRIMARY KEY ("PartitionKey", "RowKey"))"#,
];

/// Records a run, once.
///
/// # Errors
/// When the database does not answer.
pub async fn create_run(pool: &AnyPool, id: &str, started_at: &str) -> Result<()> {
    let insert = query("INSERT INTO scraper_runs (id, started_at) VALUES ($1, $2) ON CONFLICT DO NOTHING");
    insert.bind(id).bind(started_at).execute(pool).await?;
    Ok(())
}

/// Stores samples in their order.
///
/// # Errors
/// When the database does not answer; then none is stored.
pub async fn save_samples(pool: &AnyPool, run_id: &str, samples: &[Sample]) -> Result<()> {
    let mut transaction = pool.begin().await?;
    for (place, sample) in samples.iter().enumerate() {
        query(
            "INSERT INTO samples (id, name, last_commit_date, run_id, place) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, last_commit_date = excluded.last_commit_date,
                run_id = excluded.run_id, place = excluded.place",
        )
        .bind(sample.id)
        .bind(&sample.name)
        .bind(sample.last_commit_date.as_deref())
        .bind(run_id)
        .bind(i64::try_from(place)?)
        .execute(&mut *transaction)
        .await?;
    }
    Ok(transaction.commit().await?)
}

/// Samples whose last commit is older than this date, oldest first; those without any come first of all.
///
/// # Errors
/// When the database does not answer.
pub async fn samples_before(pool: &AnyPool, date: &str) -> Result<Vec<Sample>> {
    // Dates of GitHub are UTC, so their texts stand in the order of time.
    let rows = query(
        "SELECT id, name, last_commit_date FROM samples WHERE last_commit_date IS NULL OR last_commit_date < $1
         ORDER BY COALESCE(last_commit_date, ''), name",
    );
    let rows = rows.bind(date).fetch_all(pool).await?;
    let sample = |row: &sqlx::any::AnyRow| -> Result<Sample> {
        Ok(Sample { id: row.try_get(0)?, name: row.try_get(1)?, last_commit_date: row.try_get(2)? })
    };
    rows.iter().map(sample).collect()
}

/// Stores packages.
///
/// # Errors
/// When the database does not answer; then none is stored.
pub async fn save_packages(pool: &AnyPool, run_id: &str, packages: &[Package]) -> Result<()> {
    let mut transaction = pool.begin().await?;
    for package in packages {
        query(
            "INSERT INTO packages (id, total_downloads, versions, run_id) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET total_downloads = excluded.total_downloads, versions = excluded.versions,
                run_id = excluded.run_id",
        )
        .bind(&package.id)
        .bind(package.total_downloads)
        .bind(i64::try_from(package.versions.len())?)
        .bind(run_id)
        .execute(&mut *transaction)
        .await?;
    }
    Ok(transaction.commit().await?)
}

/// Stores how many issues are open, all under one partition key.
///
/// # Errors
/// When the database does not answer; then none is stored.
pub async fn save_repositories(pool: &AnyPool, repositories: &[RepositoryIssues]) -> Result<()> {
    let mut transaction = pool.begin().await?;
    for repository in repositories {
        query(
            r#"INSERT INTO "Repositories" ("PartitionKey", "RowKey", "OpenedIssues", "RepositoryName")
               VALUES ('Default', $1, $2, $3)
               ON CONFLICT ("PartitionKey", "RowKey") DO UPDATE SET "OpenedIssues" = excluded."OpenedIssues",
                  "RepositoryName" = excluded."RepositoryName" "#,
        )
        .bind(repository.id.to_string())
        .bind(repository.opened_issues)
        .bind(&repository.name)
        .execute(&mut *transaction)
        .await?;
    }
    Ok(transaction.commit().await?)
}
