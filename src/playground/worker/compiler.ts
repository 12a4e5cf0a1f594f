// The worker of what is compiled: what the passes did, the emitted code, and the plan of the memory.

import { layoutOf } from '../../../compiler/codegen/wasm/layout.ts';
import { printModule } from '../../../compiler/codegen/wasm/assembler.ts';
import { wasmModule } from '../../../compiler/codegen/wasm/module.ts';
import type { Network } from '../../../compiler/frontend/index.ts';
import { compileNetwork } from '../../../compiler/index.ts';
import type { Compilation } from '../../../compiler/index.ts';
import { printGraph } from '../../../compiler/ir/text.ts';
import { printKernel } from '../../../compiler/kernel/text.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { sectionBytes } from '../../../compiler/program/program.ts';
import { printProgram } from '../../../compiler/program/text.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import { explain } from '../../explain/story.ts';
import { buildNetworks } from '../../network/networks.ts';
import { memorySvg } from '../../report/html/memory.ts';
import { missStories, rewriteStories, totalsTable } from '../../report/html/records.ts';
import { report } from '../../report/network-report.ts';
import { compiledItems } from '../../report/svg/items.ts';
import { isDrawable, layOut } from '../../report/svg/layout.ts';
import { bytesText, grouped } from '../../text/format.ts';
import { programPath, readerOf } from '../program.ts';
import type { Code, CodeForm, CompiledNetworkView, CompilerCalls, Explanation, ProgramText } from '../protocol.ts';
import { serve } from './serve.ts';

/** Steps that are told of: more of them would only keep the page busy. */
const maxSteps = 1000;

const calls: CompilerCalls = {
  explain(program): Explanation {
    const network = networkOf(program);
    refuseMany(network);
    const { before, after, rewrites, misses } = explain(network, compileNetwork(network), programPath);
    return {
      network: network.name,
      totals: totalsTable({ before, after }),
      rewrites: { count: rewrites.length, html: rewriteStories(rewrites) },
      misses: { count: misses.length, html: missStories(misses) },
    };
  },
  compiled(program): CompiledNetworkView {
    const network = networkOf(program);
    const compilation = compileNetwork(network);
    const isSmall = network.graph.nodes.length <= maxSteps;
    const items = isSmall ? compiledItems(report(network, compilation.program), compilation) : undefined;
    const drawing = items && isDrawable(items) ? layOut(items) : undefined;
    return {
      network: network.name,
      ...(drawing && { drawing }),
      memory: isSmall ? memorySvg(compilation.program) : '',
      figures: memoryFigures(compilation),
    };
  },
  code(program, form): Code {
    const network = networkOf(program);
    const text = codeText(network, form);
    return { network: network.name, text, ...(form === 'ts' && { bytes: new TextEncoder().encode(text).length }) };
  },
};

/** Throws an error of one sentence where the text has errors or no network. */
function networkOf(program: ProgramText): Network {
  const source = { path: programPath, text: program.text };
  const { networks, diagnostics } = buildNetworks(source, { read: readerOf(program) });
  const network = networks.find(({ name }) => name === program.network) ?? networks[0];
  if (hasErrors(diagnostics) || !network) throw new Error('the text has errors, or no network');
  return network;
}

function refuseMany({ graph: { nodes } }: Network): void {
  if (nodes.length > maxSteps) throw new Error(`the network has ${grouped(nodes.length)} steps: too many to be shown`);
}

function codeText(network: Network, form: CodeForm): string {
  if (form === 'graph') return printGraph(network.graph, operators);
  const { program, emit } = compileNetwork(network, form === 'ts' ? {} : { target: 'wasm' });
  switch (form) {
    case 'ts':
      return emit('ts', { sourceName: programPath })[0]!.text;
    case 'program':
      return printProgram(program);
    case 'kernels':
      return program.kernels.map((kernel) => printKernel(kernel)).join('\n');
    case 'wat':
      return printModule(wasmModule(program, layoutOf(program), program.target.fused));
    default:
      return form satisfies never;
  }
}

function memoryFigures({ program: { run, sections } }: Compilation): CompiledNetworkView['figures'] {
  const { arena, scratch } = sections;
  return [
    [grouped(run.length), 'kernel calls'],
    [bytesText(sectionBytes(arena)), 'activations, one image'],
    [bytesText(sectionBytes(scratch)), 'used by kernels while they run'],
  ];
}

serve({ ...calls });
