//! A process with one host, or one writer of the floor, and its clients.

use std::io::{stdin, stdout};

use super::order::{Go, Order, Ready, Share, hear, say};
use crate::{
    app::SEQUENCE,
    place::Place,
    rows::chain::Greetings,
    window::Plan,
    workload::{self, Subject},
};

/// Does what it is told on stdin, and answers on stdout.
pub(crate) fn drive() -> anyhow::Result<()> {
    let order: Order = hear(&mut stdin().lock())?;
    let place = Place::existing(order.kind, order.folder, order.database);
    let plan = Plan {
        warm_up: order.warm_up,
        seconds: order.seconds,
        pid: std::process::id(),
        database: order.database_pid,
    };
    let driven = workload::runtime()?.block_on(async {
        let subject = Subject::start(order.side, &place).await?;
        say(&mut stdout().lock(), &Ready {})?;
        hear::<Go>(&mut stdin().lock())?;
        let driven = subject.drive(order.at_once, plan, &Greetings::new(SEQUENCE)).await;
        subject.stop().await?;
        driven
    })?;
    let share = Share { run: driven.run, answers: driven.answers, latencies: driven.latencies };
    say(&mut stdout().lock(), &share)
}
