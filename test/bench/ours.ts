// Our side of the bench: the emitted module of a graph, imported as a user would, with its weights loaded.

import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileNetwork } from '../../compiler/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { isFloats } from '../../runtime/values.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import type { EmittedModule, Values } from '../../src/network/module.ts';
import type { NamedTensors } from '../../src/quantize/tapped.ts';
import type { Engine } from './engine.ts';

/** One way to compile and run a network. */
export interface Variant {
  /** Tells engines apart in reports. */
  readonly name: string;
  readonly target: Target;
  readonly math: Maths;
  /** 256-bit instructions, weights in bf16. */
  readonly flags: readonly Flag[];
  readonly threads: number;
}

const targets = ['js', 'wasm'] as const;

const maths = ['default', 'strict', 'fast'] as const;
const flags = ['wide', 'bf16'] as const;

export type Target = (typeof targets)[number];
export type Maths = (typeof maths)[number];
export type Flag = (typeof flags)[number];

/** `js`, `wasm:fast` or `wasm:fast:wide`: a target, the mathematics it may use, and flags. Throws on others. */
export function variantOf(text: string, threads: number): Variant {
  const [target = '', math = 'default', ...rest] = text.split(':');
  const one = (word: string, words: readonly string[]): void => {
    if (!words.includes(word)) throw new RangeError(`${text}: expected one of ${words.join(', ')}, found ${word}`);
  };
  one(target, targets);
  one(math, maths);
  for (const flag of rest) one(flag, flags);
  return {
    name: `cnnc ${text}`,
    target: target as Target,
    math: math as Maths,
    flags: rest as readonly Flag[],
    threads: target === 'js' ? 1 : threads,
  };
}

/** Every target with the mathematics that it has; WebAssembly on one thread and on two. */
export function allVariants(): readonly Variant[] {
  const wasm = maths.map((math) => variantOf(`wasm:${math}`, 1));
  const js = maths.filter((math) => math !== 'fast').map((math) => variantOf(`js:${math}`, 1));
  const onTwo = wasm.map((variant) => ({ ...variant, name: `${variant.name} on two threads`, threads: 2 }));
  return [...js, ...wasm, ...onTwo];
}

export interface OursOptions {
  readonly variant?: Variant;
  readonly pipeline?: PipelineOptions;
  /** Images in a run. */
  readonly batch?: number;
  readonly name?: string;
}

/** By default the JavaScript target at -O2 and one image a run. */
export async function createOurs(graph: Graph, weights: NamedTensors, options: OursOptions = {}): Promise<Engine> {
  const { variant = variantOf('js', 1), pipeline = {}, batch = 1, name = variant.name } = options;
  const path = await writeModule(graph, temporaryFolder(), variant, pipeline);
  const { load } = (await import(pathToFileURL(path).href)) as EmittedModule;
  const { threads } = variant;
  const net = await load(weightsFile(graph, weights), { maxBatch: batch, ...(threads > 1 && { threads }) });
  const into = net.run(new Float32Array(batch * sizeOf(typeOf(graph, graph.inputs[0]!.value).shape)));
  const output = graph.outputs[0]!.name;
  const first = (values: Values): Float32Array => (isFloats(values) ? values : values[output]!);
  return { name, run: (x) => first(net.run(x, { into })), release: () => net.close?.() };
}

/** Writes the module into a folder that exists, and returns its path. */
export async function writeModule(
  graph: Graph,
  folder: string,
  variant: Variant = variantOf('js', 1),
  pipeline: PipelineOptions = {},
): Promise<string> {
  const { target, math, flags: chosen } = variant;
  const options: PipelineOptions = {
    ...pipeline,
    target,
    math,
    ...(chosen.includes('wide') && { wide: true }),
    ...(chosen.includes('bf16') && { weightsType: 'bf16' }),
  };
  const files = compileNetwork({ graph }, options).emit('js', { sourceName: `${graph.name}.cnn` });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  for (const { path, text } of files) await writeFile(join(folder, path), text);
  return join(folder, files[0]!.path);
}

/** A safetensors file of the graph's parameters. */
export function weightsFile(graph: Graph, weights: NamedTensors): Uint8Array {
  return writeSafetensors(
    graph.parameters.map(({ name, value }) => ({ name, shape: typeOf(graph, value).shape, data: weights.get(name)! })),
  );
}

let root: string | undefined;

/** A new folder that lasts as long as the process: a module may be loaded again by its own workers. */
export function temporaryFolder(): string {
  if (root === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'cnnc-bench-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    root = folder;
  }
  return mkdtempSync(join(root, 'net-'));
}
