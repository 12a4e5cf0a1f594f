// From the times of kernel calls to the fastest algorithm of each convolution.

import type { ConvolutionCandidates } from '../../compiler/candidates.ts';
import type { AlgorithmName } from '../../compiler/schedule/algorithm.ts';

/** A network in which one algorithm computes all convolutions that it can, and the plain one all others. */
export interface Measured {
  readonly algorithm: AlgorithmName;
  /** Nodes of each kernel call. */
  readonly calls: readonly (readonly string[])[];
  /** Milliseconds of each call. */
  readonly ms: readonly number[];
}

export type Times = ReadonlyMap<AlgorithmName, number>;

/** The algorithm that computes a convolution in the network of another one. */
export function algorithmIn(algorithm: AlgorithmName, { algorithms }: ConvolutionCandidates): AlgorithmName {
  return algorithms.includes(algorithm) ? algorithm : algorithms[0];
}

/**
 * Convolution → milliseconds by algorithm, of all nodes of that name together. Where a kernel of one network has nodes inside
 * that another leaves to a call of their own, a pooling for example, the times of all these calls count in both.
 */
export function convolutionTimes(
  convolutions: readonly ConvolutionCandidates[],
  networks: readonly Measured[],
): ReadonlyMap<string, Times> {
  const parts = partsOf(networks.flatMap(({ calls }) => calls));
  return new Map(
    [...Map.groupBy(convolutions, ({ convolution }) => convolution)].map(([name, nodes]) => {
      const computed = new Set(nodes.map(({ node }) => parts.get(node)!));
      const times = new Map<AlgorithmName, number>();
      for (const { algorithm, calls, ms } of networks) {
        const used = algorithmIn(algorithm, nodes[0]!);
        const time = ms.reduce((sum, one, at) => (computed.has(parts.get(calls[at]![0] ?? '')!) ? sum + one : sum), 0);
        times.set(used, Math.min(time, times.get(used) ?? Infinity));
      }
      return [name, times];
    }),
  );
}

/** Node → the nodes with which it shares a kernel in any of the networks, directly or through others. */
function partsOf(calls: readonly (readonly string[])[]): ReadonlyMap<string, ReadonlySet<string>> {
  const parts = new Map<string, ReadonlySet<string>>();
  for (const call of calls) {
    const part = new Set(call.flatMap((node) => [node, ...(parts.get(node) ?? [])]));
    for (const node of part) parts.set(node, part);
  }
  return parts;
}

/** What another must save to replace the usual algorithm: less is no difference that a measurement can tell. */
const LEAST_GAIN = 0.02;

/** The fastest; the usual one where it is nearly as fast. */
export function fastest(times: Times, usual: AlgorithmName): AlgorithmName {
  const [[best, ms]] = [...times].toSorted(([, a], [, b]) => a - b) as [[AlgorithmName, number]];
  const its = times.get(usual);
  return its !== undefined && ms > (1 - LEAST_GAIN) * its ? usual : best;
}
