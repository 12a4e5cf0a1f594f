// Files cut before each of their tokens: is the token that stands there among what completion offers?
//
// What counts: the token itself. A proposal offers a token when that is the first of what it writes, placeholders left as they
// are; so `conv(${1:64}, …)` offers `conv`. A number is offered when that very number is, a new name when that very name is, a text
// when that very text is; nothing stands for "some number". Texts cannot be foreseen, nor can most new names.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tokenize } from '../../grammar/tokens.ts';
import { analyse } from '../../src/ide/analysis.ts';
import type { Analysis } from '../../src/ide/analysis.ts';
import { completion } from '../../src/ide/completion.ts';
import type { CompletionItem } from '../../src/ide/types.ts';
import { filled } from './at-caret.ts';

export interface Cut {
  readonly kind: string;
  /** Its place among the proposals from 0 on; -1 where it is not offered. */
  readonly rank: number;
}

interface Options {
  /** Only every `step`th cut, the `first` one first. */
  readonly step?: number;
  readonly first?: number;
  /**
   * Analyses the text of every cut. Otherwise the analysis is that of the text before the definition that is cut, as an editor has it
   * while it waits for the next one: it knows no shape inside the definition, and takes a twentieth of the time.
   */
  readonly fresh?: boolean;
}

/** The cuts of a file. The text that is completed ends at the cut. */
export function cutsOf(path: string, { step = 1, first = 0, fresh = false }: Options = {}): readonly Cut[] {
  const text = readFileSync(path, 'utf8');
  const read = (other: string): string | undefined => {
    const file = join(dirname(path), other);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  const analysisOf = (end: number): Analysis =>
    analyse({ path: path.split('/').at(-1)!, text: text.slice(0, end) }, { read });
  const known = new Set<string>();
  let before = analysisOf(0);
  let depth = 0;
  return tokenize(text).tokens.flatMap(({ image, startOffset, tokenType }, at): Cut[] => {
    const kind = kindOf(image, tokenType.name, known);
    if (depth === 0 && definitions.has(image)) before = analysisOf(startOffset);
    if (/^[{([]$/.test(image)) depth += 1;
    if (/^[})\]]$/.test(image)) depth -= 1;
    if (at % step !== first) return [];
    const source = { path, text: text.slice(0, startOffset) };
    const items = completion(fresh ? analysisOf(startOffset) : { ...before, source }, startOffset);
    return [{ kind, rank: items.findIndex((item) => firstToken(item) === image) }];
  });
}

const definitions: ReadonlySet<string> = new Set(['import', 'const', 'block', 'network', 'train', 'expect']);

function firstToken({ insert, snippet }: CompletionItem): string | undefined {
  return tokenize(snippet ? filled(insert) : insert).tokens[0]?.image;
}

function kindOf(image: string, type: string, known: Set<string>): string {
  if (type === 'Number' || type === 'Size' || type === 'TupleIndex') return 'numbers';
  if (type === 'String') return 'texts';
  if (type !== 'Identifier') return /^\w/.test(image) ? 'keywords' : 'signs';
  if (known.has(image)) return 'names';
  known.add(image);
  return 'names at their first place';
}

export interface Rate {
  readonly places: number;
  /** From 0 to 1. */
  readonly offered: number;
  readonly amongFirst: number;
}

/** How many of the cuts are offered, and among the first ten. */
export function rateOf(cuts: readonly Cut[]): Rate {
  const share = (holds: (cut: Cut) => boolean): number => cuts.filter(holds).length / Math.max(1, cuts.length);
  return {
    places: cuts.length,
    offered: share(({ rank }) => rank >= 0),
    amongFirst: share(({ rank }) => rank >= 0 && rank < 10),
  };
}

/** A line for each kind of token, and one for all. */
export function rateTable(cuts: readonly Cut[]): string {
  const kinds = [...new Set(cuts.map(({ kind }) => kind))].toSorted();
  const line = (name: string, { places, offered, amongFirst }: Rate): string =>
    `${name.padEnd(28)}${String(places).padStart(6)}   ${(100 * offered).toFixed(1).padStart(5)} %   ${(100 * amongFirst).toFixed(1).padStart(5)} %`;
  const lines = kinds.map((kind) => line(kind, rateOf(cuts.filter((cut) => cut.kind === kind))));
  return [`${'token'.padEnd(28)}places   offered   first 10`, ...lines, line('all', rateOf(cuts))].join('\n');
}
