// `node test/bench/import-check.ts`: random models of ONNX, as they are read here and as onnxruntime-node runs them. Nodes are drawn one
// after the other; those that onnxruntime refuses are drawn again. Half of the models have a batch, and half a reader that mixes it, so that
// the whole tensor is one image. Exit code 1 where an output is off by more than 1e-4 of its largest number; what is refused is counted.

import { compileNetwork } from '../../compiler/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import type { Imported } from '../../src/onnx/index.ts';
import { createRandom } from '../fuzz/random.ts';
import { border, modelBytes } from '../onnx/models.ts';
import { moduleOf, runModule, runOracle, weightsFile } from '../support/executors.ts';
import type { GraphFeeds, Outputs } from '../support/executors.ts';
import { Draft } from '../support/onnx-draft.ts';
import type { Step } from '../support/onnx-draft.ts';
import { constantSteps } from '../support/onnx-constant-steps.ts';
import { shapeSteps } from '../support/onnx-shape-steps.ts';
import { variedSteps } from '../support/onnx-varied-steps.ts';
import { windowSteps } from '../support/onnx-window-steps.ts';
import { listed, tool, whole } from '../support/tool.ts';
import { importPeer } from './peers/import-peer.ts';
import type { Ort } from './peers/ort.ts';

/** Of the largest number of an output, at least 1. */
const TOLERANCE = 1e-4;
const SHAPES = [
  [2, 4, 6, 5],
  [1, 3, 7, 7],
  [2, 8, 4, 4],
  [1, 1, 5, 4],
  [1, 3, 1, 5],
  [1, 2, 1, 1],
  [2, 6, 7],
  [1, 4, 1],
  [3, 5],
] as const;

const { only, models, seed, seconds } = tool(
  'node test/bench/import-check.ts',
  'Reads random ONNX models, and compares them with onnxruntime-node.',
)
  .option('--only <steps>', 'draw only these', listed)
  .option('--models <count>', 'how many', whole, 1000)
  .option('--seconds <count>', 'at most so long', whole, 300)
  .option('--seed <number>', 'that of the first; the next has the next', whole, 1)
  .parse()
  .opts<{
    readonly only?: readonly string[];
    readonly models: number;
    readonly seed: number;
    readonly seconds: number;
  }>();

const steps: Readonly<Record<string, Step>> = { ...windowSteps, ...shapeSteps, ...constantSteps, ...variedSteps };
const unknown = only?.filter((name) => !(name in steps)) ?? [];
if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}: ${Object.keys(steps).join(', ')}`);
const drawn = Object.entries(steps).flatMap(([name, step]) => (!only || only.includes(name) ? [step] : []));
const ort = await importPeer<Ort>('onnxruntime-node');

interface Model {
  readonly bytes: Uint8Array;
  readonly x: Float32Array;
  readonly shape: readonly number[];
  readonly text: string;
}
type Results = Readonly<Record<string, { readonly data: Float32Array; readonly dims: readonly number[] }>>;

const counts = { agree: 0, refused: 0, wrong: 0 };
const end = performance.now() + 1000 * seconds;
for (let at = seed; at < seed + models && performance.now() < end; at += 1) {
  const model = await randomModel(at);
  if (!model) continue;
  const imported = importOnnx(model.bytes);
  if ('problems' in imported) {
    counts.refused += 1;
    continue;
  }
  const found = await difference(model, imported);
  if (found === undefined) continue;
  counts[found === '' ? 'agree' : 'wrong'] += 1;
  if (found !== '') console.log(`WRONG ${at}: ${found}\n${model.text}`);
}
console.log(`${counts.agree} agree, ${counts.refused} are refused, ${counts.wrong} are wrong`);
process.exitCode = counts.wrong > 0 ? 1 : 0;

/** Undefined where nothing was drawn. */
async function randomModel(at: number): Promise<Model | undefined> {
  const draft = new Draft(createRandom(at));
  const shape = draft.pick(SHAPES);
  const count = sizeOf(shape);
  const x = Float32Array.from(draft.numbers(count), (value) => 2 * value);
  draft.values.push({ name: 'x', dims: shape });
  const mixed = draft.chance(0.5) ? draft.emit('Reshape', ['x', draft.integers([count])]) : [];
  const named = mixed.length === 0 && draft.chance(0.5);
  const bytesFor = (outputs: readonly string[]): Uint8Array =>
    modelBytes(
      {
        name: 'drawn',
        input: [border('x', [named ? 'batch' : shape[0]!, ...shape.slice(1)])],
        output: outputs.map((name) => ({ name })),
        initializer: draft.initializers,
        node: draft.nodes,
      },
      { opsetImport: [{ domain: '', version: BigInt(draft.version) }] },
    );
  const wanted = draft.whole(1, 5);
  for (let tries = 0, done = 0; tries < 4 * wanted && done < wanted; tries += 1) {
    const [nodes, initializers] = [draft.nodes.length, draft.initializers.length];
    // With an axis behind the batch; mostly the latest.
    const values = draft.values.filter(({ dims }) => dims.length > 1);
    draft.pick(drawn)(draft, draft.chance(0.7) ? values.at(-1)! : draft.pick(values));
    const made = draft.nodes.slice(nodes).flatMap(({ output = [] }) => output);
    const results =
      made.length === 0 ? undefined : await run({ bytes: bytesFor(made), x, shape }).catch(() => undefined);
    const floats = made.filter((name) => results?.[name]?.data instanceof Float32Array);
    const isFit = results && floats.length > 0 && floats.every((name) => fits(results[name]!));
    if (!isFit) draft.cut(nodes, initializers);
    else {
      draft.values.push(...floats.map((name) => ({ name, dims: results[name]!.dims })));
      done += 1;
    }
  }
  const read = new Set(draft.nodes.flatMap(({ input = [] }) => input));
  const last = draft.values.slice(1).filter(({ name }) => !read.has(name));
  if (last.length === 0) return undefined;
  const text = draft.nodes.map(({ opType, input, output }) => `  ${output} = ${opType}(${input})`).join('\n');
  return {
    bytes: bytesFor([...last.map(({ name }) => name), ...mixed]),
    x,
    shape,
    text: `  x [${shape}], operator set ${draft.version}\n${text}`,
  };
}

function fits({ data, dims }: Results[string]): boolean {
  return dims.length > 0 && data.length > 0 && data.length < 20_000 && data.every((value) => Math.abs(value) < 1e6);
}

async function run({ bytes, x, shape }: Omit<Model, 'text'>): Promise<Results> {
  const options = {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  } as const;
  const session = await ort.InferenceSession.create(bytes, options);
  try {
    return (await session.run({ x: new ort.Tensor('float32', x, shape) })) as unknown as Results;
  } finally {
    await session.release();
  }
}

/** What differs, in words; empty where nothing does, and undefined where the model was read for another number of images. */
async function difference(
  model: Model,
  { network: { graph }, weights, batched, outputs }: Imported,
): Promise<string | undefined> {
  const batch = batched ? model.shape[0]! : 1;
  const own = graph.inputs.map(({ value }) => batch * sizeOf(typeOf(graph, value).shape));
  if (own.some((size) => size !== model.x.length)) return undefined;
  const feeds: GraphFeeds = {
    inputs: new Map(graph.inputs.map(({ name }) => [name, model.x])),
    parameters: new Map([...weights].map(([name, { data }]) => [name, data])),
    batch,
  };
  const expected = await run(model);
  const { program } = compileNetwork({ graph }, { target: 'wasm' });
  const ways: readonly (readonly [string, Outputs])[] = [
    ['interpreter', runOracle(graph, feeds).outputs],
    ['wasm', await runModule(moduleOf(program), weightsFile(graph, feeds.parameters), feeds, batch)],
  ];
  for (const [way, found] of ways)
    for (const [at, { name, dims }] of outputs.entries()) {
      const { data, dims: theirs } = expected[name]!;
      const ours = batched ? [batch, ...dims] : dims;
      if (ours.join() !== theirs.join()) return `${way}: ${name} has the shape [${ours}], expected [${theirs}]`;
      const most = largestDifference(found.get(graph.outputs[at]!.name)!, data);
      if (!(most <= TOLERANCE)) return `${way}: ${name} is off by ${most.toExponential(1)}`;
    }
  return '';
}

function largestDifference(found: ArrayLike<number>, expected: Float32Array): number {
  if (found.length !== expected.length) return Infinity;
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return expected.reduce((most, value, at) => Math.max(most, Math.abs(found[at]! - value) / largest), 0);
}
