// `cnnc eval` of a network whose `train` section adds up the losses of several outputs: a line for each.

import { trainedGraph } from '../../../compiler/index.ts';
import type { InputSettings } from '../../../compiler/ir/graph.ts';
import type { LabelledImages } from '../../data/labelled-images.ts';
import { byName } from '../../network/module.ts';
import { percent } from '../../text/format.ts';
import { answersOf, withAnswers } from '../../train/answers.ts';
import { batchesOf } from '../../train/batch.ts';
import { sumMeasure } from '../../train/evaluate-sum.ts';
import { type Measures, measuresOf } from '../../train/evaluation.ts';
import { asTaken, valuesOf } from '../../train/inputs.ts';
import { lossesOf } from '../../train/recipe.ts';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { openLabelledImages } from '../labelled-data.ts';
import { pictureSettings } from '../picture-options.ts';
import type { Runnable } from '../runnable.ts';
import type { EvalOptions } from './eval.ts';

/** Images per pass. */
const BATCH = 32;

/**
 * Prints the losses of all images of a part of a data set; of a network that was quantised just now, those of `inFull` before them, the
 * network in f32. Throws `InputError`, `UsageError`.
 */
export async function evaluateLosses(
  runnable: Runnable,
  inFull: (() => Promise<Runnable>) | undefined,
  options: EvalOptions,
  io: Io,
): Promise<void> {
  const { split, data } = options;
  const { name, inputs } = runnable;
  if (options.flip || options.ignore !== undefined)
    throw new UsageError(`--flip and --ignore go with one loss; ${name} has those of several outputs`);
  const input = inputs[0]!;
  const { shape } = input;
  const settings = pictureSettings(input.settings, options, shape, io.stderr);
  const given = openLabelledImages(data, split, shape, io.files, settings, { maps: true });
  const found = await lossesIn(runnable, given, settings, split);
  const f32 = inFull && (await lossesIn(await inFull(), given, settings, split));
  const result = { schemaVersion: 1, network: name, split, total: given.count, ...found, ...(f32 && { f32 }) };
  const lines = f32 ? [...lossLines(f32, ' in f32 '), ...lossLines(found, ' in int8')] : lossLines(found, '');
  io.stdout.write(`${options.json ? JSON.stringify(result, null, 2) : lines.join('\n')}\n`);
}

async function lossesIn(
  runnable: Runnable,
  given: LabelledImages,
  settings: InputSettings,
  split: EvalOptions['split'],
): Promise<Measures> {
  const network = runnable.severalLosses!;
  const loss = lossesOf(network.train!.loss);
  const parts = answersOf(network, network.train!);
  if (loss.kind !== 'sum' || !parts) throw new RangeError(`the losses of ${runnable.name} name no outputs`);
  const images = withAnswers(asTaken(given, runnable, split), parts, split);
  const measure = sumMeasure(trainedGraph(network), loss, parts);
  const net = await runnable.load(Math.min(images.count, BATCH));
  const names = runnable.outputs.map((output) => output.name);
  try {
    const all = Uint32Array.from({ length: images.count }, (_, at) => at);
    const batches = batchesOf(images, { shape: runnable.inputs[0]!.shape, settings });
    return measuresOf(await measure(async (x) => byName(net.run(valuesOf(x, runnable)), names), batches, all));
  } finally {
    net.close?.();
  }
}

/** A line for each output, and one for the sum, with the factors; `how` stands behind their names. */
function lossLines({ loss, losses = [] }: Measures, how: string): readonly string[] {
  const width = Math.max(3, ...losses.map(({ of }) => of.length));
  const lines = losses.map(
    ({ of, loss: own, accuracy, meanIou }) =>
      `${of.padEnd(width)}${how}  loss ${own.toFixed(4)}${accuracy === undefined ? '' : `  accuracy ${percent(accuracy, 1)}`}${meanIou === undefined ? '' : `  mean IoU ${meanIou.toFixed(3)}`}`,
  );
  return [...lines, `${'sum'.padEnd(width)}${how}  loss ${loss.toFixed(4)}`];
}
