//! What hosts say to each other, as the database hears it.

use durable_core::store::{Hosts, News, Store};
use durable_postgres::Options;
use futures_util::StreamExt;
use postgres_testkit::server;
use sqlx::postgres::PgListener;

use crate::scene::{Host, Other};

#[tokio::test]
async fn a_host_that_is_alone_says_nothing_until_another_comes() {
    let url = server().new_database();
    let host = Host::on(Options::new(&url, "hub")).await;
    let mut news = host.store.news();
    assert_eq!(news.next().await, Some(News::ALL));
    host.store.renew(host.lease).await.unwrap();

    let schema = Other::on(&url).await.number("SELECT 'fnhost'::regnamespace::oid::int8").await;
    let mut wall = PgListener::connect(&url).await.unwrap();
    wall.listen(&format!("fnhost_{schema}_1")).await.unwrap();
    host.store.announce(News::MESSAGES).await.unwrap();

    let other = Host::on(Options::new(&url, "hub")).await;
    let hello = format!("{}:0", other.lease.host);
    assert_eq!(wall.recv().await.unwrap().payload(), hello);
    // What another says tells that the hello has been heard.
    other.store.announce(News::FINISHED).await.unwrap();
    assert_eq!(news.next().await, Some(News::FINISHED));
    assert_eq!(wall.recv().await.unwrap().payload(), format!("{}:4", other.lease.host));
    host.store.announce(News::TASKS).await.unwrap();
    assert_eq!(wall.recv().await.unwrap().payload(), format!("{}:2", host.lease.host));

    // A renewal shows the other still there; when it has gone, the host is alone again.
    host.store.renew(host.lease).await.unwrap();
    host.store.announce(News::REPLIES).await.unwrap();
    assert_eq!(wall.recv().await.unwrap().payload(), format!("{}:16", host.lease.host));
    other.store.deregister(other.lease).await.unwrap();
    host.store.renew(host.lease).await.unwrap();
    host.store.announce(News::MESSAGES).await.unwrap();
    other.store.register("again".to_owned()).await.unwrap();
    assert_eq!(wall.recv().await.unwrap().payload(), hello);
}
