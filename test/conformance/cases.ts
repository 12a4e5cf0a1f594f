// ONNX's conformance cases and trained models, run on the interpreter and on both targets. The files are made by others and lie
// beside the checkout.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { decodeTensorFile, isProblem } from '../../src/onnx/file/decode.ts';
import { tensorConstant } from '../../src/onnx/file/tensor.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import type { Imported, Problem } from '../../src/onnx/index.ts';
import { byName, importText } from '../../src/network/module.ts';
import { moduleOf, moduleText, runModule, runOracle, weightsFile } from '../support/executors.ts';
import type { GraphFeeds, Outputs } from '../support/executors.ts';

export const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** What became of a case: it agrees, it is refused with reasons, or it does not agree. */
export type Verdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | { readonly kind: 'wrong'; readonly what: string };

/** How a case is run. */
const ways = {
  interpreter: undefined,
  js: { target: 'js' },
  'js strict': { target: 'js', math: 'strict' },
  wasm: { target: 'wasm' },
  'wasm strict': { target: 'wasm', math: 'strict' },
  'wasm fast': { target: 'wasm', math: 'fast' },
  'wasm on two threads': { target: 'wasm', threads: 2 },
  'wasm strict on two threads': { target: 'wasm', math: 'strict', threads: 2 },
  'wasm fast on two threads': { target: 'wasm', math: 'fast', threads: 2 },
} as const satisfies Readonly<Record<string, (PipelineOptions & { readonly threads?: number }) | undefined>>;
export type Way = keyof typeof ways;

export const targets: readonly Way[] = ['interpreter', 'js', 'wasm'];
/** Each target with all mathematics that it has, on one thread and on two. */
export const allWays = Object.keys(ways) as readonly Way[];

interface Tensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Folders of cases, each with `model.onnx`. */
export function casesIn(folder: string): readonly string[] {
  const place = join(data, folder);
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .filter((name) => existsSync(join(place, name, 'model.onnx')))
    .map((name) => join(folder, name));
}

/** Of all expected numbers: how far one may be from what is expected of it. */
export type Tolerance = (all: ArrayLike<number>) => (expected: number) => number;

/** What ONNX allows: rtol 1e-3 and atol 1e-5. */
const usual: Tolerance = () => (expected) => 1e-5 + 1e-3 * Math.abs(expected);

/**
 * Runs a case with each of its sets of data; `path` is absolute or below `data`. Inputs that are constants, as shapes are, come from the
 * first set.
 */
export async function runCase(
  path: string,
  ways: readonly Way[] = targets,
  tolerance: Tolerance = usual,
): Promise<Verdict> {
  const folder = resolve(data, path);
  const sets = readdirSync(folder).filter((name) => /data_set_\d+$/.test(name));
  const model = readFileSync(join(folder, 'model.onnx'));
  const first = importOnnx(model);
  for (const set of sets) {
    const place = join(folder, set);
    const inputs = tensorsIn(place, 'input');
    const constants = new Map<string, Tensor>();
    let imported = first;
    // What turns out to have to be known is known then, one after the other.
    for (let asked = askedBy(imported); asked.some((name) => !constants.has(name)); asked = askedBy(imported)) {
      for (const { name, tensor } of inputs) if (asked.includes(name)) constants.set(name, tensor);
      if (asked.some((name) => !constants.has(name))) break;
      imported = importOnnx(model, { constants });
    }
    if ('problems' in imported) return { kind: 'refused', problems: imported.problems };
    const flowing = inputs.filter(({ name }) => !constants.has(name));
    for (const way of ways) {
      const what = await difference(imported, flowing, tensorsIn(place, 'output'), way, tolerance);
      if (what !== undefined) return { kind: 'wrong', what: `${way}: ${what}` };
    }
  }
  return { kind: 'passed' };
}

/** Inputs that a refused import would have as constants. */
const askedBy = (imported: ReturnType<typeof importOnnx>): readonly string[] =>
  'problems' in imported ? imported.problems.flatMap(({ constantInput }) => constantInput ?? []) : [];

interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

function tensorsIn(place: string, kind: 'input' | 'output'): readonly NamedTensor[] {
  return readdirSync(place)
    .filter((name) => name.startsWith(`${kind}_`) && name.endsWith('.pb'))
    .toSorted((a, b) => Number(a.match(/\d+/)![0]) - Number(b.match(/\d+/)![0]))
    .map((file) => {
      const proto = decodeTensorFile(readFileSync(join(place, file)));
      if (isProblem(proto)) throw new Error(`${file}: ${proto.what}`);
      const { dims, data: numbers } = tensorConstant(proto, proto.name);
      return { name: proto.name, tensor: { shape: dims, data: numbers } };
    });
}

/** What differs by more than the tolerance, in words; undefined where all agrees. */
async function difference(
  { network: { graph }, weights, batched, outputs: borders }: Imported,
  inputs: readonly NamedTensor[],
  expected: readonly NamedTensor[],
  way: Way,
  tolerance: Tolerance,
): Promise<string | undefined> {
  const batch = batched ? (inputs[0]?.tensor.shape[0] ?? 1) : 1;
  const misfit = graph.inputs.find(({ value }, at) => {
    const { shape } = graph.types.get(value)!;
    return inputs[at]!.tensor.data.length !== batch * shape.reduce((product, extent) => product * extent, 1);
  });
  if (misfit) return `${misfit.name} was imported for one image, and more are given`;
  const feeds: GraphFeeds = {
    inputs: new Map(graph.inputs.map(({ name }, at) => [name, Float32Array.from(inputs[at]!.tensor.data)])),
    parameters: new Map([...weights].map(([name, weight]) => [name, weight.data])),
    batch,
  };
  const found = await run(graph, feeds, way);
  for (const [at, { name }] of graph.outputs.entries()) {
    const [ours, theirs] = [found.get(name)!, expected[at]!.tensor];
    const shape = batched ? [batch, ...borders[at]!.dims] : borders[at]!.dims;
    if (shape.join() !== theirs.shape.join())
      return `${borders[at]!.name} has the shape [${shape.join(', ')}], expected [${theirs.shape.join(', ')}]`;
    const allowed = tolerance(theirs.data);
    for (let index = 0; index < theirs.data.length; index += 1) {
      const [value, wanted] = [ours[index]!, theirs.data[index]!];
      const isNear =
        Object.is(value, wanted) ||
        Math.abs(value - wanted) <= allowed(wanted) ||
        (Number.isNaN(value) && Number.isNaN(wanted));
      if (!isNear) return `${borders[at]!.name}[${index}] is ${value}, expected ${wanted}`;
    }
  }
  return undefined;
}

async function run(graph: Imported['network']['graph'], feeds: GraphFeeds, way: Way): Promise<Outputs> {
  const options: (PipelineOptions & { readonly threads?: number }) | undefined = ways[way];
  if (!options) return runOracle(graph, feeds).outputs;
  const { threads, ...rest } = options;
  const { program } = lower(graph, operators, rest);
  const weights = weightsFile(graph, feeds.parameters);
  if (threads === undefined) return runModule(moduleOf(program), weights, feeds, feeds.batch);
  // Threads run the module's own text, which needs an address.
  const module = await importText(moduleText(program));
  const net = await module.load(weights, { maxBatch: feeds.batch, threads });
  try {
    const { inputs } = feeds;
    const results = net.run(inputs.size === 1 ? [...inputs.values()][0]! : Object.fromEntries(inputs));
    return byName(results, Object.keys(module.outputs));
  } finally {
    net.close?.();
  }
}
