//! Tables for people: aligned columns, no lines. The first column is the one that is coloured.

use super::output::{Line, Mood, Output};
use super::words;
use super::wrap::{COLUMNS, INDENT, wrapped};
use comfy_table::presets;
use std::collections::BTreeMap;
use tradewind_engine::texts::cut;

/// The longest text below a row: three lines.
const BELOW_CHARACTERS_MAX: usize = 3 * (COLUMNS - INDENT.len());

/// Rows under a header.
pub(crate) struct Table {
    inner: comfy_table::Table,
    moods: Vec<Mood>,
    below: BTreeMap<usize, String>,
    is_whole: bool,
}

impl Table {
    pub(crate) fn new<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Self {
        let mut inner = comfy_table::Table::new();
        inner.load_style(presets::NOTHING);
        inner.set_header(header);
        for column in inner.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Self { inner, moods: Vec::new(), below: BTreeMap::new(), is_whole: false }
    }

    /// The same table, where nothing is cut short.
    pub(crate) fn whole(self) -> Self {
        Self { is_whole: true, ..self }
    }

    /// A row whose first cell has that mood. Every cell is one line.
    pub(crate) fn row<const COLUMNS: usize>(&mut self, mood: Mood, cells: [String; COLUMNS]) {
        let shown = if self.is_whole { words::clean } else { words::one_line };
        self.inner.add_row(cells.map(|cell| shown(&cell)));
        self.moods.push(mood);
    }

    /// A text below the last row, in lines of its own.
    pub(crate) fn below(&mut self, text: &str) {
        let text = words::clean(&cut(text, BELOW_CHARACTERS_MAX));
        self.below.insert(self.moods.len(), cut(&text, BELOW_CHARACTERS_MAX));
    }

    pub(crate) fn show(&self, output: Output) {
        for (number, line) in self.inner.lines().enumerate() {
            let line = line.trim_end();
            match number.checked_sub(1) {
                None => output.line(Line::painted(Mood::Quiet, line)),
                Some(row) => output.line(self.painted(row, line)),
            }
            let below = self.below.get(&number).map(|text| wrapped(text, INDENT, INDENT));
            below.into_iter().flatten().for_each(|line| output.line(line));
        }
    }

    fn painted(&self, row: usize, line: &str) -> Line {
        let first = self.inner.row(row).and_then(|row| row.cell_iter().next());
        let first = first.map(comfy_table::Cell::content).unwrap_or_default();
        match (line.strip_prefix(first.as_str()), self.moods.get(row)) {
            (Some(rest), Some(mood)) if !first.is_empty() => Line::painted(*mood, first).then(rest),
            _ => line.into(),
        }
    }
}
