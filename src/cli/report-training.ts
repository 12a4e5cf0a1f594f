// `cnnc report --training`: what a step of a training costs.

import { printTraining } from '../report/print-training.ts';
import { trainingReport } from '../report/training-report.ts';
import { planOf } from '../train/plan.ts';
import { compiledStep } from '../train/compiled.ts';
import type { Io } from './io.ts';
import { usesColor } from './output.ts';
import { openNetwork } from './source.ts';
import type { NetworkOptions } from './source.ts';

export interface TrainingOptions extends NetworkOptions {
  readonly batch?: number;
  readonly microBatch?: number;
  readonly memory?: number;
  readonly threads?: number;
  readonly json?: boolean;
}

/** Throws `InputError` where the network cannot be trained. */
export async function reportTraining(path: string, options: TrainingOptions, io: Io): Promise<void> {
  const { network } = await openNetwork(path, options, io);
  const plan = planOf(network.graph, network.train);
  const { batch = plan.batch, microBatch = batch, memory, threads } = options;
  const atOnce = Math.min(batch, microBatch);
  const recipe = atOnce < batch ? { ...plan.recipe, hasMicroBatches: true } : plan.recipe;
  const step = compiledStep(network, recipe, { target: 'wasm' });
  const report = trainingReport(network, recipe, step.program, {
    batch: atOnce,
    ...(threads !== undefined && { threads }),
    ...(memory !== undefined && { limit: memory }),
  });
  const source = network.train ? 'section' : 'defaults';
  if (options.json) {
    io.stdout.write(`${JSON.stringify({ ...report, settings: { from: source, batch, ...plan.recipe } }, null, 2)}\n`);
    return;
  }
  const from = network.train ? 'as its `train` section says' : 'because it has no `train` section';
  io.stdout.write(
    printTraining(report, {
      color: usesColor(io.stdout, io.env),
      width: io.stdout.columns,
      step: batch,
      recipe: `${plan.text}, ${from}`,
    }),
  );
}
