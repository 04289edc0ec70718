//! The table on stdout.

use super::{
    gauge::Gauge,
    point::{Point, Summed},
};

/// Speeds.
pub(super) fn points(points: &[Point]) -> String {
    if points.is_empty() {
        return String::new();
    }
    let head = [
        "",
        "store",
        "at once",
        "",
        "per second",
        "p50 µs",
        "p99 µs",
        "CPU µs",
        "database",
        "busy",
        "commits",
        "syncs",
        "of floor",
        "p99 × floor",
        "wanted",
        "kept",
        "pair by pair",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for point in points {
        for beside in &point.measured {
            let mut row = figures(point, &beside.summed);
            row.push(format!("{:.2}", beside.of_floor));
            row.push(format!("{:.1}", beside.p99_of_floor));
            row.push(beside.summed.series.wanted.map(|wanted| wanted.to_string()).unwrap_or_default());
            row.push(yes_or_no(beside.summed.kept));
            let pairs: Vec<String> = beside.pair_by_pair.iter().map(|pair| format!("{pair:.2}")).collect();
            row.push(pairs.join(" "));
            rows.push(row);
        }
        rows.push(figures(point, &point.floor));
    }
    render(&rows, &[0, 1, 3, 14, 15, 16])
}

fn figures(point: &Point, summed: &Summed) -> Vec<String> {
    let run = summed.median;
    let counted = |count: Option<f64>| count.map(|count| format!("{count:.2}")).unwrap_or_default();
    vec![
        point.what.to_owned(),
        point.store.unwrap_or_default().to_owned(),
        point.at_once.to_string(),
        summed.series.who.to_owned(),
        format!("{:.0}", run.per_second),
        format!("{:.0}", run.p50_micros),
        format!("{:.0}", run.p99_micros),
        format!("{:.1}", run.cpu_micros),
        run.database_cpu_micros.map(|cpu| format!("{cpu:.1}")).unwrap_or_default(),
        format!("{:.0} %", run.busy * 100.0),
        counted(run.transactions),
        counted(run.syncs),
    ]
}

fn yes_or_no(kept: Option<bool>) -> String {
    match kept {
        None => String::new(),
        Some(true) => "yes".to_owned(),
        Some(false) => "no".to_owned(),
    }
}

/// Everything else.
pub(super) fn gauges(gauges: &[Gauge]) -> String {
    if gauges.is_empty() {
        return String::new();
    }
    let head = ["", "store", "", "median", "lowest", "highest", "of", "wanted", "kept"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for gauge in gauges {
        let figure = |number: f64| format!("{number:.*} {}", gauge.unit.digits(), gauge.unit);
        rows.push(vec![
            gauge.what.to_owned(),
            gauge.store.unwrap_or_default().to_owned(),
            gauge.who.clone(),
            figure(gauge.median),
            figure(gauge.lowest),
            figure(gauge.highest),
            gauge.count.to_string(),
            gauge.wanted.map(|wanted| wanted.to_string()).unwrap_or_default(),
            yes_or_no(gauge.kept),
        ]);
    }
    render(&rows, &[0, 1, 2, 7, 8])
}

/// Columns as wide as their widest cell; those of words begin at the left, those of numbers end at the right.
fn render(rows: &[Vec<String>], words: &[usize]) -> String {
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(column, cell)| match words.contains(&column) {
                true => format!("{cell:<width$}", width = width(column)),
                false => format!("{cell:>width$}", width = width(column)),
            })
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [vec!["".to_owned(), "n".to_owned()], vec!["one".to_owned(), "100".to_owned()]];
        assert_eq!(render(&rows, &[0]), "       n\none  100\n\n");
    }
}
