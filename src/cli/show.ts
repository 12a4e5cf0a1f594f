// Values for people: the likeliest classes, grids of numbers, or a summary of what is too large to print.

import { formatShape } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { cellsOf, widthOf } from '../../grammar/terminal.ts';
import type { Scores } from '../../runtime/abi.ts';
import { likeliest, probabilities } from '../../runtime/classes.ts';
import { bar, percent } from '../text/format.ts';

export interface Ranked {
  readonly index: number;
  readonly label?: string;
  readonly probability: number;
  /** As the network gave it. */
  readonly value: number;
}

/** The `count` largest of one image's scores, with probabilities: softmax is applied unless it was before. */
export function rank(
  values: Float32Array,
  count: number,
  scores: Scores,
  labels?: readonly string[],
): readonly Ranked[] {
  const chances = probabilities(values, scores);
  return likeliest(values, count).map((index) => {
    const label = labels?.[index];
    return {
      index,
      ...(label !== undefined && { label }),
      probability: chances[index]!,
      value: values[index]!,
    };
  });
}

/** Where the percentages of `ranked` come from. */
export function scoresText(scores: Scores, ranked: readonly Ranked[]): string {
  if (ranked.some(({ probability }) => Number.isNaN(probability)))
    return 'no probabilities: the network gives numbers that are NaN or infinite';
  switch (scores) {
    case 'raw':
      return 'probabilities: softmax applied';
    case 'softmax':
      return 'probabilities: as the network gives them';
    case 'log_softmax':
      return "probabilities: exp of the network's log_softmax";
    default:
      return scores satisfies never;
  }
}

/** `  sneaker  97.8%  █████████▊  9.214` in at most `width` columns, for which names are cut. */
export function rankedLines(ranked: readonly Ranked[], width: number): readonly string[] {
  const values = numberColumn(ranked.map(({ value }) => value));
  const rest = `    100.0%  ${' '.repeat(BAR_CELLS)}  ${values[0] ?? ''}`.length;
  const room = Math.max(NARROWEST_NAME, width - rest - 1);
  const names = ranked.map(({ index, label }) =>
    label === undefined ? `class ${index}` : cellsOf(label).window(0, 0, room).text,
  );
  const widest = Math.max(0, ...names.map(widthOf));
  return ranked.map(({ probability }, at) => {
    const name = names[at]! + ' '.repeat(widest - widthOf(names[at]!));
    const part = bar(probability, BAR_CELLS).padEnd(BAR_CELLS);
    return `  ${name}  ${percent(probability, 1).padStart(6)}  ${part}  ${values[at]}`;
  });
}

const BAR_CELLS = 20;
const NARROWEST_NAME = 12;

/** Elements that are still printed. */
const MAX_ELEMENTS = 4096;

/** One value of `shape` [C, H, W] or [features]: grids that fit into `width` columns, else a summary. */
export function valueLines(values: Float32Array, shape: Shape, width: number): readonly string[] {
  const columns = shape.at(-1) ?? 1;
  const cells = values.length <= MAX_ELEMENTS ? numberColumn([...values]) : [];
  const cell = (cells[0]?.length ?? 0) + 2;
  if (cells.length === 0 || (shape.length > 1 && columns * cell > width)) return [summary(values, shape)];
  const perLine = shape.length > 1 ? columns : Math.max(1, Math.floor(width / cell));
  const lines: string[] = [];
  const plane = shape.length === 3 ? shape[1]! * shape[2]! : values.length;
  for (let at = 0; at < cells.length; at += perLine) {
    if (shape.length === 3 && shape[0]! > 1 && at % plane === 0) lines.push(`  channel ${at / plane}`);
    lines.push(`  ${cells.slice(at, at + perLine).join('  ')}`);
  }
  return lines;
}

function summary(values: Float32Array, shape: Shape): string {
  let [least, most, sum, bad] = [Infinity, -Infinity, 0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) bad += 1;
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  const trouble = bad > 0 ? `, ${bad} not finite` : '';
  return `  ${formatShape(shape)} from ${short(least)} to ${short(most)}, mean ${short(sum / values.length)}${trouble}`;
}

/** Numbers of one width: whole where all are, else to four places, else in exponents. */
function numberColumn(values: readonly number[]): readonly string[] {
  const largest = Math.max(0, ...values.map(Math.abs).filter(Number.isFinite));
  const isWhole = values.every((value) => Number.isInteger(value)) && largest < 1e9;
  const format = (value: number): string => {
    if (!Number.isFinite(value)) return String(value);
    if (isWhole) return String(value + 0);
    return largest >= 1e5 || (largest > 0 && largest < 1e-2) ? value.toExponential(3) : value.toFixed(4);
  };
  const texts = values.map(format);
  const width = Math.max(0, ...texts.map(({ length }) => length));
  return texts.map((text) => text.padStart(width));
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value);
}
