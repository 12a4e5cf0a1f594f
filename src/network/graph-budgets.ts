// Budgets of `expect` sections that follow from the graph as it is written, and who has the largest part in them. What only
// a compiled network has is measured in `budgets.ts`.

import { costOf } from '../../compiler/analysis/cost.ts';
import { receptiveFields } from '../../compiler/analysis/receptive-field.ts';
import type { Amount, Network, Share } from '../../compiler/frontend/index.ts';
import { checkExpectations } from '../../compiler/frontend/index.ts';
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { lineOf } from '../../grammar/source.ts';

/** What was measured of a compiled network. */
export interface CompiledMeasures {
  readonly peakMemory: number;
  readonly kernelCalls: number;
  /** Absent where no budget asks for it: the module has to be written first. */
  readonly moduleSize?: number;
  sharesOf(quantity: CompiledAmount): readonly Share[];
}

export type CompiledAmount = Extract<Amount, 'peak_memory' | 'kernel_calls' | 'module_size'>;

const compiledAmounts: ReadonlySet<string> = new Set<CompiledAmount>(['peak_memory', 'kernel_calls', 'module_size']);

/** True where a budget is of something that only a compiled network has. */
export function needsCompilation({ expect }: Network): boolean {
  return expect.some(({ quantity }) => compiledAmounts.has(quantity));
}

/** Budgets that are not kept; those of a compiled network only where it was measured. */
export function checkMeasured(network: Network, compiled?: CompiledMeasures): readonly Diagnostic[] {
  if (network.expect.length === 0) return [];
  const { graph } = network;
  const { macs, parameters } = costOf(graph, operators).total;
  const needsFields = network.expect.some(({ quantity }) => quantity === 'receptive_field');
  const fields = needsFields ? receptiveFields(graph, operators) : undefined;
  const { peakMemory, kernelCalls, moduleSize } = compiled ?? {};
  return checkExpectations(network, {
    macs,
    parameters,
    outputs: graph.outputs.map(({ value }) => typeOf(graph, value).shape),
    ...(fields && { receptiveFields: graph.outputs.map(({ value }) => fields.get(value)?.size ?? [0, 0]) }),
    sharesOf: (quantity) => sharesOf(quantity, graph, compiled),
    ...(peakMemory !== undefined && { peakMemory }),
    ...(kernelCalls !== undefined && { kernelCalls }),
    ...(moduleSize !== undefined && { moduleSize }),
  });
}

function sharesOf(quantity: Amount, graph: Graph, compiled: CompiledMeasures | undefined): readonly Share[] {
  const costs = costOf(graph, operators).nodes;
  const share = (node: Node, amount: number): Share => ({ name: node.name, amount, ...placeOf(node) });
  switch (quantity) {
    case 'parameters':
      return graph.nodes.map((node) => share(node, costs.get(node.name)!.parameters));
    case 'macs':
      return graph.nodes.map((node) => share(node, costs.get(node.name)!.macs));
    case 'receptive_field':
      return fieldGrowth(graph);
    case 'peak_memory':
    case 'kernel_calls':
    case 'module_size':
      return compiled?.sharesOf(quantity) ?? [];
    default:
      return quantity satisfies never;
  }
}

/** By how many pixels each node widens the fields of what it reads. */
function fieldGrowth(graph: Graph): readonly Share[] {
  const fields = receptiveFields(graph, operators);
  const extentOf = (value: number): number => Math.max(...(fields.get(value)?.size ?? [0]));
  return graph.nodes.map((node) => ({
    name: node.name,
    amount: extentOf(node.results[0]!) - Math.max(0, ...node.operands.map(extentOf)),
    ...placeOf(node),
  }));
}

/** The line on which the node was written, where it was written. */
export function placeOf(node: Node | undefined): { readonly line?: number } {
  return node?.origin ? { line: lineOf(node.origin.span) } : {};
}
