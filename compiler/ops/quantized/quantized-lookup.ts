// Any function of one number, from codes to codes: a table of all 128.

import type { Operator } from '../../ir/operator.ts';
import { LARGEST_CODE, areCodes, codesSentence, integers } from './codes.ts';

export const quantizedLookup: Operator = {
  name: 'quantized_lookup',
  // The code that a table has for each code.
  internal: true,
  attributes: {},
  constraints: { C1: codesSentence('quantized_lookup') },
  infer: (inputs, _, report) => (areCodes(inputs, 'C1', report) ? [inputs[0]!] : undefined),
  parameters: () => [integers('table', [LARGEST_CODE + 1], 'u8')],
  // codes · table [128] → codes
  reference: ([x, table]) => [{ shape: x!.shape, data: x!.data.map((code) => table!.data[code]!) }],
  takes: () => 'codes',
  lowering: { kind: 'lookup' },
};
