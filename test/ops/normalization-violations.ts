// Mistakes with operators along an axis, with normalisations, and with activations whose parameters are positive.

import { flat, rank2, rank4, suggest, violation } from './violation.ts';
import type { ViolationCase } from './violation.ts';

export const normalizationViolations: readonly ViolationCase[] = [
  violation('softmax', 'C1', [[4, 4, 4, 4]], {}, rank4),
  violation('log_softmax', 'C1', [[4, 4, 4, 4]], {}, rank4),
  ...['softmax', 'log_softmax'].map((op) =>
    violation(
      op,
      'C2',
      [[4, 4, 4]],
      { over: 'length' },
      { expected: 'channels, height, width or map', attribute: 'over' },
    ),
  ),
  violation('celu', 'C1', [[4]], { alpha: 0 }, { found: '0', expected: 'more than 0', attribute: 'alpha' }),
  violation('softplus', 'C1', [[4]], { beta: -1 }, { found: '-1', expected: 'more than 0', attribute: 'beta' }),
  ...['layer_norm', 'rms_norm'].flatMap((op) => [
    violation(op, 'C1', [[1, 2, 3, 4]], {}, { found: '[1, 2, 3, 4]' }),
    violation(op, 'C2', [[4, 8, 8]], { over: 'features' }, { expected: 'channels or map', attribute: 'over' }),
    violation(op, 'C2', [[4, 8]], { over: 'map' }, { found: 'over: map of [4, 8]', expected: 'features' }),
  ]),
  violation('group_norm', 'C1', [[4, 4]], { groups: 2 }, rank2),
  violation(
    'group_norm',
    'C2',
    [[10, 2, 2]],
    { groups: 3 },
    { found: '10 channels in 3 groups', ...suggest('groups', 2) },
  ),
  violation('instance_norm', 'C1', [[256]], {}, flat),
  violation('reduce', 'C1', [[1, 2, 3, 4]], { operation: 'mean', over: 'map' }, { found: '[1, 2, 3, 4]' }),
  violation(
    'reduce',
    'C2',
    [[4, 8]],
    { operation: 'mean', over: 'width' },
    { found: 'over: width of [4, 8]', expected: 'length, features or map', attribute: 'over' },
  ),
];
