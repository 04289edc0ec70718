//! Settings that name no store, and stores that nobody uses.

use fnhost_protocol::blob::{BlobApi, BlobError, BlobPath, WriteOptions};

use crate::scene::{blobs_of, collect, whole};

fn at(connection: &str) -> BlobPath {
    BlobPath { connection: connection.into(), container: "box".into(), name: "a".into() }
}

#[tokio::test]
async fn errors_name_the_setting_and_show_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = blobs_of(
        &folder,
        &[
            ("Azure", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=S3cret"),
            ("Broken", "s3://key:S3cret@host:port"),
            ("Empty", ""),
        ],
    );
    for (connection, why) in [
        ("Azure", "does not speak to Azure's storage accounts"),
        ("Broken", "no HOST or HOST:PORT"),
        ("Empty", "it is empty"),
        ("Absent", "is missing: add it to [values] in local.settings.toml"),
    ] {
        let error = blobs.properties(at(connection)).await.unwrap_err();
        assert!(matches!(error, BlobError::Invalid { .. }), "{error:?}");
        let text = format!("{error} {error:?} {blobs:?}");
        assert!(text.contains(&format!("the setting `{connection}`")) && text.contains(why), "{text}");
        assert!(!text.contains("S3cret"), "{text}");
    }
}

#[tokio::test]
async fn development_storage_is_a_folder_of_the_app() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = blobs_of(&folder, &[("AzureWebJobsStorage", "UseDevelopmentStorage=true")]);
    // Names of settings are compared without case; nothing is there before the first write.
    let at = at("azurewebjobsstorage");
    assert_eq!(blobs.properties(at.clone()).await, Ok(None));
    assert!(!folder.path().join(".fnhost").exists());
    blobs.write(at.clone(), whole("hello"), WriteOptions::default()).await.unwrap();
    assert_eq!(collect(blobs.read(at, None).await.unwrap().body).await.unwrap(), "hello");
    assert_eq!(std::fs::read(folder.path().join(".fnhost/blobs/box/a")).unwrap(), b"hello");
}

#[tokio::test]
async fn a_store_that_nobody_asks_is_not_opened() {
    let server = s3_testkit::S3Server::start();
    let folder = tempfile::tempdir().unwrap();
    let blobs = blobs_of(
        &folder,
        &[
            ("Used", &server.connection_string()),
            ("Gone", "s3://k:s@127.0.0.1:1?tls=false"),
            ("Chain", "s3://"),
        ],
    );
    let stores = ["Used", "Gone", "Chain"].map(|name| blobs.store(&name.into()).unwrap());
    assert_eq!(stores.iter().map(|store| store.requests()).sum::<u64>() + server.requests(), 0);
    server.create_bucket("box");
    assert_eq!(blobs.properties(at("Used")).await, Ok(None));
    assert_eq!((stores[0].requests(), server.requests()), (1, 1));
}
