// Errors of values when compiling: their types, and what they are computed to.

import { inNetwork as network } from './entry.ts';
import type { CatalogEntry } from './entry.ts';

export const typeEntries: readonly CatalogEntry[] = [
  {
    code: 'type/mismatch',
    title: 'value of the wrong type',
    explanation: 'An int can be used as a float or a square size; nothing else is converted.',
    bad: network('max_pool("2")'),
    good: network('max_pool(2)'),
  },
  {
    code: 'type/operand',
    title: 'operand of the wrong type',
    explanation: 'Arithmetic takes numbers, `and` and `or` take bools, .0 a tuple, [i] a list.',
    bad: network('conv(6 + "1", kernel: 3)'),
    good: network('conv(6 + 1, kernel: 3)'),
  },
  {
    code: 'type/pattern',
    title: 'pattern that does not fit',
    explanation: 'A pattern (a, b) takes tuples of two.',
    bad: network('for (a, _b) in [(4, 3, 1)] { conv(a, kernel: 3) }'),
    good: network('for (a, _b, _c) in [(4, 3, 1)] { conv(a, kernel: 3) }'),
  },
  {
    code: 'type/weights',
    title: 'weights that are not a tensor',
    explanation: 'Weights are written as lists in lists, all lists of one depth equally long.',
    bad: network('conv(1, kernel: 1x2, bias: false, weight: [[[[1, -1], [2]]]])'),
    good: network('conv(1, kernel: 1x2, bias: false, weight: [[[[1, -1]]]])'),
  },
  {
    code: 'type/not-a-number',
    title: 'value in an expression',
    explanation: 'What flows is only known when the network runs; expressions are evaluated when compiling.',
    bad: network('a = relu\n  conv(4, kernel: a)'),
    good: network('_a = relu\n  conv(4, kernel: 3)'),
  },
  {
    code: 'type/chain',
    title: 'chain in an expression',
    explanation: 'A chain of steps can be an argument of operators that take several values, nothing else.',
    bad: network('conv(6, kernel: relu -> tanh)'),
    good: network('conv(6, kernel: 3)'),
  },
  {
    code: 'value/not-whole',
    title: 'not a whole number',
    explanation: '/ is real division: 7 / 2 is 3.5. Where an int is needed the result must be whole.',
    bad: network('conv(7 / 2, kernel: 3)'),
    good: network('conv(8 / 2, kernel: 3)'),
  },
  {
    code: 'value/too-large',
    title: 'number too large',
    explanation: 'Ints are exact up to 2^53 − 1; other numbers go up to 3.4e38, the largest that fits into 32 bits.',
    bad: network('conv(4503599627370496 * 4, kernel: 3)'),
    good: network('conv(4 * 4, kernel: 3)'),
  },
  {
    code: 'value/divide-by-zero',
    title: 'division by zero',
    explanation: 'This includes the remainder %, and a std of 0.',
    bad: network('conv(8 / 0, kernel: 3)'),
    good: network('conv(8 / 2, kernel: 3)'),
  },
  {
    code: 'value/index',
    title: 'no such item',
    explanation: 'Items count from 0, and from the end with −1.',
    bad: network('conv([4, 8][2], kernel: 3)'),
    good: network('conv([4, 8][1], kernel: 3)'),
  },
  {
    code: 'value/empty',
    title: 'minimum or maximum of nothing',
    explanation: 'min and max need at least one number.',
    bad: network('conv(max([]), kernel: 3)'),
    good: network('conv(max([4]), kernel: 3)'),
  },
  {
    code: 'value/negative',
    title: 'negative count',
    explanation: 'repeat 0 is allowed and passes the value through.',
    bad: network('relu\n  repeat 1 - 2 { tanh }'),
    good: network('relu\n  repeat 2 - 1 { tanh }'),
  },
];
