// `cnnc eval` of a network whose `train` section adds up the losses of several outputs: a line for each.

import type { Network } from '../../../compiler/frontend/index.ts';
import { trainedGraph } from '../../../compiler/index.ts';
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

/** Prints the losses of all images of a part of a data set. Throws `InputError`, `UsageError`. */
export async function evaluateLosses(
  runnable: Runnable,
  network: Network,
  options: EvalOptions,
  io: Io,
): Promise<void> {
  const { split, data } = options;
  const { name, inputs, outputs } = runnable;
  if (options.flip || options.ignore !== undefined)
    throw new UsageError(`--flip and --ignore go with one loss; ${name} has those of several outputs`);
  const input = inputs[0]!;
  const { shape } = input;
  const settings = pictureSettings(input.settings, options, shape, io.stderr);
  const given = openLabelledImages(data, split, shape, io.files, settings, { maps: true });
  const loss = lossesOf(network.train!.loss);
  const parts = answersOf(network, network.train!);
  if (loss.kind !== 'sum' || !parts) throw new RangeError(`the losses of ${name} name no outputs`);
  const images = withAnswers(asTaken(given, runnable, split), parts, split);
  const measure = sumMeasure(trainedGraph(network), loss, parts);
  const net = await runnable.load(Math.min(images.count, BATCH));
  const names = outputs.map((output) => output.name);
  try {
    const all = Uint32Array.from({ length: images.count }, (_, at) => at);
    const batches = batchesOf(images, { shape, settings });
    const found = measuresOf(await measure(async (x) => byName(net.run(valuesOf(x, runnable)), names), batches, all));
    const result = { schemaVersion: 1, network: name, split, total: images.count, ...found };
    io.stdout.write(`${options.json ? JSON.stringify(result, null, 2) : lossesText(found)}\n`);
  } finally {
    net.close?.();
  }
}

/** A line for each output, and one for the sum, with the factors. */
function lossesText({ loss, losses = [] }: Measures): string {
  const width = Math.max(3, ...losses.map(({ of }) => of.length));
  const lines = losses.map(
    ({ of, loss: own, accuracy, meanIou }) =>
      `${of.padEnd(width)}  loss ${own.toFixed(4)}${accuracy === undefined ? '' : `  accuracy ${percent(accuracy, 1)}`}${meanIou === undefined ? '' : `  mean IoU ${meanIou.toFixed(3)}`}`,
  );
  return [...lines, `${'sum'.padEnd(width)}  loss ${loss.toFixed(4)}`].join('\n');
}
