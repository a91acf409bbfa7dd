//! Columns that line up.
//!
//! **Invariant**: the width of a column is that of its widest text, colours
//! not counted; lines have no blanks at their end.

use super::{Ink, Paper};

/// One cell.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    ink: Ink,
    right: bool,
}

impl Cell {
    /// The cell in this ink.
    pub fn ink(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    /// The cell pushed to the right, as numbers are.
    pub fn right(self) -> Self {
        Self {
            right: true,
            ..self
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Rows of cells.
#[derive(Clone, Debug, Default)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these headings (keys of words); none for a plain list.
    pub fn new(headings: &[&'static str]) -> Self {
        Self {
            headings: headings.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into());
    }

    /// The table as text; a word for nothing when it is empty.
    pub fn text(&self, paper: &Paper) -> String {
        if self.rows.is_empty() {
            return format!("  {}\n", paper.ink(Ink::Dim, paper.words.say("nothing")));
        }
        let mut rows = Vec::new();
        if !self.headings.is_empty() {
            let headings = self.headings.iter();
            rows.push(
                headings
                    .map(|key| Cell::from(paper.words.say(key)).ink(Ink::Dim))
                    .collect(),
            );
        }
        rows.extend(self.rows.iter().cloned());
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| cell.text.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        let mut text = String::new();
        for row in &rows {
            let mut line = String::from(" ");
            for (cell, width) in row.iter().zip(&widths) {
                let blanks = " ".repeat(width - cell.text.chars().count());
                let inked = paper.ink(cell.ink, &cell.text);
                line.push(' ');
                line.push_str(&match cell.right {
                    true => blanks + &inked,
                    false => inked + &blanks,
                });
                line.push(' ');
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}
