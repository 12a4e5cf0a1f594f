// The example networks as graphs, and what they count to.

import { readFileSync } from 'node:fs';
import { costOf } from '../../compiler/analysis/cost.ts';
import { frontend } from '../../compiler/frontend/index.ts';
import type { FrontendResult } from '../../compiler/frontend/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { renderDiagnostic } from '../../grammar/render.ts';

export type Bindings = Readonly<Record<string, number>>;

/** examples/<example>/<example>.cnn through the front end: one of its networks, or all. */
export function readExample(example: string, network?: string, set: Bindings = {}): FrontendResult {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const path = `examples/${example}/${example}.cnn`;
  return frontend(
    { path, text: read(path) },
    {
      operators,
      read,
      set: new Map(Object.entries(set).map(([name, value]) => [name, `${value}`])),
      ...(network !== undefined && { network }),
    },
  );
}

/** The graph of one network; throws with the diagnostics if there are any. */
export function buildExample(example: string, network: string, set?: Bindings): Graph {
  const { networks, diagnostics } = readExample(example, network, set);
  const graph = networks.find(({ name }) => name === network)?.graph;
  const wrong = diagnostics.filter(({ severity }) => severity !== 'note');
  if (!graph || wrong.length > 0) {
    throw new Error([`${network} is not built`, ...wrong.map((one) => renderDiagnostic(one))].join('\n'));
  }
  return graph;
}

export interface Counts {
  readonly parameters: number;
  /** Per image; convolutions and dense layers, no biases. */
  readonly macs: number;
  /** Elements of running statistics. */
  readonly buffers: number;
}

export function countsOf(graph: Graph): Counts {
  const { parameters, macs } = costOf(graph, operators).total;
  const buffers = graph.parameters
    .filter(({ role }) => role === 'buffer')
    .reduce((sum, { value }) => sum + sizeOf(typeOf(graph, value).shape), 0);
  return { parameters, macs, buffers };
}
