// One token that is missing or written twice is one error, at its place or near it: what only follows from it is not said. The texts are
// those of the examples' kind; each has a second mistake further down, which is said all the same.

import { expect, test } from 'vitest';
import { mistakes } from './support.ts';

const last = 'network Last {\n  input x: [1, 28, 28]\n  conv(3, kernel: 40)\n}\n';
const also = 'conv/C4 "conv(3, kernel: 40)"';
const of = (text: string): readonly string[] => mistakes(text + last);

test.each([
  [
    'an input without {',
    'network A {\n  input x: [3, 8, 8]\n    resize: 8\n    crop: 8\n  }\n  relu\n}\n',
    'syntax/unopened-block "input"',
  ],
  [
    'an input without its word',
    'network A {\n  input z: [8]\n  x: [3, 8, 8] {\n    resize: 8\n    crop: 8\n  }\n  relu\n}\n',
    'syntax/unexpected "{"',
  ],
  [
    'a } too many at the end of a line',
    'network A {\n  input x: [4, 8, 8]\n  relu }\n  x -> tanh\n}\n',
    'syntax/stray-bracket "}"',
  ],
  [
    'a comment without an end',
    `${last}block b {\n  relu\n  /* not closed\n  tanh\n}\n`,
    'syntax/unclosed-comment "/*"',
  ],
  [
    'a list without [',
    'const arch =\n  (1, 2),\n  (3, 4),\n]\nnetwork A {\n  input x: [4, 8, 8]\n  for (a, _b) in arch { dropout(a / 10) }\n}\n',
    'syntax/stray-bracket "]"',
  ],
  [
    'parameters without (',
    'block b\n  k: int,\n  n: int = 1,\n) {\n  conv(k * n, kernel: 1)\n}\nnetwork A {\n  input x: [4, 8, 8]\n  b(3)\n}\n',
    'syntax/stray-bracket ")"',
  ],
  [
    'a tuple without (',
    'network A {\n  input x: [4, 8, 8]\n  for (a, b) in [\n    (1, 2),\n    3, 4),\n  ] {\n    conv(a * b, kernel: 1)\n  }\n}\n',
    'syntax/stray-bracket ")"',
  ],
  [
    'a tuple with two (',
    'const arch = [((1, 2), (3, 4)]\nnetwork A {\n  input x: [4, 8, 8]\n  for (a, _b) in arch { dropout(a / 10) }\n}\n',
    'syntax/unclosed-bracket "("',
  ],
  [
    'a list with two [',
    'const arch = [[1, 2]\nnetwork A {\n  input x: [4, 8, 8]\n  for a in arch { dropout(a / 10) }\n}\n',
    'syntax/unclosed-bracket "["',
  ],
  [
    'a parameter without its name',
    'block b(k: int, : int) {\n  conv(k, kernel: 1)\n}\nnetwork A {\n  input x: [4, 8, 8]\n  b(3, 1) -> b((1, 2), 3)\n}\n',
    'syntax/colon ":"',
  ],
  [
    'a type without [',
    'network A(arch: (int, int)] = [(1, 2)]) {\n  input x: [4, 8, 8]\n  for (a, _b) in arch { dropout(a / 10) }\n}\n',
    'syntax/stray-bracket "]"',
  ],
  [
    'arguments without a step',
    'network A {\n  input x: [4, 8, 8]\n  (64, kernel: 3, stride: 2, bias: false) -> relu\n}\n',
    'syntax/unexpected "3"',
  ],
])('%s', (_, text, mistake) => {
  expect(of(text).toSorted()).toEqual([also, mistake]);
});

test('a name that could not be given is unknown, and no argument too many', () => {
  const text =
    'network A {\n  input x: [4, 8, 8]\n  y conv(4, kernel: 1)\n  concat(y)\n  x -> b(3, y)\n}\nblock b(k: int) { conv(k, kernel: 1) }\n';
  expect(of(text)).toEqual(['name/unknown-step "y"', 'name/unknown "y"', 'name/unknown "y"', also]);
});

test('a closing bracket where another one is open belongs to neither, if that one is closed later', () => {
  const inBody = (line: string): readonly string[] => mistakes(`network A {\n  input x: [4, 8, 8]\n  ${line}\n}\n`);
  expect(inBody('conv(4, kernel: (1 if len([1, 2)]) == 2 else 3))')).toEqual(['syntax/stray-bracket ")"']);
  expect(inBody('conv(4, kernel: 1]')).toEqual(['syntax/mismatched-bracket "]"']);
});

test('a } that ends a definition in a line of its own stays its end', () => {
  const text = 'network A {\n  input x: [4, 8, 8]\n  relu\n}\nrelu\n}\n';
  expect(of(text)).toEqual(['syntax/definition "relu"', 'syntax/stray-bracket "}"', also]);
});

// What a statement that cannot be read was to name is not missed; what is near a known name and not written there is a slip.
test.each([
  ['relu -> -> tanh\n  x -> conv(widht, kernel: 1)', ['syntax/unexpected "->"', 'name/unknown "widht"']],
  ['y1 = conv(4 -> )\n  y2 = x -> relu\n  y1 -> cnov(3)', ['syntax/unexpected ")"', 'name/unknown-step "cnov"']],
  ['= conv(4, kernel: 1)\n  y -> relu', ['syntax/unexpected "="']],
  ['repeat {\n    conv(widht, kernel: 1)\n  }', ['syntax/header "repeat"', 'name/unknown "widht"']],
  ['for widt in {\n    conv(widt, kernel: 1)\n  }', ['syntax/header "in"']],
  ['repeat as widt {\n    conv(widt, kernel: 1)\n  }', ['syntax/header "repeat"']],
])('%s', (lines, expected) => {
  const text = `network A {\n  input x: [4, 8, 8]\n  const width = 8\n  ${lines}\n}\n`;
  expect(of(text)).toEqual([...expected, also]);
});

// A setting that cannot be read is not missed either, and what follows it is not its value.
test.each([
  ['{ loss: cross_entropy + }', 'syntax/unexpected "}"'],
  ['{\n  loss: cross_entropy +\n  optimizer: adam\n}', 'syntax/unexpected "optimizer"'],
  ['{ optimizer:\n  batch: 32 }', 'syntax/unexpected "batch"'],
  ['{ optimizer: sgd(learning_rate: 0.1 *)\n  batch: 32 }', 'syntax/unexpected ")"'],
])('train A %s', (settings, mistake) => {
  expect(of(`${'network A {\n  input x: [8]\n  dense(3)\n}\n'}train A ${settings}\n`)).toEqual([mistake, also]);
  const wrong = settings.replace(/\}$/, '\n  frob: 3 }');
  expect(of(`${'network A {\n  input x: [8]\n  dense(3)\n}\n'}train A ${wrong}\n`)).toContain('setting/unknown "frob"');
});

// What is indented no more than the line of a bracket without its other half does not stand in it.
test.each([
  ['train A {\n  loss: cross_entropy(\n  optimizer: adam\n}\n', '('],
  ['train A {\n  loss: cross_entropy(weights: [\n  optimizer: adam)\n}\n', '['],
  ['train A {\n  optimizer: sgd(learning_rate: 0.1,\n  batch: 32\n}\n', '('],
  ['train A {\n  optimizer: sgd(\n    learning_rate: 0.1,\n  batch: 32\n}\n', '('],
  ['block b {\n  conv(3, kernel: 3,\n  y = relu\n  y -> tanh\n}\n', '('],
])('%s', (text, bracket) => {
  expect(of(`network A {\n  input x: [8]\n  dense(3)\n}\n${text}`)).toEqual([
    `syntax/unclosed-bracket "${bracket}"`,
    also,
  ]);
});

test('the settings of an input that is not finished ends before the next one', () => {
  const text = 'network A {\n  input x: [3, 8, 8] {\n    resize:\n    fit: cover\n  }\n  relu\n}\n';
  expect(of(text)).toEqual(['syntax/unexpected "fit"', also]);
});
