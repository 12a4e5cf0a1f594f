// What `cnnc tune` measured, as a table.

import { algorithmNames } from '../../compiler/schedule/algorithm.ts';
import type { AlgorithmName } from '../../compiler/schedule/algorithm.ts';
import { milliseconds } from '../bench/print.ts';
import { percent, significant } from '../text/format.ts';
import type { Column, TableRow } from '../text/table.ts';
import { layOut, painter } from '../text/table.ts';
import type { Tuned, TunedConvolution } from './tune.ts';

export interface PrintOptions {
  readonly color: boolean;
  /** Columns. */
  readonly width: number;
}

/** Milliseconds of convolutions that have a choice. Ends with a line break. */
export function printTuned(network: string, tuned: Tuned, { color, width }: PrintOptions): string {
  const choices = tuned.convolutions.filter(({ times }) => times.size > 1);
  if (choices.length === 0) return `${network}: there is one algorithm for each convolution; nothing to choose\n`;
  const known = algorithmNames.filter((name) => choices.some(({ times }) => times.has(name)));
  const columns: readonly Column[] = [
    { title: '', align: 'right' },
    { title: 'convolution', align: 'left' },
    { title: 'default', align: 'left' },
    { title: 'chosen', align: 'left' },
    ...known.map((name) => ({ title: name, align: 'right' }) as const),
    { title: 'saved', align: 'right' },
  ];
  const lines = layOut(
    columns,
    choices.map((one) => rowOf(one, known)),
    painter(color),
    width,
  );
  const notes = 'Milliseconds of one image, of all convolutions of a geometry together.';
  return `${[...lines, '', notes, summary(network, tuned)].join('\n')}\n`;
}

function rowOf(one: TunedConvolution, known: readonly AlgorithmName[]): TableRow {
  const { convolution, count, usual, algorithm, times } = one;
  const saved = savedOf(one);
  return {
    cells: [
      `${count}×`,
      shortName(convolution),
      usual,
      algorithm === usual ? '' : algorithm,
      ...known.map((name) => (times.has(name) ? milliseconds(times.get(name)!) : '')),
      saved === undefined ? '' : percent(saved, times.get(usual)!),
    ],
  };
}

/** Milliseconds; undefined where nothing changes, and where the default does not take part. */
function savedOf({ usual, algorithm, times }: TunedConvolution): number | undefined {
  const before = times.get(usual);
  return algorithm === usual || before === undefined ? undefined : before - times.get(algorithm)!;
}

/** Without what most convolutions have: `3x3 pad 1: 64x56x56 to 192`. */
function shortName(convolution: string): string {
  return convolution
    .replace(/^conv /, '')
    .replace(' /1x1', '')
    .replace(' dilated 1x1', '')
    .replace(' padded 0,0,0,0', '')
    .replace(/ padded (\d+)(?:,\1){3}(?= )/, ' pad $1')
    .replace(/(?= \d+x\d+x\d+ to )/, ':');
}

function summary(network: string, { convolutions, turns }: Tuned): string {
  const changed = convolutions.filter(({ usual, algorithm }) => usual !== algorithm).length;
  if (!turns) return `${network} runs as it does without tuning: nothing is faster than the default.`;
  const [before, after] = [turns.first.minMs, turns.second.minMs].map(milliseconds);
  // The median of the rounds, in which both were timed one after the other.
  const gain = 1 / turns.ratio;
  const result = `${changed} of ${convolutions.length} change; ${before} ms → ${after} ms, ${significant(gain, 3)}× as fast`;
  return gain > 1
    ? `${network}: ${result}`
    : `${network}: ${result}. That is no gain: more --seconds, or a less busy machine, may tell more.`;
}
