// The order of execution: what can run before large values pile up does.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { ValueId } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { schedule } from '../../compiler/schedule/schedule.ts';

test('wide maps are reduced one after the other', () => {
  const builder = graphBuilder('branches', operators);
  const x = builder.input('x', [1, 8, 8]);
  const conv = (value: ValueId, channels: number): ValueId =>
    builder.node({ op: 'conv', inputs: [value], attributes: { channels, kernel: 3, padding: 1 } })[0];
  const narrow = [x, x, x].map((value) => conv(value, 12)).map((wide) => conv(wide, 1));
  builder.output('y', builder.node({ op: 'concat', inputs: narrow })[0]);
  const graph = builder.finish();
  // As written, the three wide maps are alive at once, beside the concatenation of the narrow ones.
  expect(schedule(graph, operators, { steps: new Set(['concat-slices']) }).sections.arena.length).toBe(
    (3 * 12 + 3) * 64,
  );
  // The input, one wide map, the concatenation.
  expect(schedule(graph, operators).sections.arena.length).toBe((1 + 12 + 3) * 64);
});
