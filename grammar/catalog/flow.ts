// Errors of flow: what a statement or a step starts from and what becomes of its result.

import { inNetwork as network } from './entry.ts';
import type { CatalogEntry } from './entry.ts';

const wide = (text: string): string => `network A {\n  input x: [4, 8, 8]\n  ${text}\n}\n`;

const flow: readonly CatalogEntry[] = [
  {
    code: 'flow/nothing-flows',
    title: 'no value here',
    explanation: 'After several inputs and after a, b = split(2) nothing flows until a name starts a chain.',
    bad: 'network A {\n  input x: [1, 8, 8]\n  input y: [1, 8, 8]\n  relu\n}\n',
    good: 'network A {\n  input x: [1, 8, 8]\n  input y: [1, 8, 8]\n  x -> add(y) -> relu\n}\n',
  },
  {
    code: 'flow/value-in-chain',
    title: 'value inside a chain',
    explanation: 'A named value starts a chain or is an argument; in the middle it would throw away what flows.',
    bad: network('a = relu\n  tanh -> a'),
    good: network('a = relu\n  tanh -> add(a)'),
  },
  {
    code: 'flow/value-arguments',
    title: 'value with arguments',
    explanation: 'Only operators and blocks take arguments.',
    bad: network('a = relu\n  a(3) -> tanh'),
    good: network('a = relu\n  a -> tanh'),
  },
  {
    code: 'flow/not-a-step',
    title: 'not a step',
    explanation: 'Constants and parameters are numbers, words and lists; they do nothing to a value.',
    bad: network('const a = 3\n  relu -> a'),
    good: network('const a = 3\n  relu -> conv(a, kernel: 3)'),
  },
  {
    code: 'flow/network-step',
    title: 'network as a step',
    explanation: 'Networks have inputs of their own. What several networks share is a block.',
    bad: `network B {\n  input x: [1, 8, 8]\n  relu\n}\n${network('B')}`,
    good: `block b { relu }\n${network('b')}`,
  },
  {
    code: 'flow/join',
    title: 'paths that cannot be joined this way',
    explanation: 'The word after parallel is an operator that takes several values.',
    bad: network('parallel relu {\n    path tanh\n    path sigmoid\n  }'),
    good: network('parallel add {\n    path tanh\n    path sigmoid\n  }'),
  },
  {
    code: 'flow/input-place',
    title: 'input in the wrong place',
    explanation: 'Inputs belong directly in a network or block, before its first step.',
    bad: network('a = relu\n  input y: [1, 8, 8]\n  a -> add(y)'),
    good: 'network A {\n  input x: [1, 8, 8]\n  input y: [1, 8, 8]\n  x -> add(y)\n}\n',
  },
  {
    code: 'flow/output-place',
    title: 'output in the wrong place',
    explanation: 'Outputs belong directly in a network or block; paths and loops give their last value by themselves.',
    bad: network('a = relu\n  if true { output a }\n  a -> relu'),
    good: network('a = relu\n  a -> relu'),
  },
  {
    code: 'flow/output-name',
    title: 'output of something else',
    explanation: 'Outputs are values.',
    bad: network('const n = 3\n  a = conv(n, kernel: 3)\n  output a, n'),
    good: network('const n = 3\n  a = conv(n, kernel: 3)\n  output a'),
  },
  {
    code: 'flow/output-input',
    title: 'output of an input',
    explanation: 'An output is a result of the network.',
    bad: network('a = relu\n  output a, x'),
    good: network('a = relu\n  output a'),
  },
  {
    code: 'flow/after-output',
    title: 'step after the output',
    explanation: 'Nothing but other outputs follows an `output`.',
    bad: network('a = relu\n  output a\n  const _b = 2'),
    good: network('a = relu\n  output a'),
  },
  {
    code: 'flow/no-input',
    title: 'network without input',
    explanation: 'Every network begins with at least one input.',
    bad: 'network A {\n  relu\n}\n',
    good: network('relu'),
  },
  {
    code: 'flow/no-output',
    title: 'network without result',
    explanation: 'Without `output` the last value is the output, but nothing flows at the end.',
    bad: wide('_a, _b = split(2)'),
    good: wide('_a, b = split(2)\n  b -> relu'),
  },
  {
    code: 'flow/no-value',
    title: 'path or block without result',
    explanation: 'After a, b = split(2) a name must start a chain that gives the result.',
    bad: wide('parallel add {\n    path { _a, _b = split(2) }\n    path relu\n  }'),
    good: wide(
      'parallel add {\n    path {\n      _a, b = split(2)\n      b -> relu\n    }\n    path conv(2, kernel: 1)\n  }',
    ),
  },
  {
    code: 'flow/result-count',
    title: 'wrong number of results',
    explanation: 'An operator with several results needs as many names.',
    bad: wide('a, _b = split(4)\n  a -> relu'),
    good: wide('a, _b = split(2)\n  a -> relu'),
  },
  {
    code: 'flow/unreached',
    title: 'result that reaches no output',
    explanation: 'The step is computed for nothing.',
    bad: network('conv(4, kernel: 3)\n  x -> relu'),
    good: network('a = conv(1, kernel: 3, padding: 1)\n  x -> relu -> add(a)'),
  },
];

const traps: readonly CatalogEntry[] = [
  {
    code: 'flow/twice',
    title: 'flowing value joined with itself',
    explanation:
      'add, mul and concat take what flows and the values given to them. A value that was just named still flows; where it is meant twice, begin the chain with its name.',
    bad: network('a = relu\n  concat(x, a)'),
    good: network('a = relu\n  x -> concat(a)'),
  },
  {
    code: 'flow/called',
    title: 'a step called with its input',
    explanation: 'What flows into a step stands before it: x -> relu. A step is not called a second time.',
    bad: network('relu()(x)'),
    good: network('x -> relu'),
  },
  {
    code: 'flow/lone-join',
    title: 'join of one value',
    explanation: 'add, mul and concat without another value change nothing.',
    bad: network('relu\n  concat'),
    good: network('a = relu\n  tanh -> concat(a)'),
  },
];

export const flowEntries: readonly CatalogEntry[] = [...flow, ...traps];
