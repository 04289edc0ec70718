//! A hello over HTTP, through the whole host and from a bare hyper server: the same body, the same clients, run in
//! turns so that what changes on the machine meanwhile hits both.

use crate::{
    app::HELLO,
    args::Args,
    load::Load,
    place::{Kind, Place},
    process::Server,
    report::{Point, Report, Series},
    window::Plan,
};

/// Connections at once.
const CONNECTIONS: [usize; 2] = [16, 128];

/// The request; the bare server answers anything.
const REQUEST: &str = "GET /api/Hello";

pub(crate) fn measure(args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let scratch = args.scratch()?;
    let place = Place::new(Kind::Sqlite, args)?;
    let host = Server::host(&place)?;
    let bare = Server::bare(scratch.path())?;
    for connections in CONNECTIONS {
        let (mut ours, mut floor) = (Series::new("fnhost"), Series::new("bare hyper"));
        for _ in 0..args.repeat() {
            for (server, series) in [(&host, &mut ours), (&bare, &mut floor)] {
                let load = Load { url: server.url(), request: REQUEST, answer: HELLO, connections };
                let plan = Plan { pid: server.pid(), ..args.plan() };
                series.push(load.drive(plan)?.run);
            }
        }
        report.point(Point::speeds("hello over HTTP", connections, vec![ours], floor));
    }
    host.stop()
}
