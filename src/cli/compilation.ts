// Compiles for a command, as its pass options say; with `--verify`, only after every pass was checked.

import type { Compilation, CompileOptions, CompiledNetwork } from '../../compiler/index.ts';
import { compileNetwork, verifyNetwork } from '../../compiler/index.ts';
import { layoutOf } from '../../compiler/codegen/wasm/layout.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Choices } from '../../compiler/schedule/algorithm.ts';
import type { Fault } from '../../compiler/verify-passes.ts';
import { lineOf } from '../../grammar/source.ts';
import { pagesFor } from '../../runtime/engine.ts';
import { InputError } from '../data/input-error.ts';
import { readTuning } from '../tune/tuning-file.ts';
import { BugFound, inFile } from './errors.ts';
import type { Io } from './io.ts';
import { pipelineOptions } from './pass-options.ts';
import type { PassOptions } from './pass-options.ts';
import { readSourceText } from './source.ts';
import { targetSettings } from './target-options.ts';
import type { TargetOptions } from './target-options.ts';

/**
 * `taps` as `compileNetwork` takes them. Throws `UsageError` where target options do not go together, `InputError` for a bad
 * `--tuning`, and `BugFound` when `--verify` finds a fault.
 */
export function compileWith(
  network: CompiledNetwork,
  options: PassOptions & TargetOptions,
  { stderr, files }: Io,
  taps: readonly string[] = [],
): Compilation {
  const settings: CompileOptions = { ...pipelineSettings(options, files), taps };
  if (options.verify) {
    const { checked, fault } = verifyNetwork(network, settings);
    if (fault) throw new BugFound(faultText(fault));
    const count = checked.length === 1 ? '1 pass' : `${checked.length} passes`;
    stderr.write(`verify: ${count} changed the network, none what it computes\n`);
  }
  const compilation = compileNetwork(network, settings);
  if (options.target === 'wasm') checkMemory(compilation, network.graph.name);
  return compilation;
}

/** What pass and target options say to the compiler. Throws as `compileWith`. */
export function pipelineSettings(options: PassOptions & TargetOptions, files: Io['files']): PipelineOptions {
  return {
    ...pipelineOptions(options),
    ...targetSettings(options),
    ...(options.tuning !== undefined && { choices: tunedChoices(options.tuning, files) }),
  };
}

/** Throws `InputError` where no host could load the module. */
export function checkMemory({ program }: Pick<Compilation, 'program'>, name: string): void {
  try {
    pagesFor(layoutOf(program), 1, 1);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InputError(`${name}: ${cause.message}; --target js has no such limit`, { limit: true, cause });
  }
}

function tunedChoices(path: string, files: Io['files']): Choices {
  const text = readSourceText(path, path, files);
  return inFile(path, () => readTuning(text));
}

function faultText({ pass, problems, rewrites, graph, after }: Fault): string {
  const made = rewrites.map(({ rule, nodes, origin }) => {
    const place = origin ? `  ${origin.span.source.path}:${lineOf(origin.span)}` : '';
    return `  rewrite ${rule}: ${nodes.join(', ')}${place}`;
  });
  const lines = [
    `cnnc met a bug of its own: ${pass} is wrong. \`--disable ${pass}\` leaves it out. Please report it with what follows.`,
    ...problems.slice(0, MAX_PROBLEMS).map((problem) => `  ${problem}`),
    ...made.slice(0, MAX_PROBLEMS),
    'The smallest network that shows it:',
    printGraph(graph, operators).trimEnd(),
    ...(after ? [`after ${pass}:`, printGraph(after, operators).trimEnd()] : []),
  ];
  return `${lines.join('\n')}\n`;
}

const MAX_PROBLEMS = 8;
