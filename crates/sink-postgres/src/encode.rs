//! Rows as the parameters of a statement, in the protocol's binary form. It does not know SQL or
//! connections.
//!
//! A batch is one array of text for each parameter, written without a string for each cell.

use std::sync::Arc;

use sluice_rule::Row;
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, Postgres};
use sqlx::{Arguments, Type};

use crate::failure::Failure;
use crate::parameter::{Kind, Parameter, Unwritable, Wrote};

/// Rows as arrays of text.
#[derive(Debug)]
pub(crate) struct Columns {
    columns: Vec<Column>,
    /// How many rows the arrays hold.
    pub(crate) rows: usize,
    /// Rows that they do not hold, by their place in the batch.
    pub(crate) refused: Vec<(usize, Unwritable)>,
}

#[derive(Debug, Default)]
struct Column {
    /// Each cell: its length, -1 for NULL, then its text.
    cells: Vec<u8>,
    has_null: bool,
    /// Where the current row begins.
    mark: usize,
}

impl Columns {
    /// Writes `rows` in order.
    pub(crate) fn of(
        parameters: &[Parameter],
        kinds: &[Kind],
        rows: &[Arc<Row>],
    ) -> Result<Self, Failure> {
        let mut columns = Self { columns: Vec::new(), rows: 0, refused: Vec::new() };
        columns.columns.resize_with(parameters.len(), Column::default);
        for (at, row) in rows.iter().enumerate() {
            match columns.push(parameters, kinds, row) {
                Ok(()) => columns.rows += 1,
                Err(unwritable) => {
                    columns.forget_row();
                    columns.refused.push((at, unwritable));
                }
            }
            if columns.bytes() > BYTES_MAX {
                return Err(Failure::Oversize { bytes_max: BYTES_MAX });
            }
        }
        Ok(columns)
    }

    /// What is bound.
    pub(crate) fn arguments(&self) -> Result<PgArguments, Failure> {
        let mut arguments = PgArguments::default();
        arguments.reserve(self.columns.len(), self.bytes() + HEADER_BYTES * self.columns.len());
        for column in &self.columns {
            add(&mut arguments, TextArray { column, rows: self.rows })?;
        }
        Ok(arguments)
    }

    fn push(
        &mut self,
        parameters: &[Parameter],
        kinds: &[Kind],
        row: &Row,
    ) -> Result<(), Unwritable> {
        for column in &mut self.columns {
            column.mark = column.cells.len();
        }
        for ((column, parameter), kind) in self.columns.iter_mut().zip(parameters).zip(kinds) {
            let start = column.cells.len();
            column.cells.extend_from_slice(&NULL);
            if parameter.write(*kind, &row.values, &mut column.cells)? == Wrote::Null {
                column.has_null = true;
                continue;
            }
            let length = (column.cells.len() - start).saturating_sub(NULL.len());
            let length = i32::try_from(length).unwrap_or(i32::MAX);
            if let Some(place) = column.cells.get_mut(start..start + NULL.len()) {
                place.copy_from_slice(&length.to_be_bytes());
            }
        }
        Ok(())
    }

    fn forget_row(&mut self) {
        for column in &mut self.columns {
            column.cells.truncate(column.mark);
        }
    }

    fn bytes(&self) -> usize {
        self.columns.iter().map(|column| column.cells.len()).sum()
    }
}

/// One row as texts.
pub(crate) fn row_arguments(
    parameters: &[Parameter],
    kinds: &[Kind],
    row: &Row,
) -> Result<PgArguments, Failure> {
    let mut arguments = PgArguments::default();
    let (mut text, mut bytes) = (Vec::new(), 0);
    for (parameter, kind) in parameters.iter().zip(kinds) {
        text.clear();
        let wrote = parameter.write(*kind, &row.values, &mut text)?;
        bytes += text.len();
        if bytes > BYTES_MAX {
            return Err(Failure::Oversize { bytes_max: BYTES_MAX });
        }
        add(&mut arguments, Text((wrote == Wrote::Text).then_some(&text)))?;
    }
    Ok(arguments)
}

fn add<'v, T>(arguments: &mut PgArguments, value: T) -> Result<(), Failure>
where
    T: Encode<'v, Postgres> + Type<Postgres>,
{
    // It fails for what is longer than 2 GiB only.
    arguments.add(value).map_err(|_| Failure::Oversize { bytes_max: BYTES_MAX })
}

struct TextArray<'c> {
    column: &'c Column,
    rows: usize,
}

impl Type<Postgres> for TextArray<'_> {
    fn type_info() -> PgTypeInfo {
        <Vec<String> as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for TextArray<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let dimensions = 1_i32;
        let has_null = i32::from(self.column.has_null);
        let first = 1_i32;
        for number in [dimensions, has_null, TEXT_OID, i32::try_from(self.rows)?, first] {
            buffer.extend_from_slice(&number.to_be_bytes());
        }
        buffer.extend_from_slice(&self.column.cells);
        Ok(IsNull::No)
    }

    fn size_hint(&self) -> usize {
        HEADER_BYTES + self.column.cells.len()
    }
}

struct Text<'t>(Option<&'t Vec<u8>>);

impl Type<Postgres> for Text<'_> {
    fn type_info() -> PgTypeInfo {
        <str as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Text<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let Some(text) = self.0 else { return Ok(IsNull::Yes) };
        buffer.extend_from_slice(text);
        Ok(IsNull::No)
    }

    fn size_hint(&self) -> usize {
        self.0.map_or(0, Vec::len)
    }
}

/// A batch whose parameters are longer is refused. PostgreSQL takes 1 GiB at most; batches end at
/// 16 MiB of rows, so only rows that are written many times larger than they are come close.
const BYTES_MAX: usize = 256 * 1024 * 1024;

const HEADER_BYTES: usize = 20;

const NULL: [u8; 4] = (-1_i32).to_be_bytes();

/// Of the type `text`.
const TEXT_OID: i32 = 25;

#[cfg(test)]
mod tests;
