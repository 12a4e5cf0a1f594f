// Calls share a kernel only where its numbers are the same, −0 and infinities among them.

import { expect, test } from 'vitest';
import { parseGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { interpretProgram } from '../../compiler/program/interpret.ts';

test.each(['js', 'wasm'] as const)('bounds that JSON does not tell apart, %s', (target) => {
  const graph = parseGraph(
    `graph Clips {
  %0 = input x : [N,4]
  %1 = clip(%0) {min=-Infinity, max=-Infinity}
  %2 = clip(%0) {min=Infinity, max=Infinity}
  %3 = clip(%0) {min=-0, max=-0}
  %4 = clip(%0) {min=0, max=0}
  output a = %1
  output b = %2
  output c = %3
  output d = %4
}`,
    operators,
  );
  const { program } = lower(graph, operators, { level: 0, target });
  const x = Float32Array.of(-1, 0, 1, 2);
  const results = interpretProgram(program, { inputs: new Map([['x', x]]), parameters: new Map(), batch: 1 });
  const expected = { a: -Infinity, b: Infinity, c: -0, d: 0 };
  for (const [name, value] of Object.entries(expected)) expect([...results.get(name)!]).toEqual(Array(4).fill(value));
});
