// What `npm run bench -- --peers --quantize` prints.

import type { Int8Result } from './compare-int8.ts';
import { geometricMean } from './measure.ts';

/** All engines on one network. */
export function formatInt8({ network, macs, timings, dots }: Int8Result): string {
  const lines = timings.map(({ engine, runs, minimumMs, medianMs, decibels }) =>
    [
      `  ${engine.padEnd(14)}`,
      `${milliseconds(minimumMs)} ms  median ${milliseconds(medianMs)} ms`,
      `${(macs / minimumMs / 1e6).toFixed(2).padStart(6)} GMAC/s  ${`${runs}`.padStart(4)} samples`,
      `${decibels.toFixed(1).padStart(6)} dB`,
    ].join('  '),
  );
  return [`${network.padEnd(12)} ${(macs / 1e6).toFixed(1)} MMAC, dot products of bytes: ${dots}`, ...lines].join('\n');
}

/** Our whole numbers over our f32 and over those of LiteRT.js, for all networks. */
export function formatInt8Ratios(results: readonly Int8Result[]): string {
  const lines = results.map(({ network, toOwnF32, toPeerInt8 }) => row(network, toOwnF32, toPeerInt8));
  const peers = results.flatMap(({ toPeerInt8 }) => (toPeerInt8 === undefined ? [] : [toPeerInt8]));
  const means = row(
    'geometric mean',
    geometricMean(results.map(({ toOwnF32 }) => toOwnF32)),
    peers.length > 0 ? geometricMean(peers) : undefined,
  );
  return ['cnnc int8         of its f32  of litert int8', ...lines, means].join('\n');
}

const row = (name: string, toOwnF32: number, toPeerInt8: number | undefined): string =>
  `${name.padEnd(16)}  ${toOwnF32.toFixed(2).padStart(10)}  ${(toPeerInt8?.toFixed(2) ?? '–').padStart(14)}`;

const milliseconds = (value: number): string => value.toFixed(value < 10 ? 3 : 1).padStart(8);
