// The network as a WebAssembly module with inner values among its outputs, loaded with its weights.

import type { Graph, ValueId } from '../../../compiler/ir/graph.ts';
import { compileNetwork } from '../../../compiler/index.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import { bytesAt, stepMemory } from '../../../compiler/step-memory.ts';
import { InputError } from '../../data/input-error.ts';
import { keptApart } from '../../network/kept-apart.ts';
import { byName, importText } from '../../network/module.ts';
import type { Net } from '../../network/module.ts';
import { sizeText } from '../../train/at-once.ts';

/** Numbers of inner values that are kept of each run, at most; a larger network keeps only those that are looked at. */
const MAX_KEPT = 2 ** 22;

/** Bytes of the module's memory, at most. */
const MAX_MEMORY = 2 ** 30;

export interface Runner {
  /** Values that every run gives; the network's inputs and outputs are always among them. */
  readonly keeps: ReadonlySet<ValueId>;
  /** One image, by the names of the inputs. */
  run(inputs: ReadonlyMap<string, Float32Array>): ReadonlyMap<ValueId, Float32Array>;
}

/** All values of a picture where they are few, and else those in `wanted`. */
export function keptValues(graph: Graph, wanted: readonly ValueId[]): readonly ValueId[] {
  const values = graph.nodes.flatMap(({ results }) => results).filter((value) => typeOf(graph, value).batched);
  const total = values.reduce((sum, value) => sum + sizeOf(typeOf(graph, value).shape), 0);
  return total <= MAX_KEPT ? values : values.filter((value) => wanted.includes(value));
}

/** Throws `InputError` where it would take too much memory. */
export async function loadRunner(
  graph: Graph,
  keep: readonly ValueId[],
  weights: ReadonlyMap<string, Float32Array>,
): Promise<Runner> {
  const outputs = new Map(graph.outputs.map(({ name, value }) => [value, name]));
  const taps = new Map(keep.filter((value) => !outputs.has(value)).map((value) => [`inner.${value}`, value]));
  const names = new Map([...outputs, ...[...taps].map(([name, value]) => [value, name] as const)]);
  const net = await keptApart(async (disable): Promise<Net> => {
    const options = { target: 'wasm', taps: [...taps.keys()], disable } as const;
    const compilation = compileNetwork({ graph, taps }, options);
    const bytes = bytesAt(stepMemory(compilation.program), 1);
    if (bytes > MAX_MEMORY)
      throw new InputError(
        `${graph.name} would take ${sizeText(bytes)} of memory for one picture, and a page has ${sizeText(MAX_MEMORY)} for it; a smaller input makes it fit`,
        { limit: true },
      );
    const [script] = compilation.emit('js', { sourceName: 'network' });
    return (await importText(script!.text)).load(weights, { maxBatch: 1 });
  });
  const inputNames = graph.inputs.map(({ name }) => name);
  return {
    keeps: new Set([...names.keys(), ...graph.inputs.map(({ value }) => value)]),
    run(inputs) {
      const x = inputNames.length === 1 ? inputs.get(inputNames[0]!)! : Object.fromEntries(inputs);
      const made = byName(net.run(x), [...new Set(names.values())]);
      const given = graph.inputs.map(({ name, value }) => [value, inputs.get(name)!] as const);
      return new Map([...given, ...[...names].map(([value, name]) => [value, made.get(name)!] as const)]);
    },
  };
}
