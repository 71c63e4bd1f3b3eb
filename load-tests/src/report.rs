//! What was found, as Markdown.

use std::fmt::{self, Display, Formatter};

use crate::aim::Aim;
use crate::plot::Plot;

/// All that a scenario found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) tables: Vec<Table>,
    /// What was aimed at, beside what was reached.
    pub(crate) aims: Vec<Aim>,
    pub(crate) plots: Vec<Plot>,
}

impl From<Table> for Found {
    fn from(table: Table) -> Self {
        Self { tables: vec![table], ..Self::default() }
    }
}

/// The result of a scenario.
#[derive(Debug)]
pub(crate) struct Table {
    title: String,
    /// What must be known to read the figures.
    note: String,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(title: &str, note: &str, columns: &[&'static str]) -> Self {
        let (title, note) = (title.to_owned(), note.to_owned());
        Self { title, note, columns: columns.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: Vec<String>) {
        debug_assert_eq!(row.len(), self.columns.len());
        self.rows.push(row);
    }

    /// Adds what the rows do not tell.
    pub(crate) fn add_note(&mut self, note: &str) {
        self.note.push(' ');
        self.note.push_str(note);
    }

    /// The columns' widths, in characters.
    fn widths(&self) -> Vec<usize> {
        let widest = |(column, name): (usize, &&str)| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0).max(name.chars().count())
        };
        self.columns.iter().enumerate().map(widest).collect()
    }
}

impl Display for Table {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        writeln!(out, "## {}\n\n{}\n", self.title, self.note)?;
        let widths = self.widths();
        let line = |out: &mut Formatter<'_>, cells: &mut dyn Iterator<Item = &str>| {
            for (cell, width) in cells.zip(&widths) {
                write!(out, "| {cell:>width$} ")?;
            }
            writeln!(out, "|")
        };
        line(out, &mut self.columns.iter().copied())?;
        for width in &widths {
            write!(out, "|{:->width$}:", "", width = width + 1)?;
        }
        writeln!(out, "|")?;
        self.rows.iter().try_for_each(|row| line(out, &mut row.iter().map(String::as_str)))
    }
}

/// A number for people: three digits or so, thousands apart.
pub(crate) fn number(value: f64) -> String {
    // What would be rounded up to one more digit is short of one decimal already.
    let precision = match value.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{value:.precision$}");
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text.as_str(), None), |(whole, fraction)| (whole, Some(fraction)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    fraction.map_or_else(|| format!("{sign}{grouped}"), |it| format!("{sign}{grouped}.{it}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 1.234, 9.996, 12.34, 99.96, 1_234.5, 1_234_567.0, -1_234.0].map(number);
        assert_eq!(shown, ["0.00", "1.23", "10.0", "12.3", "100", "1,234", "1,234,567", "-1,234"]);
    }

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new("Idle", "A note.", &["n", "KiB"]);
        table.push(vec!["1,000".to_owned(), "7.9".to_owned()]);
        let expected = "## Idle\n\nA note.\n\n|     n | KiB |\n|------:|----:|\n| 1,000 | 7.9 |\n";
        assert_eq!(table.to_string(), expected);
    }
}
