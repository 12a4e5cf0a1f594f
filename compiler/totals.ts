// What a compiled network costs when it runs, per image: of the whole program, and of each kernel call.

import { costOf, runningMacs } from './analysis/cost.ts';
import type { OperatorTable } from './ir/operator.ts';
import { sumOf } from './ir/sum.ts';
import type { Lowered } from './pipeline.ts';
import type { KernelCall } from './program/program.ts';
import { arenaBytes, bytesWritten } from './program/program.ts';

/** Per image. */
export interface Totals {
  /** MACs of convolutions and dense layers that run for every image; what is prepared when the module loads does not count. */
  readonly macs: number;
  /** Copies in and out included. */
  readonly kernelCalls: number;
  /** Bytes of activations, outputs included, counted as often as they are written. */
  readonly activationBytesWritten: number;
  /** Bytes of the arena. */
  readonly peakMemoryBytes: number;
}

export interface CallCost {
  readonly call: KernelCall;
  readonly macs: number;
  readonly bytesWritten: number;
}

/** In the order of the calls. Where several calls compute a node, as those of its groups do, each has an equal part of its MACs. */
export function callCosts({ graph, program }: Lowered, operators: OperatorTable): readonly CallCost[] {
  const { nodes } = costOf(graph, operators);
  const calls = new Map<string, number>();
  for (const name of program.run.flatMap((call) => call.nodes)) calls.set(name, (calls.get(name) ?? 0) + 1);
  return program.run.map((call) => ({
    call,
    macs: sumOf(call.nodes.map((name) => (nodes.get(name)?.macs ?? 0) / calls.get(name)!)),
    bytesWritten: bytesWritten(call, program),
  }));
}

/** Totals of a compiled network per image: MACs, kernel calls, and bytes of activations. */
export function totalsOf(lowered: Lowered, operators: OperatorTable): Totals {
  const { graph, program } = lowered;
  return {
    macs: runningMacs(graph, operators),
    kernelCalls: program.run.length,
    activationBytesWritten: sumOf(program.run.map((call) => bytesWritten(call, program))),
    peakMemoryBytes: arenaBytes(program),
  };
}
