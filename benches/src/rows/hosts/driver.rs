//! A process with one host, or one writer of the floor, and its clients.

use std::io::{stdin, stdout};

use super::order::{Go, Order, Ready, Share, Side, hear, say};
use crate::{
    app::SEQUENCE,
    closed_loop,
    engine::Engine,
    floor::Floor,
    place::Place,
    rows::chain::Greetings,
    window::Plan,
    workload::{self, Workload},
};

/// Does what it is told on stdin, and answers on stdout.
pub(crate) fn drive() -> anyhow::Result<()> {
    let order: Order = hear(&mut stdin().lock())?;
    let place = Place::existing(order.kind, order.folder, order.database);
    let plan = Plan { warm_up: order.warm_up, seconds: order.seconds, pid: std::process::id() };
    let begin = || {
        say(&mut stdout().lock(), &Ready {})?;
        hear::<Go>(&mut stdin().lock())
    };
    let work = Greetings::new(SEQUENCE);
    let driven = workload::runtime()?.block_on(async {
        match order.side {
            Side::Engine => {
                let engine = Engine::start(&place).await?;
                let client = engine.client();
                begin()?;
                let once = move || {
                    let (work, client) = (work.clone(), client.clone());
                    async move { work.engine(&client).await }
                };
                let driven = closed_loop::run(order.at_once, plan, once).await;
                engine.stop().await?;
                driven
            }
            Side::Floor => {
                let floor = Floor::open(&place).await?;
                let writer = floor.writer();
                begin()?;
                let once = move || {
                    let (work, writer) = (work.clone(), writer.clone());
                    async move { work.floor(&writer).await }
                };
                let driven = closed_loop::run(order.at_once, plan, once).await;
                floor.close().await?;
                driven
            }
        }
    })?;
    let share = Share { run: driven.run, answers: driven.answers, latencies: driven.latencies };
    say(&mut stdout().lock(), &share)
}
