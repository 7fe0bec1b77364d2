//! A table of medians over rounds, with ratios to a server that others are measured by.

use std::collections::BTreeMap;

use crate::median;

/// What is measured, in the order of rows and columns.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    columns: Vec<Column>,
    values: BTreeMap<(usize, usize), Vec<(usize, f64)>>,
}

#[derive(Debug)]
struct Row {
    name: String,
    /// The row that this one is divided by.
    base: Option<String>,
}

/// One kind of figure.
#[derive(Clone, Debug)]
pub struct Column {
    /// What stands above it.
    pub title: String,
    /// Digits behind the point.
    pub digits: usize,
    /// Whether the ratio to the base is shown too.
    pub ratio: bool,
}

impl Table {
    /// A table of these columns, still without rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, ..Self::default() }
    }

    /// A further row, and the row that its ratios are taken to.
    pub fn row(&mut self, name: &str, base: Option<&str>) {
        self.rows.push(Row { name: name.to_owned(), base: base.map(str::to_owned) });
    }

    /// What `row` reached in `column` in one round.
    pub fn add(&mut self, round: usize, row: &str, column: &str, value: f64) {
        let row = self.rows.iter().position(|known| known.name == row).expect("rows are named first");
        let column = self.columns.iter().position(|known| known.title == column).expect("columns too");
        self.values.entry((row, column)).or_default().push((round, value));
    }

    /// Whether there is anything to show.
    pub fn has_columns(&self) -> bool {
        !self.columns.is_empty()
    }

    /// The table as text.
    pub fn text(&self) -> String {
        let mut lines = vec![vec![String::new()]];
        lines[0].extend(self.columns.iter().map(|column| column.title.clone()));
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = vec![row.name.clone()];
            line.extend((0..self.columns.len()).map(|column| self.cell(number, row, column)));
            lines.push(line);
        }
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..=self.columns.len()).map(width).collect();
        let mut text = String::new();
        for (number, line) in lines.iter().enumerate() {
            for (column, cell) in line.iter().enumerate() {
                let pad = " ".repeat(widths[column] - cell.chars().count());
                text.push_str(&if column == 0 {
                    format!("| {cell}{pad} |")
                } else {
                    format!(" {pad}{cell} |")
                });
            }
            text.push('\n');
            if number == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let colon = if column == 0 { "|-" } else { "-" };
                    let end = if column == 0 { "-|" } else { ":|" };
                    text.push_str(&format!("{colon}{}{end}", "-".repeat(*width)));
                }
                text.push('\n');
            }
        }
        text
    }

    fn cell(&self, number: usize, row: &Row, column: usize) -> String {
        let kind = &self.columns[column];
        let Some(values) = self.values.get(&(number, column)) else { return "-".to_owned() };
        let only: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
        let Some(middle) = median(&only) else { return "-".to_owned() };
        let plain = grouped(middle, kind.digits);
        match self.ratio(values, row, column) {
            Some(ratio) if kind.ratio => format!("{plain} ({ratio:.2}x)"),
            _ => plain,
        }
    }

    /// The median of this row's ratios to its base, each taken within a round.
    fn ratio(&self, values: &[(usize, f64)], row: &Row, column: usize) -> Option<f64> {
        let base = self.rows.iter().position(|known| Some(&known.name) == row.base.as_ref())?;
        let base = self.values.get(&(base, column))?;
        let ratios: Vec<f64> = values
            .iter()
            .filter_map(|(round, value)| {
                let (_, base) = base.iter().find(|(other, _)| other == round)?;
                Some(value / base)
            })
            .collect();
        median(&ratios)
    }
}

/// The number with a comma between thousands.
fn grouped(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.find('.').map_or((text.as_str(), ""), |point| text.split_at(point));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}
