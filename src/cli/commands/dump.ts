// `cnnc dump`: the forms between text and module, each as text.

import { Command, Option } from 'commander';
import { printGraph } from '../../../compiler/ir/text.ts';
import { printKernel } from '../../../compiler/kernel/text.ts';
import { layoutOf } from '../../../compiler/codegen/wasm/layout.ts';
import { wasmModule } from '../../../compiler/codegen/wasm/module.ts';
import { printModule } from '../../../compiler/codegen/wasm/assembler.ts';
import { operators } from '../../../compiler/ops/index.ts';
import type { Program } from '../../../compiler/program/program.ts';
import { printProgram } from '../../../compiler/program/text.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import { parse } from '../../../grammar/parse.ts';
import { printAst } from '../../../grammar/print-ast.ts';
import { compileWith } from '../compilation.ts';
import { DiagnosticsError, UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { isModelName } from '../model-file.ts';
import { withPassOptions } from '../pass-options.ts';
import type { PassOptions } from '../pass-options.ts';
import { NETWORK_ARGUMENT, openNetwork, openSource, withOpenOptions } from '../source.ts';
import type { OpenOptions } from '../source.ts';
import { withTargetOptions } from '../target-options.ts';
import type { TargetOptions } from '../target-options.ts';

const stages = ['ast', 'graph', 'optimised', 'program', 'kernel', 'ts', 'wat'] as const;
type Stage = (typeof stages)[number];

interface DumpOptions extends OpenOptions, PassOptions, TargetOptions {
  readonly stage: Stage;
  readonly json?: boolean;
}

export function dumpCommand(io: Io): Command {
  const command = withPassOptions(withOpenOptions(new Command('dump')));
  return withTargetOptions(
    command,
    'ts, js: numbers one at a time (default); wasm: vectors, the only one of --stage wat',
  )
    .description('print a form of the network inside the compiler')
    .argument('<file>', NETWORK_ARGUMENT)
    .addOption(
      new Option(
        '--stage <stage>',
        'ast: syntax tree; graph: as written; optimised: after the passes; program: kernel calls and memory; kernel: loop nests; ts: the module; wat: its WebAssembly as text',
      )
        .choices(stages)
        .makeOptionMandatory(),
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  cnnc dump lenet.cnn --stage graph
  cnnc dump lenet.cnn --stage optimised -O1
  cnnc dump lenet.cnn --stage kernel --target wasm
  cnnc dump lenet.cnn --stage wat

JSON: { schemaVersion: 1, stage, text }`,
    )
    .action(async (path: string, options: DumpOptions) => {
      const text = await dump(path, options, io);
      const { stage } = options;
      io.stdout.writeData(options.json ? `${JSON.stringify({ schemaVersion: 1, stage, text }, null, 2)}\n` : text);
    });
}

async function dump(path: string, { stage, ...options }: DumpOptions, io: Io): Promise<string> {
  if (stage === 'ast') {
    if (isModelName(path)) throw new UsageError('--stage ast prints the tree of a text, and a model has none');
    const opened = openSource(path, options, io);
    const { file, diagnostics } = parse(opened.source);
    if (hasErrors(diagnostics)) throw new DiagnosticsError(diagnostics);
    // The tree is that of the whole file, with or without errors of meaning; but the network that is named must be there.
    const unknown = opened.diagnostics.filter(({ code }) => code === 'name/unknown-network');
    if (unknown.length > 0) throw new DiagnosticsError(unknown);
    return printAst(file);
  }
  if (stage === 'ts' && options.target === 'wasm')
    throw new UsageError('--stage ts prints TypeScript; with --target wasm, --stage wat prints the WebAssembly');
  if (stage === 'wat' && options.target !== undefined && options.target !== 'wasm')
    throw new UsageError(`--stage wat prints WebAssembly; leave --target ${options.target} out`);
  const { network, sourceName } = await openNetwork(path, options, io);
  if (stage === 'graph') return ended(printGraph(network.graph, operators));
  const compilation = compileWith(network, stage === 'wat' ? { ...options, target: 'wasm' } : options, io);
  switch (stage) {
    case 'optimised':
      return ended(printGraph(compilation.graph, operators));
    case 'program':
      return printProgram(compilation.program);
    case 'kernel':
      return compilation.program.kernels.map((kernel) => ended(printKernel(kernel))).join('\n');
    case 'ts':
      return compilation.emit('ts', { sourceName })[0]!.text;
    case 'wat':
      return webAssemblyText(compilation.program);
    default:
      return stage satisfies never;
  }
}

/** With relaxed instructions where the program may use them. */
function webAssemblyText(program: Program): string {
  return printModule(wasmModule(program, layoutOf(program), program.target.fused));
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
