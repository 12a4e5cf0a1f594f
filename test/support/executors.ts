// The ways to run a graph: the f64 interpreter (the oracle), the kernel interpreter, and the emitted module.

import { backends } from '../../compiler/backends.ts';
import { emitModule, runtimeParts } from '../../compiler/codegen/artifact.ts';
import { classifierOf } from '../../compiler/codegen/classify.ts';
import type { SourceInfo } from '../../compiler/codegen/module-emitter.ts';
import { runtimeText } from '../../compiler/codegen/runtime-text.ts';
import type { RuntimePart } from '../../compiler/codegen/runtime-text.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import { interpretProgram } from '../../compiler/program/interpret.ts';
import type { Program } from '../../compiler/program/program.ts';
import { byName } from '../../src/network/module.ts';
import type { EmittedModule } from '../../src/network/module.ts';
import type { FileTensor } from '../../runtime/write-safetensors.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { evaluated } from './evaluated.ts';

export interface Feeds<Data extends FileTensor['data'] = FileTensor['data']> {
  /** By input name, `batch` images each. */
  readonly inputs: ReadonlyMap<string, Float32Array>;
  /** By parameter name; whole numbers for those of other elements. */
  readonly parameters: ReadonlyMap<string, Data>;
  readonly batch: number;
}

/** Of a graph of f32 alone. */
export type GraphFeeds = Feeds<Float32Array>;

export type Outputs = ReadonlyMap<string, ArrayLike<number>>;

export interface OracleRun {
  readonly outputs: Outputs;
  /** The largest finite magnitude among all values of the graph, at least 1. */
  readonly largest: number;
}

export function runOracle(graph: Graph, { inputs, parameters, batch }: Feeds): OracleRun {
  const wrap = (arrays: Feeds['parameters']) => new Map([...arrays].map(([name, data]) => [name, { data }]));
  const run = interpret(graph, operators, { inputs: wrap(inputs), parameters: wrap(parameters), batch });
  let largest = 1;
  for (const { data } of run.values.values()) {
    for (const value of data) if (Math.abs(value) > largest && Number.isFinite(value)) largest = Math.abs(value);
  }
  return { outputs: new Map([...run.outputs].map(([name, { data }]) => [name, data])), largest };
}

export const runKernels = (program: Program, feeds: Feeds, maxBatch: number): Outputs =>
  interpretProgram(program, { ...feeds, maxBatch });

/** The module's exports. With `relaxed` false it believes to be on a host without relaxed SIMD. */
export function moduleOf(program: Program, relaxed = true): EmittedModule {
  const text = moduleText(program);
  const exported = '{ inputs, outputs, settings, labels, weightTensors, load }';
  if (relaxed) return evaluated(text, runtimeOf(program), exported) as EmittedModule;
  return evaluated(text.replaceAll('WebAssembly.validate(', '(() => false)('), [], exported) as EmittedModule;
}

/** The text of the runtime that a module has, in two parts: what stands before its kernels and `prepare`, and behind them. */
function runtimeOf(program: Program): readonly string[] {
  const emitter = backends[program.target.name].modules;
  const classifies = classifierOf(program) !== undefined;
  const textOf = (parts: readonly RuntimePart[]): readonly string[] =>
    parts.length === 0 ? [] : [parts.map((part) => runtimeText[part].js).join('\n')];
  return [
    ...textOf(runtimeParts(program, emitter, { classifies, hasBase64: emitter.hasBase64(program, source) })),
    ...textOf(emitter.engine(program, source)),
  ];
}

const source: SourceInfo = { sourceName: 'test.cnn', target: 'js' };

/** The text of `net.js`. */
export const moduleText = (program: Program): string =>
  emitModule(program, backends[program.target.name].modules, source)[0]!.text;

/** A safetensors file with the graph's parameters. */
export function weightsFile(graph: Graph, parameters: Feeds['parameters']): Uint8Array {
  return writeSafetensors(
    graph.parameters.map(({ name, value }) => ({
      name,
      shape: typeOf(graph, value).shape,
      data: parameters.get(name)!,
    })),
  );
}

export async function runModule(
  module: EmittedModule,
  weights: Uint8Array,
  { inputs }: Feeds,
  maxBatch: number,
): Promise<Outputs> {
  const net = await module.load(weights, { maxBatch });
  const x = inputs.size === 1 ? [...inputs.values()][0]! : Object.fromEntries(inputs);
  return byName(net.run(x), Object.keys(module.outputs));
}
