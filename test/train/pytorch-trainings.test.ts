// Random trainings, step by step, against PyTorch: by definition in f64, and compiled in f32. More of them: pytorch-trainings.ts.

import { expect, test } from 'vitest';
import { hasTorch } from '../export/pytorch-runs.ts';
import { runs, timeout } from '../support/runs.ts';
import { compiled, compiledTolerance, defined, deviations, exact, inPytorch, trainingOf } from './pytorch-trainings.ts';

const { numRuns: count = 0, seed: first = Date.now() % 1e6 } = runs(30, 'random trainings');

test.skipIf(!hasTorch)(
  'random trainings are those of PyTorch (needs python3-torch)',
  { timeout: 2 * timeout },
  async () => {
    const trainings = Array.from({ length: count }, (_, at) => trainingOf(first + at)).filter(
      (one) => one !== undefined,
    );
    const found = inPytorch(trainings);
    for (const [at, training] of trainings.entries()) {
      const about = `seed ${training.seed}\n${training.draft.text}`;
      const expected = found[at]!;
      if (training.microBatch === undefined) expect(deviations(defined(training), expected, exact), about).toEqual([]);
      const course = await compiled(training, { target: at % 2 === 0 ? 'wasm' : 'js', threads: 1 });
      expect(deviations(course, expected, compiledTolerance), about).toEqual([]);
    }
    expect(found.filter(({ diverges }) => diverges === true).length).toBeLessThan(0.2 * count);
  },
);
