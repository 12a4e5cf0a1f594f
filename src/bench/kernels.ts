// How long each kernel call of a network takes: the fastest of many, on one thread.

import type { Compilation } from '../../compiler/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import { callCosts } from '../../compiler/totals.ts';
import type { Net } from '../network/module.ts';
import type { Clock } from './timing.ts';

export interface KernelTime {
  readonly kernel: string;
  /** Names of the nodes it computes; empty for copies at the border. */
  readonly nodes: readonly string[];
  readonly ms: number;
  /** Part of the sum of all kernels' times. */
  readonly share: number;
  /** MACs of one image, as a direct convolution or product has them; 0 where nothing is multiplied and added. */
  readonly macs: number;
  /** With those MACs; Winograd's algorithm multiplies less often. */
  readonly effectiveGflops: number;
}

/** A round of measurements takes about so long. */
const ROUND_MS = 5;
const FEWEST_ROUNDS = 3;

/** Milliseconds and speed of each kernel of a program. */
export function kernelTimes(
  compilation: Compilation,
  net: Net,
  { batch, milliseconds, clock }: { readonly batch: number; readonly milliseconds: number; readonly clock: Clock },
): readonly KernelTime[] {
  const once = total(net.profile!(1));
  const repeats = Math.max(1, Math.min(1000, Math.round(ROUND_MS / Math.max(once, 1e-3))));
  let best: readonly number[] | undefined;
  const start = clock();
  for (let round = 0; round < FEWEST_ROUNDS || clock() - start < milliseconds; round += 1) {
    const times = net.profile!(repeats);
    best = best ? best.map((time, at) => Math.min(time, times[at]!)) : times;
  }
  const all = total(best!);
  return callCosts(compilation, operators).map(({ call, macs }, at): KernelTime => {
    const ms = best![at]!;
    return {
      kernel: call.kernel,
      nodes: call.nodes,
      ms,
      share: all === 0 ? 0 : ms / all,
      macs,
      effectiveGflops: ms === 0 ? 0 : (2 * macs * batch) / ms / 1e6,
    };
  });
}

function total(times: readonly number[]): number {
  return times.reduce((sum, time) => sum + time, 0);
}
