// From a source text to the networks in it, ready to report or compile: the front end with the operators it needs, the
// choice of one network, and the budgets of `expect`.

import type { FrontendResult, Network } from '../compiler/frontend/index.ts';
import { checkExpectations, frontend } from '../compiler/frontend/index.ts';
import type { Compilation } from '../compiler/index.ts';
import { compileNetwork } from '../compiler/index.ts';
import { costOf } from '../compiler/analysis/cost.ts';
import { typeOf } from '../compiler/ir/signature.ts';
import { operators } from '../compiler/ops/index.ts';
import { arenaBytes } from '../compiler/schedule/program.ts';
import type { Diagnostic } from '../grammar/diagnostic.ts';
import type { Source } from '../grammar/source.ts';

export interface BuildOptions {
  readonly network?: string;
  /** Values for parameters, written as in the language; they skip `expect`. */
  readonly set?: ReadonlyMap<string, string>;
  /** Text of an imported file by its path relative to the project root, or undefined. */
  readonly read?: (path: string) => string | undefined;
}

export function buildNetworks(source: Source, options: BuildOptions = {}): FrontendResult {
  return frontend(source, { ...options, operators });
}

/** The network to work on, or the names to choose from. */
export function chooseNetwork({ networks, declared }: FrontendResult): Network | readonly string[] {
  const [only, ...others] = networks;
  return only && others.length === 0 ? only : declared.map(({ name }) => name);
}

/** Budgets that are not kept. Compiles only where one needs it and no compilation is given. */
export function checkBudgets(network: Network, compilation?: Compilation): readonly Diagnostic[] {
  if (network.expect.length === 0) return [];
  const { graph } = network;
  const { macs, parameters } = costOf(graph, operators).total;
  const needsProgram = network.expect.some(({ quantity }) => quantity === 'peak_memory');
  const program = (compilation ?? (needsProgram ? compileNetwork(network) : undefined))?.program;
  const outputs = graph.outputs.map(({ value }) => typeOf(graph, value).shape);
  return checkExpectations(network, {
    macs,
    parameters,
    outputs,
    ...(program && { peakMemory: arenaBytes(program) }),
  });
}
