// How far a network of whole numbers is from the one in f32, layer by layer and at its outputs: the ratio of signal to quantisation
// noise, 10·log10(Σ x² / Σ (x − x̂)²) decibels.

import type { Range } from '../../compiler/ir/range.ts';
import { held, hold, unbounded } from '../../compiler/ir/range.ts';
import type { WeightData } from '../../runtime/weights.ts';
import { withNumbers } from './numbers.ts';
import type { QuantizedNetwork } from './quantize.ts';
import { groupsOfFunctions } from './saturation.ts';
import type { ImageInputs, NamedTensors, Runner } from './tapped.ts';
import { tapped } from './tapped.ts';
import { intervalOf } from './scale.ts';

export interface LayerError {
  /** The node's name, or that of an output. */
  readonly name: string;
  readonly kind: 'layer' | 'output';
  /** Decibels; Infinity where nothing differs. */
  readonly sqnr: number;
  /** The largest magnitude of a difference. */
  readonly largest: number;
  /** The largest magnitude in f32. */
  readonly magnitude: number;
}

/**
 * The errors of every layer on codes and of every output, over the images. Numbers that only functions read are held between the ends of
 * their codes before, since those leave out what is flat. Memory is that of one image.
 */
export async function layerErrors(
  { source, graph, plan, tensors, scales }: QuantizedNetwork,
  weights: NamedTensors,
  images: Iterable<ImageInputs> | AsyncIterable<ImageInputs>,
  { runner, quantizedRunner = runner }: { readonly runner?: Runner; readonly quantizedRunner?: Runner } = {},
): Promise<readonly LayerError[]> {
  const isOfFunctions = new Set(groupsOfFunctions(plan));
  const rows = [
    ...plan.layers.map(({ node, ...layer }) => {
      const { group, clip = unbounded } = layer;
      const ends = group !== undefined && isOfFunctions.has(group) ? intervalOf(scales[group]!) : unbounded;
      return { name: node, kind: 'layer' as const, ...layer, clip: held(ends, clip) };
    }),
    ...source.outputs.map(({ name, value }, at) => ({
      name,
      kind: 'output' as const,
      before: value,
      after: graph.outputs[at]!.value,
      group: undefined,
      clip: unbounded,
    })),
  ];
  const sums = rows.map(() => ({ signal: 0, noise: 0, largest: 0, magnitude: 0 }));
  const wanted = rows.map(({ after, group }) => ({
    value: after,
    scale: group === undefined ? undefined : scales[group]!,
  }));
  const { graph: readable, values, extra } = withNumbers(graph, wanted);
  const before = await tapped(
    source,
    weights,
    rows.map((row) => row.before),
    runner,
  );
  const after = await tapped(readable, new Map<string, WeightData>([...tensors, ...extra]), values, quantizedRunner);
  try {
    for await (const image of images) {
      const [expected, found] = [before.run(image), after.run(image)];
      for (const [at, row] of rows.entries())
        addErrors(sums[at]!, expected.get(row.before)!, found.get(values[at]!)!, row.clip);
    }
  } finally {
    before.close();
    after.close();
  }
  return rows.map(({ name, kind }, at) => {
    const { signal, noise, largest, magnitude } = sums[at]!;
    return { name, kind, sqnr: noise === 0 ? Infinity : 10 * Math.log10(signal / noise), largest, magnitude };
  });
}

interface Sums {
  signal: number;
  noise: number;
  largest: number;
  magnitude: number;
}

function addErrors(sums: Sums, expected: ArrayLike<number>, found: ArrayLike<number>, clip: Range): void {
  for (let at = 0; at < expected.length; at += 1) {
    const value = hold(clip, expected[at]!);
    const difference = Math.abs(value - found[at]!);
    sums.signal += value ** 2;
    sums.noise += difference ** 2;
    sums.largest = Math.max(sums.largest, difference);
    sums.magnitude = Math.max(sums.magnitude, Math.abs(value));
  }
}
