//! Rings over one store: what they make, share, refuse and forget.

use durable_core::memory::MemoryDatabase;
use fnhost_protocol::ids::InstanceId;

use super::*;
use crate::keys::{DEFAULT, MASTER};

const KEY: &str = "0123456789abcdef";

fn store(database: &MemoryDatabase) -> Arc<dyn KeyStore> {
    Arc::new(database.store("hub"))
}

fn settings(values: &[(&str, &str)]) -> Settings {
    values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn load(database: &MemoryDatabase, values: &[(&str, &str)]) -> Loaded {
    KeyRing::load(store(database), &settings(values)).await.unwrap()
}

fn is_admin(ring: &KeyRing, key: &str) -> bool {
    ring.check(AuthLevel::Admin, "f", Some(key)).is_allowed()
}

fn may_call(ring: &KeyRing, function: &str, key: &str) -> bool {
    ring.check(AuthLevel::Function, function, Some(key)).is_allowed()
}

#[tokio::test]
async fn the_first_start_makes_a_master_key_and_the_next_does_not() {
    let database = MemoryDatabase::new();
    let first = load(&database, &[]).await;
    let master = first.new_master.unwrap();
    assert!(is_admin(&first.ring, master.reveal()));
    let second = load(&database, &[]).await;
    assert_eq!(second.new_master, None);
    assert!(is_admin(&second.ring, master.reveal()));
    assert!(!is_admin(&second.ring, KEY));
}

#[tokio::test]
async fn of_hosts_that_start_at_once_one_shows_the_key_that_all_take() {
    let database = MemoryDatabase::new();
    let none = settings(&[]);
    let starts = (0..8).map(|_| KeyRing::load(store(&database), &none));
    let loaded = futures_util::future::join_all(starts).await;
    let loaded: Vec<Loaded> = loaded.into_iter().map(Result::unwrap).collect();
    let made: Vec<&Key> = loaded.iter().filter_map(|loaded| loaded.new_master.as_ref()).collect();
    let [master] = made[..] else { panic!("{} master keys were made", made.len()) };
    assert!(loaded.iter().all(|loaded| is_admin(&loaded.ring, master.reveal())));
}

#[tokio::test(start_paused = true)]
async fn a_master_key_that_was_deleted_by_hand_is_made_anew() {
    let database = MemoryDatabase::new();
    let old = load(&database, &[]).await.new_master.unwrap();
    assert!(store(&database).delete_key(KeyScope::Master, MASTER.into()).await.unwrap());
    let Loaded { ring, new_master } = load(&database, &[]).await;
    assert!(is_admin(&ring, new_master.unwrap().reveal()));
    assert!(!is_admin(&ring, old.reveal()));
}

#[tokio::test]
async fn settings_bring_keys_and_none_is_made() {
    let database = MemoryDatabase::new();
    let values = [
        ("FNHOST_MASTER_KEY", "master-0123456789"),
        ("FNHOST_HOST_KEY", "host-0123456789ab"),
        ("FNHOST_FUNCTION_KEY_Hello", "hello-0123456789a"),
    ];
    let Loaded { ring, new_master } = load(&database, &values).await;
    assert_eq!(new_master, None);
    assert!(is_admin(&ring, "master-0123456789"));
    assert!(may_call(&ring, "any", "host-0123456789ab") && !is_admin(&ring, "host-0123456789ab"));
    assert!(may_call(&ring, "HELLO", "hello-0123456789a") && !may_call(&ring, "any", "hello-0123456789a"));
    assert!(database.store("hub").keys().await.unwrap().is_empty(), "keys of settings are not stored");

    let refused = ring.set(KeyScope::Host, DEFAULT, None).await.unwrap_err();
    assert_eq!(refused.to_string(), "the key comes from the setting `FNHOST_HOST_KEY`; change it there");
    ring.reload(&settings(&[("FNHOST_MASTER_KEY", "another-0123456789")])).await.unwrap();
    assert!(is_admin(&ring, "another-0123456789") && !is_admin(&ring, "master-0123456789"));
    assert!(!may_call(&ring, "any", "host-0123456789ab"));

    let bad = settings(&[("FNHOST_MASTER_KEY", "short")]);
    assert!(ring.reload(&bad).await.is_err());
    assert!(is_admin(&ring, "another-0123456789"), "a bad reload changes nothing");
}

#[tokio::test]
async fn keys_are_set_replaced_and_removed() {
    let database = MemoryDatabase::new();
    let ring = load(&database, &[("FNHOST_MASTER_KEY", "master-0123456789")]).await.ring;
    let hello = || KeyScope::Function("hello".into());
    let chosen = ring.set(hello(), "Partner", Some(Key::parse(KEY).unwrap())).await.unwrap();
    assert_eq!((chosen.name.as_str(), chosen.is_new), ("partner", true));
    assert!(may_call(&ring, "Hello", KEY));

    let made = ring.set(hello(), "PARTNER", None).await.unwrap();
    assert!(!made.is_new);
    assert!(may_call(&ring, "hello", made.key.reveal()) && !may_call(&ring, "hello", KEY));

    assert!(ring.remove(hello(), "partner").await.unwrap());
    assert!(!ring.remove(hello(), "partner").await.unwrap());
    assert!(!may_call(&ring, "hello", made.key.reveal()));

    let error = ring.remove(KeyScope::Master, MASTER).await.unwrap_err();
    assert_eq!(error.to_string(), "the master key cannot be removed; set another one instead");
    let error = ring.set(hello(), "a b", None).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the name of a key must have 1 to 128 characters, which are letters, digits, `-`, `_` or `.`"
    );
}

#[tokio::test]
async fn what_is_stored_is_not_the_key() {
    let database = MemoryDatabase::new();
    let ring = load(&database, &[]).await.ring;
    ring.set(KeyScope::Host, DEFAULT, Some(Key::parse(KEY).unwrap())).await.unwrap();
    for stored in database.store("hub").keys().await.unwrap() {
        assert_ne!(&stored.hash[..16], KEY.as_bytes());
        // Nor does what is stored open anything.
        let hash = blake3::Hash::from_bytes(stored.hash).to_hex();
        assert!(!may_call(&ring, "f", &hash));
    }
}

#[tokio::test(start_paused = true)]
async fn keys_that_another_host_set_come_into_effect() {
    let database = MemoryDatabase::new();
    let here = load(&database, &[]).await.ring;
    let there = load(&database, &[]).await.ring;
    let shutdown = Shutdown::new();
    let (kept, until) = (there.clone(), shutdown.clone());
    let task = tokio::spawn(async move { kept.keep_fresh(Duration::from_secs(30), &until).await });
    here.set(KeyScope::Host, DEFAULT, Some(Key::parse(KEY).unwrap())).await.unwrap();
    assert!(!may_call(&there, "f", KEY));
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert!(may_call(&there, "f", KEY));
    shutdown.escalate();
    task.await.unwrap();
}

#[tokio::test]
async fn links_are_good_on_all_hosts_and_after_restarts() {
    let database = MemoryDatabase::new();
    let id = InstanceId::parse("order-1").unwrap();
    let token = load(&database, &[]).await.ring.tokens().token(&id);
    let ring = load(&database, &[]).await.ring;
    assert!(ring.tokens().opens(&id, &token));
    // It is no key, neither of the extension nor of anything else.
    assert!(!ring.check_system("durabletask_extension", Some(&token)).is_allowed());
    assert!(!is_admin(&ring, &token) && !may_call(&ring, "f", &token));
}

#[tokio::test]
async fn anonymous_asks_for_nothing_and_no_auth_allows_everything() {
    let database = MemoryDatabase::new();
    let ring = load(&database, &[]).await.ring;
    assert_eq!(ring.check(AuthLevel::Anonymous, "f", None), Decision::Allowed);
    assert_eq!(ring.check(AuthLevel::Function, "f", None), Decision::Missing);
    let open = KeyRing::without_auth(store(&MemoryDatabase::new()), &settings(&[])).await.unwrap();
    assert_eq!(open.check(AuthLevel::Admin, "f", None), Decision::Allowed);
    assert_eq!(open.check_system("x", Some("wrong")), Decision::Allowed);
    assert!(open.list().is_empty(), "without keys asked for, none is made");
}

#[tokio::test]
async fn the_key_of_the_process_opens_everything_and_is_kept_nowhere() {
    let database = MemoryDatabase::new();
    let ring = load(&database, &[]).await.ring;
    let (first, second) = (Key::generate().unwrap(), Key::generate().unwrap());
    ring.open_to(&first);
    assert!(is_admin(&ring, first.reveal()) && may_call(&ring, "f", first.reveal()));
    assert!(ring.check_system("x", Some(first.reveal())).is_allowed());
    ring.refresh().await.unwrap();
    assert!(is_admin(&ring, first.reveal()));
    ring.open_to(&second);
    assert!(is_admin(&ring, second.reveal()) && !is_admin(&ring, first.reveal()));
    assert_eq!(ring.list().len(), 1, "only the master key is listed");
    assert!(!is_admin(&load(&database, &[]).await.ring, second.reveal()));
}
