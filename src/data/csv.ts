// Tables of numbers separated by commas, semicolons, tabs or blanks, with an optional row of column names.

import { InputError, printable } from './input-error.ts';
import type { NumericArray } from './numeric.ts';

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?$/;

/** `[rows, columns]`. A first row without any number is skipped as a header, and so are empty lines. Throws `InputError`. */
export function readCsv(text: string): NumericArray {
  const values: number[] = [];
  let columns = 0;
  let rows = 0;
  let firstLine = 0;
  let mayBeHeader = true;
  let number = 0;
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)) {
    number++;
    if (line.trim() === '') continue;
    const cells = cellsOf(line);
    if (mayBeHeader && !cells.some((cell) => NUMBER.test(cell))) {
      mayBeHeader = false;
      continue;
    }
    mayBeHeader = false;
    if (rows === 0) {
      columns = cells.length;
      firstLine = number;
    }
    if (cells.length !== columns) {
      throw new InputError(`line ${number} has ${count(cells.length)}, but line ${firstLine} has ${columns}`);
    }
    cells.forEach((cell, column) => {
      if (!NUMBER.test(cell)) {
        const found = cell === '' ? 'is empty' : `holds ${printable(cell)}`;
        throw new InputError(`line ${number}, column ${column + 1} ${found}, expected a number`);
      }
      values.push(Number(cell));
    });
    rows++;
  }
  if (rows === 0) throw new InputError('the table has no row of numbers');
  return { shape: [rows, columns], data: Float32Array.from(values) };
}

function cellsOf(line: string): string[] {
  const separator = [',', ';', '\t'].find((candidate) => line.includes(candidate));
  const cells = separator === undefined ? line.trim().split(/\s+/) : line.split(separator);
  return cells.map((cell) => {
    const trimmed = cell.trim();
    return trimmed.length >= 2 && trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1) : trimmed;
  });
}

function count(cells: number): string {
  return cells === 1 ? '1 column' : `${cells} columns`;
}
