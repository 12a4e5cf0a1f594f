// Inner values of a network, image by image: through a compiled module, or through the interpreter where no kernels exist.

import { compileNetwork } from '../../compiler/index.ts';
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { operators } from '../../compiler/ops/index.ts';
import { byName, importText } from '../network/module.ts';
import type { WeightData } from '../../runtime/weights.ts';

/** One image's numbers by input name, row-major. */
export type ImageInputs = ReadonlyMap<string, Float32Array>;

/** Tensors by name, in any element type. */
export type NamedTensors = ReadonlyMap<string, WeightData>;

export interface TappedNetwork {
  /** The f32 values that were asked for, of one image. */
  run(image: ImageInputs): ReadonlyMap<ValueId, ArrayLike<number>>;
  close(): void;
}

export type Runner = 'interpreter' | 'js' | 'wasm';

/** A network that tells its inner values `wanted`, all of them f32 and batched. Memory is that of one image. */
export async function tapped(
  graph: Graph,
  weights: NamedTensors,
  wanted: readonly ValueId[],
  runner: Runner = 'wasm',
): Promise<TappedNetwork> {
  const inputs = new Map(graph.inputs.map(({ name, value }) => [value, name]));
  // Inputs are known without a run.
  const inner = [...new Set(wanted)].filter((value) => !inputs.has(value));
  const outputs = inner.map((value) => ({ name: `value${value}`, value }));
  const known = (image: ImageInputs): (readonly [ValueId, ArrayLike<number>])[] =>
    [...inputs].flatMap(([value, name]) => (wanted.includes(value) ? [[value, image.get(name)!] as const] : []));
  if (outputs.length === 0) return { run: (image) => new Map(known(image)), close: () => {} };
  const watched: Graph = { ...graph, outputs };
  if (runner === 'interpreter') {
    const parameters = new Map([...weights].map(([name, data]) => [name, { data: Float64Array.from(data) }]));
    return {
      run(image) {
        const feeds = new Map([...image].map(([name, data]) => [name, { data }]));
        const { values } = interpret(watched, operators, { inputs: feeds, parameters, batch: 1 }, { keep: 'outputs' });
        return new Map([...known(image), ...inner.map((value) => [value, values.get(value)!.data] as const)]);
      },
      close: () => {},
    };
  }
  const [script] = compileNetwork({ graph: watched }, { target: runner }).emit('js', { sourceName: '' });
  const module = await importText(script!.text);
  const net = await module.load(weights);
  const names = outputs.map(({ name }) => name);
  return {
    run(image) {
      const [only] = image.values();
      const results = byName(net.run(image.size === 1 ? only! : Object.fromEntries(image)), names);
      return new Map([...known(image), ...outputs.map(({ name, value }) => [value, results.get(name)!] as const)]);
    },
    close: () => net.close?.(),
  };
}
