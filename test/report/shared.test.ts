// Steps that share weights: their parameters count once in totals and tables, and the later ones say whose they are.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { ValueId } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { report } from '../../src/report/network-report.ts';
import { printWhy } from '../../src/report/print-why.ts';
import { printReport } from '../../src/report/print.ts';
import { writtenItems } from '../../src/report/svg/items.ts';
import { why } from '../../src/report/why.ts';

/** Two inputs through one convolution of 4·1·3·3 + 4 = 40 parameters, and one of its own of 4·8 + 4 = 36. */
function siamese() {
  const builder = graphBuilder('Siamese', operators);
  const branch = (name: string): ValueId =>
    builder.node({
      op: 'conv',
      name: `${name}_conv`,
      weightsName: 'tower',
      inputs: [builder.input(name, [1, 8, 8])],
      attributes: { channels: 4, kernel: [3, 3] },
    })[0];
  const both = builder.node({ op: 'concat', name: 'both', inputs: [branch('left'), branch('right')] })[0];
  const attributes = { channels: 4, kernel: [1, 1] };
  builder.output('scores', builder.node({ op: 'conv', name: 'head', inputs: [both], attributes })[0]);
  return { name: 'Siamese', graph: builder.finish() };
}

test('a report counts them once, and says whose they are', () => {
  const data = report(siamese());
  expect(data.totals.parameters).toBe(40 + 36);
  expect(data.layers.map(({ name, parameters, shared }) => [name, parameters, shared])).toEqual([
    ['left_conv', 40, undefined],
    ['right_conv', 40, { with: 'left_conv', parameters: 40 }],
    ['both', 0, undefined],
    ['head', 36, undefined],
  ]);
  const lines = (text: string | undefined, name: string) => text?.split('\n').find((line) => line.includes(name));
  expect(lines(printReport(data), 'right_conv')).toMatch(/ shared /);
  expect(lines(printReport(data), 'total')).toMatch(/ 76 /);
  expect(lines(reportMarkdown(data), 'right_conv')).toContain('| shared |');
  expect(writtenItems(data).find(({ id }) => id === 'right_conv')!.text).toMatch(/, shared$/);
});

test('the arithmetic of a later step says so, too', () => {
  const network = siamese();
  expect(printWhy(why(network, 'right_conv')!)).toContain('40 of them are those of left_conv, and counted there');
  expect(printWhy(why(network, 'left_conv')!)).not.toContain('counted there');
});
