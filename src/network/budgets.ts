// Measures what `expect` sections ask for, compiling where they ask for what only a compiled network has.

import { printKernelFunction } from '../../compiler/codegen/typescript.ts';
import type { Network, Share } from '../../compiler/frontend/index.ts';
import type { Compilation } from '../../compiler/index.ts';
import { compileNetwork } from '../../compiler/index.ts';
import type { Program } from '../../compiler/program/program.ts';
import { arenaBytes, bufferBytes, sectionBytes } from '../../compiler/program/program.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { lineOf } from '../../grammar/source.ts';
import { checkMeasured, needsCompilation, placeOf } from './graph-budgets.ts';
import type { CompiledAmount, CompiledMeasures } from './graph-budgets.ts';

/** Budgets that are not kept. Compiles only where one needs it and no compilation is given. */
export function checkBudgets(network: Network, compilation?: Compilation): readonly Diagnostic[] {
  if (!needsCompilation(network)) return checkMeasured(network);
  return checkMeasured(network, measure(network, compilation ?? compileNetwork(network)));
}

function measure(network: Network, compilation: Compilation): CompiledMeasures {
  const { expect, span } = network;
  const { program } = compilation;
  const needsModule = expect.some(({ quantity }) => quantity === 'module_size');
  return {
    peakMemory: arenaBytes(program),
    kernelCalls: program.run.length,
    ...(needsModule && { moduleSize: moduleSize(compilation, span?.source.path ?? network.name) }),
    sharesOf: (quantity) => sharesOf(quantity, compilation),
  };
}

function sharesOf(quantity: CompiledAmount, compilation: Compilation): readonly Share[] {
  switch (quantity) {
    case 'peak_memory':
      return aliveAtPeak(compilation.program);
    case 'kernel_calls':
      return callsByBlock(compilation);
    case 'module_size':
      return kernelSizes(compilation.program);
    default:
      return quantity satisfies never;
  }
}

function moduleSize(compilation: Compilation, path: string): number {
  const [script] = compilation.emit('js', { sourceName: path.slice(path.lastIndexOf('/') + 1) });
  return bytesIn(script!.text);
}

const bytesIn = (text: string): number => new TextEncoder().encode(text).length;

/** The values that lie in memory while the most of it is in use, and the kernels' own. */
function aliveAtPeak({ buffers, run, sections }: Program): readonly Share[] {
  const alive = run.map((_, at) => buffers.filter(({ from, to }) => from <= at && at <= to));
  const total = (list: Program['buffers']): number => list.reduce((sum, one) => sum + bufferBytes(one), 0);
  const most = alive.toSorted((a, b) => total(b) - total(a))[0] ?? [];
  return [
    ...most.map((buffer) => ({ name: buffer.name, amount: bufferBytes(buffer) })),
    {
      name: "the kernels' scratch memory",
      amount: sectionBytes(sections.scratch) + sectionBytes(sections.scratch_codes),
    },
  ];
}

/** Sums over the outermost blocks; layers outside of blocks stand for themselves. */
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
