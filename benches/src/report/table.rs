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
        "at once",
        "",
        "per second",
        "p50 µs",
        "p99 µs",
        "CPU µs",
        "of floor",
        "p99 × floor",
        "pair by pair",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for point in points {
        for compared in &point.measured {
            let mut row = figures(point, &compared.summed);
            row.push(format!("{:.2}", compared.speed_of_floor));
            row.push(format!("{:.1}", compared.p99_of_floor));
            let pairs: Vec<String> = compared.pair_by_pair.iter().map(|pair| format!("{pair:.2}")).collect();
            row.push(pairs.join(" "));
            rows.push(row);
        }
        rows.push(figures(point, &point.floor));
    }
    render(&rows, &[0, 2, 9])
}

fn figures(point: &Point, summed: &Summed) -> Vec<String> {
    let run = summed.median;
    vec![
        point.what.to_owned(),
        point.at_once.to_string(),
        summed.series.who.to_owned(),
        format!("{:.0}", run.per_second),
        format!("{:.0}", run.p50_micros),
        format!("{:.0}", run.p99_micros),
        format!("{:.1}", run.cpu_micros),
    ]
}

/// Everything else.
pub(super) fn gauges(gauges: &[Gauge]) -> String {
    if gauges.is_empty() {
        return String::new();
    }
    let head = ["", "", "median", "lowest", "highest", "of", "wanted"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for gauge in gauges {
        let figure = |number: f64| format!("{number:.1} {}", gauge.unit);
        rows.push(vec![
            gauge.what.to_owned(),
            gauge.who.to_owned(),
            figure(gauge.median),
            figure(gauge.lowest),
            figure(gauge.highest),
            gauge.count.to_string(),
            gauge.wanted.unwrap_or_default().to_owned(),
        ]);
    }
    render(&rows, &[0, 1, 6])
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
