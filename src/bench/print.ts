// What was measured, as tables.

import { bytesText, finePercent, percent, significant, wrap } from '../text/format.ts';
import type { Column, Paint, TableRow } from '../text/table.ts';
import { layOut, painter } from '../text/table.ts';
import type { BenchResult } from './bench.ts';

export interface PrintOptions {
  readonly color: boolean;
  /** Columns. */
  readonly width: number;
  /** A table of the kernels of each network, too. */
  readonly kernels: boolean;
}

/** Ends with a line break. */
export function printBench(results: readonly BenchResult[], { color, width, kernels }: PrintOptions): string {
  const paint = painter(color);
  const table = (columns: readonly Column[], rows: readonly TableRow[]): readonly string[] =>
    layOut(columns, rows, paint, width);
  const compared = results.filter(({ compare }) => compare);
  const blocks = [
    table(...timeTable(results)),
    ...(compared.length > 0 ? [table(...compareTable(compared))] : []),
    table(...sizeTable(results)),
    ...(kernels ? results.flatMap((result) => kernelBlock(result, table, paint)) : []),
    notes(results, width),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

type Table = readonly [readonly Column[], readonly TableRow[]];

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });

function timeTable(results: readonly BenchResult[]): Table {
  const columns = [left('network'), left('target'), left('math'), right('threads'), right('batch')];
  const measured = ['min ms', 'median', 'p95', 'GFLOP/s', 'of peak', 'of bandwidth'].map(right);
  const rows = results.map((one) => ({
    cells: [
      one.network,
      one.target,
      one.weightsType === 'f32' ? one.math : `${one.math}, ${one.weightsType}`,
      String(one.threads),
      String(one.batch),
      ...[one.minMs, one.medianMs, one.p95Ms].map(milliseconds),
      significant(one.gflops, 3),
      percent(one.shareOfPeak, 1),
      percent(one.shareOfBandwidth, 1),
    ],
  }));
  return [[...columns, ...measured], rows];
}

function compareTable(results: readonly BenchResult[]): Table {
  const columns = [left('compared with'), right('threads'), right('min ms'), right('median'), right('p95')];
  const rows = results.map(({ compare }) => ({
    cells: [
      compare!.module,
      String(compare!.threads),
      ...[compare!.minMs, compare!.medianMs, compare!.p95Ms].map(milliseconds),
      `${significant(compare!.ratio, 3)}×`,
      finePercent(compare!.difference),
    ],
  }));
  return [[...columns, right('its time / ours'), right('outputs differ by')], rows];
}

function sizeTable(results: readonly BenchResult[]): Table {
  const columns = [left('network'), right('emit ms'), right('load'), right('first run')];
  const sizes = ['module', 'gzipped', 'weights', 'memory', 'resident'].map(right);
  const rows = results.map((one) => ({
    cells: [
      one.network,
      ...[one.emitMs, one.loadMs, one.firstRunMs].map(milliseconds),
      ...[one.moduleBytes, one.moduleGzippedBytes, one.weightBytes, one.memoryBytes, one.residentBytes].map(bytesText),
    ],
  }));
  return [[...columns, ...sizes], rows];
}

function kernelBlock(
  { network, kernels }: BenchResult,
  table: (...of: Table) => readonly string[],
  paint: Paint,
): readonly (readonly string[])[] {
  if (!kernels) return [];
  const sorted = kernels.toSorted((a, b) => b.ms - a.ms);
  const rows = sorted.map(({ kernel, nodes, ms, share, macs, effectiveGflops }) => ({
    cells: [
      kernel,
      nodes.join(' + '),
      milliseconds(ms),
      percent(share, 1),
      macs === 0 ? '' : significant(effectiveGflops, 3),
    ],
  }));
  const columns = [left('kernel'), left('computes'), right('ms'), right('share'), right('effective GFLOP/s')];
  return [[paint('bold', `Kernels of ${network}, on one thread`), ...table(columns, rows)]];
}

function notes(results: readonly BenchResult[], width: number): readonly string[] {
  const { peakGflops, peakIsFused, bandwidthGBs } = results[0]!;
  const how = peakIsFused ? 'product and sum rounded once' : 'product and sum rounded each';
  const isWinograd = results.some(({ kernels }) => kernels?.some(({ kernel }) => kernel.startsWith('winograd')));
  const effective =
    "GFLOP/s are effective: Winograd's algorithm counts as direct convolution, and may exceed the peak.";
  const text =
    `One thread of this machine computes ${significant(peakGflops, 3)} GFLOP/s on vectors of four f32 (${how}) and reads ` +
    `${significant(bandwidthGBs, 3)} GB/s; the share of the bandwidth is that of reading all weights once in a run.`;
  return wrap(isWinograd ? `${text} ${effective}` : text, width);
}

/** `0.0412`, `1.234`, `56.78`, `1234.5` */
export function milliseconds(value: number): string {
  const decimals = value < 0.1 ? 4 : value < 10 ? 3 : value < 100 ? 2 : 1;
  return value.toFixed(decimals);
}
