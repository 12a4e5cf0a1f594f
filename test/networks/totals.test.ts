// Parameters, MACs and running statistics of every example at the sizes for which they are known.

import { expect, test } from 'vitest';
import { buildExample, countsOf } from '../support/examples.ts';
import { totals } from './catalog.ts';

test.each(totals)('$network $set', ({ example, network, set, parameters, macs, buffers }) => {
  expect(countsOf(buildExample(example, network, set))).toEqual({ parameters, macs, buffers });
});
