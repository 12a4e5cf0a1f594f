// The story of a compilation: what each pass rewrote and nearly rewrote, what is left to compute, and what it all saved.

import type { Compilation, CompiledNetwork, CompileOptions } from '../../compiler/index.ts';
import { compileNetwork } from '../../compiler/index.ts';
import type { Origin } from '../../compiler/ir/graph.ts';
import type { Miss, Rewrite } from '../../compiler/ir/record.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Totals } from '../../compiler/totals.ts';
import { callCosts, totalsOf } from '../../compiler/totals.ts';
import { positionOf } from '../../grammar/source.ts';

export interface Explained {
  readonly rewrites: readonly Rewrite[];
  readonly misses: readonly Miss[];
  /** The most expensive first: by MACs, then by bytes written; at most ten. */
  readonly kernels: readonly CostlyKernel[];
  /** At level 0. */
  readonly before: ModuleTotals;
  readonly after: ModuleTotals;
}

export interface ModuleTotals extends Totals {
  /** Bytes of the emitted JavaScript, without weights. */
  readonly moduleBytes: number;
}

export interface CostlyKernel {
  readonly kernel: string;
  readonly nodes: readonly string[];
  /** Shape of its result, without the batch axis. */
  readonly shape: Shape;
  readonly macs: number;
  readonly bytesWritten: number;
  readonly origin?: Origin;
}

const MAX_KERNELS = 10;

/** `compilation` is that of the network with these options; `sourceName` the file's name without its folder. */
export function explain(
  network: CompiledNetwork,
  compilation: Compilation,
  sourceName: string,
  options: Pick<CompileOptions, 'taps' | 'target' | 'math' | 'weightsType'> = {},
): Explained {
  const plain = compileNetwork(network, { ...options, level: 0 });
  const origins = new Map(compilation.graph.nodes.map(({ name, origin }) => [name, origin]));
  const kernels = callCosts(compilation, operators)
    .filter(({ call }) => call.nodes.length > 0)
    .toSorted((a, b) => b.macs - a.macs || b.bytesWritten - a.bytesWritten)
    .slice(0, MAX_KERNELS)
    .map(({ call: { kernel, nodes, shape }, macs, bytesWritten }): CostlyKernel => {
      const origin = nodes.map((name) => origins.get(name)).find((found) => found !== undefined);
      return { kernel, nodes, shape, macs, bytesWritten, ...(origin && { origin }) };
    });
  return {
    rewrites: compilation.records.rewrites,
    misses: unique(compilation.records.misses),
    kernels,
    before: moduleTotals(plain, sourceName),
    after: moduleTotals(compilation, sourceName),
  };
}

/** Places are lines and columns from 1, null where a node has none. */
export function explanationJson({ rewrites, misses, kernels, before, after }: Explained) {
  return {
    schemaVersion: 1,
    rewrites: rewrites.map(({ pass, rule, nodes, origin, macsSaved, bytesSaved, callsSaved }) => ({
      pass,
      rule,
      nodes,
      source: sourceOf(origin),
      macsSaved,
      bytesSaved,
      callsSaved,
    })),
    misses: misses.map(({ pass, rule, nodes, origin, reason }) => ({
      pass,
      rule,
      nodes,
      source: sourceOf(origin),
      reason,
    })),
    kernels: kernels.map(({ origin, ...kernel }) => ({ ...kernel, source: sourceOf(origin) })),
    before,
    after,
  };
}

function moduleTotals(compilation: Compilation, sourceName: string): ModuleTotals {
  const [script] = compilation.emit('js', { sourceName });
  return { ...totalsOf(compilation, operators), moduleBytes: new TextEncoder().encode(script!.text).length };
}

/** A miss is found again in every round of the passes. */
function unique(misses: readonly Miss[]): readonly Miss[] {
  const key = ({ pass, rule, nodes, reason }: Miss): string => JSON.stringify([pass, rule, nodes, reason]);
  return [...new Map(misses.map((miss) => [key(miss), miss])).values()];
}

function sourceOf(origin: Origin | undefined) {
  if (!origin) return null;
  const { source, start, end } = origin.span;
  const [from, to] = [positionOf(source, start), positionOf(source, end)];
  return { path: source.path, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}
