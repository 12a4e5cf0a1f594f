// Measures what `expect` sections ask for, and who has the largest part in it.

import { costOf } from '../compiler/analysis/cost.ts';
import { receptiveFields } from '../compiler/analysis/receptive-field.ts';
import { printKernelFunction } from '../compiler/codegen/typescript.ts';
import type { Amount, Network, Share } from '../compiler/frontend/index.ts';
import { checkExpectations } from '../compiler/frontend/index.ts';
import type { Compilation } from '../compiler/index.ts';
import { compileNetwork } from '../compiler/index.ts';
import type { Graph, Node } from '../compiler/ir/graph.ts';
import { typeOf } from '../compiler/ir/signature.ts';
import { operators } from '../compiler/ops/index.ts';
import type { Program } from '../compiler/schedule/program.ts';
import { arenaBytes } from '../compiler/schedule/program.ts';
import type { Diagnostic } from '../grammar/diagnostic.ts';
import { lineOf } from '../grammar/source.ts';

/** Budgets that are not kept. Compiles only where one needs it and no compilation is given. */
export function checkBudgets(network: Network, compilation?: Compilation): readonly Diagnostic[] {
  if (network.expect.length === 0) return [];
  const { graph } = network;
  const { macs, parameters } = costOf(graph, operators).total;
  const needsFields = network.expect.some(({ quantity }) => quantity === 'receptive_field');
  const fields = needsFields ? receptiveFields(graph, operators) : undefined;
  const needsProgram = network.expect.some(({ quantity }) => compiledQuantities.has(quantity));
  const compiled = needsProgram ? (compilation ?? compileNetwork(network)) : undefined;
  return checkExpectations(network, {
    macs,
    parameters,
    outputs: graph.outputs.map(({ value }) => typeOf(graph, value).shape),
    ...(fields && { receptiveFields: graph.outputs.map(({ value }) => fields.get(value)?.size ?? [0, 0]) }),
    sharesOf: (quantity) => sharesOf(quantity, graph, compiled),
    ...(compiled && {
      peakMemory: arenaBytes(compiled.program),
      kernelCalls: compiled.program.run.length,
      moduleSize: moduleSize(compiled, network.span.source.path),
    }),
  });
}

const compiledQuantities: ReadonlySet<string> = new Set(['peak_memory', 'kernel_calls', 'module_size']);

function moduleSize(compilation: Compilation, path: string): number {
  const [script] = compilation.emit('js', { sourceName: path.slice(path.lastIndexOf('/') + 1) });
  return bytesIn(script!.text);
}

const bytesIn = (text: string): number => new TextEncoder().encode(text).length;

function sharesOf(quantity: Amount, graph: Graph, compilation: Compilation | undefined): readonly Share[] {
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
      return compilation ? aliveAtPeak(compilation.program) : [];
    case 'kernel_calls':
      return compilation ? callsByBlock(compilation) : [];
    case 'module_size':
      return compilation ? kernelSizes(compilation.program) : [];
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

/** The values that lie in memory while the most of it is in use, and the kernels' own. */
function aliveAtPeak({ buffers, run, scratchLength }: Program): readonly Share[] {
  const alive = run.map((_, at) => buffers.filter(({ from, to }) => from <= at && at <= to));
  const total = (list: Program['buffers']): number => list.reduce((sum, { length }) => sum + length, 0);
  const most = alive.toSorted((a, b) => total(b) - total(a))[0] ?? [];
  return [
    ...most.map(({ name, length }) => ({ name, amount: 4 * length })),
    { name: "the kernels' scratch memory", amount: 4 * scratchLength },
  ];
}

/** Of the outermost blocks; layers outside of blocks stand for themselves. */
function callsByBlock({ graph, program }: Compilation): readonly Share[] {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const shares = new Map<string, Share>();
  for (const call of program.run) {
    const node = nodes.get(call.nodes[0] ?? '');
    const block = node?.origin?.scopes[0];
    const name = block?.name ?? node?.name ?? 'copies in and out';
    const place = block ? { line: lineOf(block.span) } : placeOf(node);
    shares.set(name, { name, amount: 1 + (shares.get(name)?.amount ?? 0), ...place });
  }
  return [...shares.values()];
}

/** Kernels under the name of the first layer that calls them. */
function kernelSizes({ kernels, run }: Program): readonly Share[] {
  return kernels.map((kernel) => {
    const user = run.find((call) => call.kernel === kernel.name);
    const line = user?.line === undefined ? {} : { line: user.line };
    return { name: user?.nodes[0] ?? kernel.name, amount: bytesIn(printKernelFunction(kernel, false)), ...line };
  });
}

function placeOf(node: Node | undefined): { readonly line?: number } {
  return node?.origin ? { line: lineOf(node.origin.span) } : {};
}
