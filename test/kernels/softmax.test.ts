// Softmax kernels where exponentials of their operands overflow or vanish: the shift by the maximum.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { runKernels } from '../support/executors.ts';

/** softmax(a, a + 1) = (1 / (1 + e), e / (1 + e)), whatever a is. */
const [small, large] = [1 / (1 + Math.E), Math.E / (1 + Math.E)];

test.each([1000, -1000, 88, -104, 0])('of %f and the next number', (a) => {
  for (const op of ['softmax', 'log_softmax']) {
    const builder = graphBuilder('softmax', operators);
    const [y] = builder.node({ op, inputs: [builder.input('x', [2])] });
    builder.output('y', y);
    const { program } = lower(builder.finish(), operators);
    const feeds = { inputs: new Map([['x', Float32Array.of(a, a + 1)]]), parameters: new Map(), batch: 1 };
    const [first, second] = Array.from(runKernels(program, feeds, 1).get('y')!);
    expect(first).toBeCloseTo(op === 'softmax' ? small : Math.log(small), 6);
    expect(second).toBeCloseTo(op === 'softmax' ? large : Math.log(large), 6);
  }
});
