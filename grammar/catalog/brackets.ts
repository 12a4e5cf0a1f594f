// Errors of brackets, and of what stands before braces.

import { inNetwork as network } from './entry.ts';
import type { CatalogEntry } from './entry.ts';

export const brackets: readonly CatalogEntry[] = [
  {
    code: 'syntax/unclosed-block',
    title: 'missing closing brace',
    explanation: 'Every { needs its }. The indentation is used to guess which one was forgotten.',
    bad: 'network A {\n  input x: [1, 8, 8]\n  repeat 2 {\n    relu\n\n  output x\n}\n',
    good: 'network A {\n  input x: [1, 8, 8]\n  repeat 2 {\n    relu\n  }\n  output x\n}\n',
  },
  {
    code: 'syntax/unopened-block',
    title: 'missing opening brace',
    explanation:
      'What a word such as network, repeat or if is about stands between { and }, which begin at the end of its line.',
    bad: 'network A {\n  input x: [1, 8, 8]\n  repeat 2\n    relu\n  }\n}\n',
    good: 'network A {\n  input x: [1, 8, 8]\n  repeat 2 {\n    relu\n  }\n}\n',
  },
  {
    code: 'syntax/unclosed-bracket',
    title: 'missing closing parenthesis or bracket',
    explanation: 'Every ( needs its ) and every [ its ].',
    bad: network('conv(6, kernel: 3 -> relu'),
    good: network('conv(6, kernel: 3) -> relu'),
  },
  {
    code: 'syntax/mismatched-bracket',
    title: 'wrong closing bracket',
    explanation: 'A bracket is closed by one of its own kind.',
    bad: network('conv(6, kernel: 3]'),
    good: network('conv(6, kernel: 3)'),
  },
  {
    code: 'syntax/stray-bracket',
    title: 'closing bracket without an opening one',
    explanation: 'There is no open bracket of this kind here.',
    bad: network('conv(6, kernel: 3))'),
    good: network('conv(6, kernel: 3)'),
  },
  {
    code: 'syntax/header',
    title: 'nothing between a word and its braces',
    explanation:
      'Loops and conditions are written repeat 3 { … }, for i in 0..3 { … } and if deep { … } else { … }. What is in braces without a word before them has no meaning.',
    bad: network('repeat { relu }'),
    good: network('repeat 2 { relu }'),
  },
];
