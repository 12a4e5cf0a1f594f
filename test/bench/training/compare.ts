// `npm run bench -- --training`: steps of SGD on the same network, weights and batch, ours and the peers' in turns.

import { median } from '../measure.ts';
import type { Variant } from '../ours.ts';
import { createJax } from './jax.ts';
import type { Learner, Lesson } from './learner.ts';
import { lessonOf } from './lessons.ts';
import type { Case } from './lessons.ts';
import { createOurs } from './ours.ts';
import { createPyTorch } from './pytorch.ts';
import { createTfjs } from './tfjs.ts';

export interface TrainingResult {
  readonly network: string;
  readonly batch: number;
  readonly threads: number;
  readonly learners: readonly {
    readonly name: string;
    readonly steps: number;
    readonly fastestMs: number;
    readonly medianMs: number;
    /** Of the fastest step. */
    readonly imagesPerSecond: number;
    /** Losses of the first steps against ours, as a part of them. */
    readonly difference: number;
  }[];
}

export interface TrainingOptions {
  readonly variants: readonly Variant[];
  readonly threads: number;
  readonly rounds: number;
  readonly milliseconds: number;
}

const COMPARED_STEPS = 2;
/** A turn is at least so long; slow learners take one step. */
const TURN_MS = 500;
/** Learners that take longer for a step have a turn in the first rounds only. */
const SLOW_MS = 3000;
const SLOW_ROUNDS = 2;

export async function compareTraining(one: Case, options: TrainingOptions): Promise<TrainingResult> {
  const lesson = lessonOf(one.graph(), one.batch);
  const learners = await learnersOf(one, lesson, options);
  try {
    const first = new Map<Learner, readonly number[]>();
    for (const learner of learners)
      first.set(
        learner,
        (await learner.steps(COMPARED_STEPS)).map(({ loss }) => loss),
      );
    const times = await inTurns(learners, options);
    const reference = first.get(learners[0]!)!;
    return {
      network: one.name,
      batch: one.batch,
      threads: options.threads,
      learners: learners.map((learner) => {
        const own = times.get(learner)!;
        const fastestMs = own.reduce((a, b) => Math.min(a, b), Infinity);
        return {
          name: learner.name,
          steps: own.length,
          fastestMs,
          medianMs: median(own),
          imagesPerSecond: (1000 * one.batch) / fastestMs,
          difference: first
            .get(learner)!
            .reduce((worst, loss, at) => Math.max(worst, Math.abs(loss - reference[at]!) / reference[at]!), 0),
        };
      }),
    };
  } finally {
    for (const learner of learners) await learner.close();
  }
}

async function learnersOf(one: Case, lesson: Lesson, { variants, threads }: TrainingOptions): Promise<Learner[]> {
  const learners: Learner[] = [];
  for (const variant of variants) learners.push(await createOurs(variant, lesson));
  learners.push(await createPyTorch(lesson, threads));
  if (one.hasScriptPeers && threads === 1) learners.push(await createJax(lesson), await createTfjs(lesson));
  return learners;
}

async function inTurns(
  learners: readonly Learner[],
  { rounds, milliseconds }: TrainingOptions,
): Promise<ReadonlyMap<Learner, readonly number[]>> {
  const times = new Map<Learner, number[]>(learners.map((learner) => [learner, []]));
  const start = performance.now();
  for (let round = 0; round < rounds || performance.now() - start < milliseconds; round += 1) {
    for (const index of learners.keys()) {
      const learner = learners[(index + round) % learners.length]!;
      const own = times.get(learner)!;
      if (round >= SLOW_ROUNDS && own[0]! > SLOW_MS) continue;
      const began = performance.now();
      do own.push(...(await learner.steps(1)).map((step) => step.milliseconds));
      while (performance.now() - began < TURN_MS);
    }
  }
  return times;
}
