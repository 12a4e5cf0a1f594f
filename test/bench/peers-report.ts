// What `npm run bench -- --peers` prints.

import type { PeersResult } from './compare-peers.ts';
import { geometricMean } from './measure.ts';

/** All engines on one network. */
export function formatPeers({ network, macs, timings, differences }: PeersResult): string {
  const lines = timings.map(({ engine, runs, minimumMs, medianMs }) => {
    const delta = differences.find((one) => one.engine === engine)?.difference;
    return [
      `  ${engine.padEnd(14)}`,
      `${milliseconds(minimumMs)} ms  median ${milliseconds(medianMs)} ms`,
      `${(macs / minimumMs / 1e6).toFixed(2).padStart(6)} GMAC/s  ${`${runs}`.padStart(4)} samples`,
      ...(delta === undefined ? [] : [`differs by ${delta.toExponential(1)} of the largest`]),
    ].join('  ');
  });
  return [`${network.padEnd(12)} ${(macs / 1e6).toFixed(1)} MMAC`, ...lines].join('\n');
}

/** Ours over the peers, for all networks. */
export function formatRatios(results: readonly PeersResult[]): string {
  const lines = results.flatMap(({ network, ratios }) =>
    ratios.map(({ variant, milliseconds: own, best, toBest, toBestWide, toNative }) =>
      row([network, variant, `${milliseconds(own)} ms`, times(toBest), best, times(toBestWide), times(toNative)]),
    ),
  );
  const variants = results[0]?.ratios.map(({ variant }) => variant) ?? [];
  const means = variants.map((variant) => {
    const ratios = results.flatMap((result) => result.ratios.filter((ratio) => ratio.variant === variant));
    const mean = (of: 'toBest' | 'toBestWide' | 'toNative'): string => {
      const values = ratios.map((ratio) => ratio[of]).filter((value) => value !== undefined);
      return times(values.length > 0 ? geometricMean(values) : undefined);
    };
    return row(['geometric mean', variant, '', mean('toBest'), '', mean('toBestWide'), mean('toNative')]);
  });
  const head = row(['network', 'ours', 'fastest', 'time of best', 'peer', 'of best wide', 'of ort node']);
  return [head, ...lines, ...means].join('\n');
}

function row([network, variant, fastest, toBest, best, toBestWide, toNative]: readonly string[]): string {
  const names = [network!.padEnd(15), variant!.padEnd(14)];
  const ratios = [toBest!.padStart(12), best!.padEnd(9), toBestWide!.padStart(12), toNative!.padStart(12)];
  return [...names, fastest!.padStart(12), ...ratios].join('  ');
}

const times = (ratio: number | undefined): string => (ratio === undefined ? '' : `${ratio.toFixed(2)}×`);

function milliseconds(value: number): string {
  return value.toFixed(value < 10 ? 3 : 1).padStart(8);
}
