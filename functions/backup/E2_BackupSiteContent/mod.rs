//! Copies all files below a folder into blobs. Returns how many bytes that were.

use fnhost_sdk::{OrchestrationContext, Result, bail};

pub async fn run(ctx: OrchestrationContext, root: Option<String>) -> Result<u64> {
    let Some(root) = root.filter(|root| !root.is_empty()) else {
        bail!("A directory path is required as an input.")
    };
    let files: Vec<String> = ctx.activity("E2_GetFileList", root).await?;

    let at_once: usize = ctx.setting("BackupCopiesAtOnce")?.parse()?;
    let chunk: usize = ctx.setting("BackupChunk")?.parse()?;
    let copied =
        ctx.fan_out::<u64>("E2_CopyFiles", &files).at_once(at_once).chunks_of(chunk).show_progress().await?;
    if let Some(lost) = copied.dead_letters.first() {
        let (lost_files, file) = (copied.dead_letters.len(), &files[lost.index]);
        bail!("{lost_files} of {} files were not copied; the first is {file}: {}", files.len(), lost.failure);
    }
    Ok(copied.outputs.iter().sum())
}

#[cfg(test)]
mod tests {
    use fnhost_sdk::{Chunk, ChunkResults, ensure, testing::OrchestrationTester};
    use serde_json::json;

    fn backup(files: &'static [(&'static str, u64)]) -> OrchestrationTester {
        OrchestrationTester::new(super::run)
            .setting("BackupCopiesAtOnce", "50")
            .setting("BackupChunk", "2")
            .activity("E2_GetFileList", |_: String| {
                Ok(files.iter().map(|(file, _)| *file).collect::<Vec<_>>())
            })
            .sub_orchestration("E2_CopyFiles", |chunk: Chunk<String>| {
                let copies = OrchestrationTester::new(crate::backup::e2_copy_files::run).activity(
                    "E2_CopyFileToBlob",
                    |file: String| {
                        let length = files.iter().find(|(name, _)| *name == file).map(|(_, length)| *length);
                        ensure!(!file.contains("locked"), "{file} is locked");
                        Ok(length)
                    },
                );
                Ok(copies.run(chunk).output::<ChunkResults<u64>>())
            })
    }

    #[test]
    fn bytes_are_added_up_over_all_chunks() {
        let run = backup(&[("/a", 1), ("/b", 20), ("/c", 300), ("/d", 4000), ("/e", 0)]).run("/");
        assert_eq!(run.output::<u64>(), 4321);
        assert_eq!(run.custom_status().unwrap().as_str(), r#"{"done":5,"failed":0,"total":5}"#);
        assert_eq!(backup(&[]).run("/").output::<u64>(), 0);
    }

    #[test]
    fn a_file_that_cannot_be_copied_fails_the_backup_by_name() {
        let run = backup(&[("/a", 1), ("/locked", 2), ("/c", 3)]).run("/");
        let failure = run.failure().to_string();
        assert!(failure.starts_with("1 of 3 files were not copied; the first is /locked: "), "{failure}");
    }

    #[test]
    fn a_folder_is_required() {
        for nothing in [json!(null), json!("")] {
            assert_eq!(
                backup(&[]).run(nothing).failure().to_string(),
                "A directory path is required as an input."
            );
        }
    }
}
