// What intervals the values of a network lie in, seen on a few images.

import type { Graph } from '../../compiler/ir/graph.ts';
import type { Range } from '../../compiler/ir/range.ts';
import type { QuantizationPlan } from '../../compiler/quantize/plan.ts';
import { namesWithoutBounds } from '../../compiler/quantize/plan.ts';
import { InputError, printable } from '../data/input-error.ts';
import { histogram } from './histogram.ts';
import type { CalibrationMethod } from './range-of.ts';
import { rangeOfHistogram } from './range-of.ts';
import type { ImageInputs, NamedTensors, Runner } from './tapped.ts';
import { tapped } from './tapped.ts';

export interface CalibrationOptions {
  /** Default `mse`. */
  readonly method?: CalibrationMethod;
  /** For `percentile`; above 50, at most 100. Default 99.99. */
  readonly percentile?: number;
  /** What runs the f32 network. Default `wasm`. */
  readonly runner?: Runner;
  /** Called after each image. */
  readonly onImage?: (done: number) => void;
}

/**
 * The interval of each group of the plan, over all images; without any, what operators with two bounds say, as those of a model that was
 * quantised elsewhere do. Memory does not grow with their number. Throws `InputError` where there is no image and an interval is not
 * known, or where a value is never finite.
 */
export async function calibrate(
  { graph, plan }: { readonly graph: Graph; readonly plan: QuantizationPlan },
  weights: NamedTensors,
  images: Iterable<ImageInputs> | AsyncIterable<ImageInputs>,
  { method = 'mse', percentile, runner, onImage }: CalibrationOptions = {},
): Promise<readonly Range[]> {
  const bins = binsFor(plan.groups.length);
  const seen = plan.groups.map(() => histogram(bins));
  const network = await tapped(
    graph,
    weights,
    plan.groups.flatMap(({ observed }) => observed),
    runner,
  );
  let done = 0;
  try {
    for await (const image of images) {
      const values = network.run(image);
      for (const [at, { observed }] of plan.groups.entries())
        for (const value of observed) seen[at]!.add(values.get(value)!);
      done += 1;
      onImage?.(done);
    }
  } finally {
    network.close();
  }
  if (done === 0) return knownRanges(plan);
  for (const [at, { name }] of plan.groups.entries())
    if (seen[at]!.count === 0) throw new InputError(`no number of ${printable(name)} is finite on these images`);
  return seen.map((each) => rangeOfHistogram(each, method, percentile));
}

/** Bins of so many histograms, which take 64 MB together unless there are tens of thousands. */
const binsFor = (count: number): number => Math.max(128, Math.min(2048, 2 * Math.floor(2 ** 21 / Math.max(1, count))));

function knownRanges(plan: QuantizationPlan): readonly Range[] {
  const unknown = namesWithoutBounds(plan);
  if (unknown.length > 0)
    throw new InputError(`there is no image to calibrate with, and nothing else says ${intervalsText(unknown)}`);
  return plan.groups.map(({ bounds }) => bounds!);
}

/** Of values whose bounds only images can tell, as the end of a sentence. */
export function intervalsText(names: readonly string[]): string {
  const told = names.slice(0, TOLD_NAMES).map(printable).join(', ');
  if (names.length === 1) return `in which interval ${told} lies`;
  return `in which intervals ${told}${names.length > TOLD_NAMES ? ` and ${names.length - TOLD_NAMES} more` : ''} lie`;
}

const TOLD_NAMES = 8;
