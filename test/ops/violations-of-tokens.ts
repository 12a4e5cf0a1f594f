// Mistakes against the constraints of operators on tokens, and of those that arrange axes.

import { flat, suggest, violation } from './violation.ts';
import type { ViolationCase } from './violation.ts';

export const ofTokens: readonly ViolationCase[] = [
  violation('slice', 'C1', [[4, 6]], { along: 'height' }, { expected: 'length or features', attribute: 'along' }),
  violation('slice', 'C2', [[4, 6]], { start: 6 }, { found: '6 to 6', attribute: 'start' }),
  violation('slice', 'C2', [[4, 6]], { start: -7 }, { found: '-7 to 6', attribute: 'start' }),
  violation('slice', 'C2', [[4, 6]], { start: 3, end: 2 }, { found: '3 to 2', attribute: 'end' }),
  violation('crop', 'C1', [[256]], { size: 4 }, flat),
  violation('crop', 'C2', [[2, 8, 6]], { size: 7 }, { found: '7×7', expected: 'at most 8×6', attribute: 'size' }),
  violation('crop', 'C2', [[2, 8, 6]], { size: 6, offset: [3, 0] }, { found: '6×6 from 3×0', attribute: 'offset' }),
  violation('crop', 'C3', [[2, 8, 6]], { size: 6, offset: [1] }, { found: '[1]', attribute: 'offset' }),
  violation('tokens', 'C1', [[256]], {}, flat),
  violation('permute', 'C1', [[256]], { order: 'hwc' }, flat),
  violation('transpose', 'C1', [[256]], {}, { found: '[256]' }),
  violation('matmul', 'C1', [[4, 3], [3]], {}, { found: '[3]', operand: 1 }),
  violation(
    'matmul',
    'C2',
    [
      [4, 3],
      [4, 3],
    ],
    {},
    { found: 'rows of 3, columns of 4' },
  ),
  violation(
    'matmul',
    'C3',
    [
      [65_536, 1],
      [1, 65_536],
    ],
    {},
    { limit: true },
  ),
  ...(
    [
      ['C1', [[16], [4, 16], [4, 16]], {}, { found: '[16]', operand: 0 }],
      [
        'C2',
        [
          [5, 16],
          [4, 8],
          [4, 16],
        ],
        {},
        { found: '8', expected: '16', operand: 1 },
      ],
      [
        'C3',
        [
          [5, 16],
          [4, 16],
          [3, 16],
        ],
        {},
        { found: '3', expected: '4', operand: 2 },
      ],
      [
        'C4',
        [
          [5, 16],
          [4, 16],
          [4, 12],
        ],
        { heads: 3 },
        { found: '16 features for 3 heads', ...suggest('heads', 2) },
      ],
      [
        'C5',
        [
          [65_536, 8],
          [65_536, 8],
          [65_536, 8],
        ],
        {},
        { limit: true },
      ],
    ] as const
  ).map(([rule, inputs, attributes, report]) => violation('attention', rule, inputs, attributes, report)),
  violation('to_image', 'C1', [[256]], { size: 16 }, { found: '[256]', expected: '[length, features]' }),
  violation('to_image', 'C2', [[12, 5]], { size: [4, 4] }, { found: '4×4 = 16 pixels', attribute: 'size' }),
];
