// The lines of a report's table: a step together with the activations behind it, and the blocks that hold them.

import { channelAxis, tensorType } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { grouped } from '../text/format.ts';
import type { Layer, Report, ScopeReport } from './network-report.ts';

/** A step and what runs in its place: a convolution, its batch norm and its activation. */
export interface Row {
  readonly layers: readonly [Layer, ...Layer[]];
  /** Without those that an earlier row has. */
  readonly parameters: number;
  readonly macs: number;
}

/** A run of rows inside one top-level block, or of those in none. */
export interface Section {
  readonly scope: ScopeReport | undefined;
  readonly rows: readonly Row[];
}

/** Steps that work on each number by itself stand in the row of the step whose only reader they are. */
export function rowsOf(report: Report, layers: readonly Layer[] = report.layers): readonly Row[] {
  const readers = new Map<string, number>(report.outputs.map(({ layer }) => [layer, 1]));
  for (const { reads } of report.layers) {
    for (const name of reads) readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  const rows: [Layer, ...Layer[]][] = [];
  for (const layer of layers) {
    const row = rows.at(-1);
    const last = row?.at(-1);
    const joins =
      last &&
      attaches(layer.op) &&
      layer.reads.length === 1 &&
      layer.reads[0] === last.name &&
      readers.get(last.name) === 1 &&
      innermost(layer) === innermost(last);
    if (joins) row!.push(layer);
    else rows.push([layer]);
  }
  return rows.map((row) => ({
    layers: row,
    parameters: sum(row.map(({ parameters, shared }) => parameters - (shared?.parameters ?? 0))),
    macs: sum(row.map(({ macs }) => macs)),
  }));
}

/** Rows in order, cut where the outermost block changes; a block of a single row is no section of its own. */
export function sectionsOf(rows: readonly Row[]): readonly Section[] {
  const blockOf = ({ layers }: Row): ScopeReport | undefined => layers[0].scopes[0];
  const sections: { scope: ScopeReport | undefined; rows: Row[] }[] = [];
  for (const [at, row] of rows.entries()) {
    const block = blockOf(row);
    const alone = [rows[at - 1], rows[at + 1]].every((other) => !other || blockOf(other)?.name !== block?.name);
    const scope = alone ? undefined : block;
    const section = sections.at(-1);
    if (section && section.scope?.name === scope?.name) section.rows.push(row);
    else sections.push({ scope, rows: [row] });
  }
  return sections;
}

/**
 * Names of rows as the branches of a tree below `prefix`: `├ path2.conv1`, `│      .conv2`, `└ concat1`. What a name shares
 * with the one above is left blank.
 */
export function branchNames(rows: readonly Row[], prefix: string): readonly string[] {
  const names = rows.map(({ layers }) => layers[0].name.slice(prefix === '' ? 0 : prefix.length + 1).split('.'));
  const head = (at: number): string | undefined => ((names[at]?.length ?? 0) > 1 ? names[at]![0] : undefined);
  let lastRun = names.length - 1;
  while (lastRun > 0 && head(lastRun - 1) !== undefined && head(lastRun - 1) === head(lastRun)) lastRun -= 1;
  return names.map((parts, at) => {
    const continues = at > 0 && head(at) !== undefined && head(at) === head(at - 1);
    const before = continues ? names[at - 1]! : [];
    let shared = 0;
    while (shared < parts.length - 1 && shared < before.length - 1 && parts[shared] === before[shared]) shared += 1;
    const hidden = parts.slice(0, shared).join('.').length;
    const label = shared > 0 ? `${' '.repeat(hidden)}.${parts.slice(shared).join('.')}` : parts.join('.');
    const mark = at >= lastRun ? (continues ? ' ' : '└') : continues ? '│' : '├';
    return `${mark} ${label}`;
  });
}

/** How many parameters a row adds to the network; `shared` where all that it reads belong to an earlier row as well. */
export function parametersText({ layers, parameters }: Row): string {
  return parameters === 0 && layers.some(({ shared }) => shared) ? 'shared' : grouped(parameters);
}

/** What a row computes in: `int8`, `f32`, or nothing where no network of whole numbers was asked for. */
export const numbersText = ({ layers }: Row): string => layers[0].quantized?.numbers ?? '';

/** Bytes of a step's result, as codes where it has them. */
export const storedBytes = ({ quantized, outputBytes }: Layer): number => quantized?.outputBytes ?? outputBytes;

/** What a row does, in few words: `conv 3×3 /2, bn, relu`. What the layer's own name says (`max_pool1`) is left out. */
export function rowText({ layers: [first, ...others] }: Row): string {
  const { op, description, inputShapes } = first;
  const named = first.name.slice(first.name.lastIndexOf('.') + 1).replace(/(?<!\d)\d+$/, '') === op;
  const details = op === 'concat' ? joinedExtents(inputShapes) : description.slice(op.length + 1);
  const text = named && op !== 'conv' && details !== '' ? details : `${op} ${details}`.trimEnd();
  return [text, ...others.map((other) => (other.op === 'batch_norm' ? 'bn' : other.description))].join(', ');
}

/** `64+32`: the extents along the axis in which the values differ, or that of the channels. */
function joinedExtents(shapes: readonly Shape[]): string {
  const axis = shapes[0]!.findIndex((extent, at) => shapes.some((shape) => shape[at] !== extent));
  const joined = axis < 0 ? channelAxis(tensorType(shapes[0]!)) : axis;
  return shapes.map((shape) => shape[joined]).join('+');
}

function attaches(op: string): boolean {
  const operator = operators.get(op);
  return operator?.pointwise !== undefined || operator?.normalizes !== undefined || FOLLOWERS.has(op);
}

const FOLLOWERS = new Set(['batch_norm', 'dropout', 'prelu', 'softmax', 'log_softmax']);

function innermost({ scopes }: Layer): string | undefined {
  return scopes.at(-1)?.name;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
