// Errors of values, of flow, of shapes, of settings, and the limits of expansion.

import type { CatalogEntry } from './entry.ts';

const network = (text: string): string => `network A {\n  input x: [1, 8, 8]\n  ${text}\n}\n`;
const wide = (text: string): string => `network A {\n  input x: [4, 8, 8]\n  ${text}\n}\n`;
const input = (text: string): string => `network A {\n  input x: ${text}\n  relu\n}\n`;

const values: readonly CatalogEntry[] = [
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

const shapes: readonly CatalogEntry[] = [
  {
    code: 'shape/mismatch',
    title: 'not the shape that is written',
    explanation: 'The shape after a colon is checked; _ matches any extent.',
    bad: network('conv(6, kernel: 3) : [6, 8, 8]'),
    good: network('conv(6, kernel: 3, padding: 1) : [6, 8, 8]'),
  },
  {
    code: 'shape/blank',
    title: 'shape to fill in',
    explanation:
      'A shape of nothing but `_`, as `cnnc fmt --blank-shapes` writes it for exercises, checks only the number of axes. Once numbers are filled in, they are checked.',
    bad: network('conv(6, kernel: 3) : [_, _, _]'),
    good: network('conv(6, kernel: 3) : [6, 6, 6]'),
  },
  {
    code: 'input/shape',
    title: 'shape of an input',
    explanation:
      'Inputs are images [channels, height, width], tokens [length, features] or flat [features]; the batch axis is never written.',
    bad: input('[1, 1, 8, 8]'),
    good: input('[1, 8, 8]'),
  },
  {
    code: 'input/channels-last',
    title: 'channels written last',
    explanation: 'Shapes are [channels, height, width], as in PyTorch; Keras puts the channels last.',
    bad: input('[28, 28, 1]'),
    good: input('[1, 28, 28]'),
  },
  {
    code: 'input/picture',
    title: 'settings of something else',
    explanation: 'Settings say how a picture becomes the tensor; pictures have 1 or 3 channels.',
    bad: input('[8, 8, 8] { scale: 1/255 }'),
    good: input('[3, 8, 8] { scale: 1/255 }'),
  },
  {
    code: 'input/channels',
    title: 'numbers per channel',
    explanation: 'mean and std have one number for each channel, and gray pictures one channel.',
    bad: input('[3, 8, 8] { mean: [0.5] }'),
    good: input('[3, 8, 8] { mean: [0.5, 0.5, 0.5] }'),
  },
  {
    code: 'input/crop',
    title: 'crop and input disagree',
    explanation:
      'The crop is the height and width of the input, and the resized picture is at least as large: just as large without a crop.',
    bad: input('[3, 8, 8] { crop: 6 }'),
    good: input('[3, 8, 8] { crop: 8 }'),
  },
  {
    code: 'input/fit',
    title: 'fit, filter or fill without resizing',
    explanation:
      'fit says how a picture of another form gets a height and width, filter how its pixels are blended, and fill what lies beside a contained one.',
    bad: input('[3, 8, 8] { resize: 8  fit: cover }'),
    good: input('[3, 8, 8] { resize: 8x8  fit: cover }'),
  },
  {
    code: 'weights/literal',
    title: 'shape of written weights',
    explanation:
      'Weights written in the source have the shape that the operator would learn: [O, C, H, W] for a convolution.',
    bad: network('conv(1, kernel: 3, bias: false, weight: [[[[1, -1]]]])'),
    good: network('conv(1, kernel: 1x2, bias: false, weight: [[[[1, -1]]]])'),
  },
];

const settings: readonly CatalogEntry[] = [
  {
    code: 'setting/unknown',
    title: 'unknown setting',
    explanation: 'The expected line lists the settings.',
    bad: input('[1, 8, 8] { rescale: 1/255 }'),
    good: input('[1, 8, 8] { scale: 1/255 }'),
  },
  {
    code: 'setting/duplicate',
    title: 'set twice',
    explanation: 'Every setting is given once.',
    bad: input('[1, 8, 8] { scale: 1  scale: 2 }'),
    good: input('[1, 8, 8] { scale: 1 }'),
  },
  {
    code: 'setting/value',
    title: 'unknown word',
    explanation: 'The expected line lists the words of this setting.',
    bad: `${network('relu')}train A { optimizer: lion(0.1) }\n`,
    good: `${network('relu')}train A { optimizer: adam(0.1) }\n`,
  },
  {
    code: 'setting/auxiliary',
    title: 'only auxiliary outputs',
    explanation:
      'An output with `auxiliary` is there for the training only, which adds its loss to that of an output without; the network is left with the others.',
    bad: network('flatten\n  a = dense(2)\n  output a { auxiliary: 0.3 }'),
    good: network('flatten\n  a = dense(2)\n  b = dense(2)\n  output a { auxiliary: 0.3 }\n  output b'),
  },
  {
    code: 'setting/labels',
    title: 'labels for other classes',
    explanation:
      'Labels name the classes of an output, one each; an output with other classes has an `output` line of its own.',
    bad: network('flatten\n  a = dense(2)\n  b = dense(3)\n  output a, b { labels: ["x", "y"] }'),
    good: network('flatten\n  a = dense(2)\n  b = dense(3)\n  output a { labels: ["x", "y"] }\n  output b'),
  },
  {
    code: 'setting/missing',
    title: 'setting missing',
    explanation: 'Training needs an optimizer; everything else has a default.',
    bad: `${network('relu')}train A { epochs: 3 }\n`,
    good: `${network('relu')}train A { optimizer: sgd(0.1) }\n`,
  },
  {
    code: 'expect/unknown-quantity',
    title: 'unknown quantity',
    explanation:
      'Budgets limit parameters, macs, peak_memory, module_size, kernel_calls, receptive_field and output. Time depends on the machine and is measured by `cnnc bench`.',
    bad: `${network('relu')}expect A { params <= 3 }\n`,
    good: `${network('relu')}expect A { parameters <= 3 }\n`,
  },
  {
    code: 'expect/comparison',
    title: 'comparison of shapes',
    explanation: 'An output shape can only be equal to another or not: use == or !=.',
    bad: `${network('relu')}expect A { output <= [1, 8, 8] }\n`,
    good: `${network('relu')}expect A { output == [1, 8, 8] }\n`,
  },
  {
    code: 'expect/failed',
    title: 'budget not met',
    explanation: 'The network needs more than its `expect` section allows, or has another shape.',
    bad: `${network('conv(4, kernel: 3)')}expect A { parameters <= 30 }\n`,
    good: `${network('conv(4, kernel: 3)')}expect A { parameters <= 40 }\n`,
  },
  {
    code: 'expect/skipped',
    title: 'budgets skipped',
    explanation: 'Budgets apply to the network as written; --set makes it a different one.',
    bad: `${network('conv(classes, kernel: 3)').replace('A {', 'A(classes: int = 4) {')}expect A { parameters <= 40 }\n`,
    good: network('conv(classes, kernel: 3)').replace('A {', 'A(classes: int = 4) {'),
  },
];

/** A chain of blocks, each of which calls the one before. */
const nestedIn = (count: number, name: string): string => {
  const blocks = Array.from(
    { length: count },
    (_, index) => `block ${name}${index} { ${index === 0 ? 'relu' : `${name}${index - 1}`} }\n`,
  );
  return blocks.join('') + network(`${name}${count - 1}`);
};
const nested = (count: number): string => nestedIn(count, 'b');

const limits: readonly CatalogEntry[] = [
  {
    code: 'limit/expansion',
    title: 'network too large',
    explanation: 'A file may expand to 100,000 nodes and iterations, counted before anything is built.',
    bad: network('repeat 1_000_000_000 { relu }'),
    good: network('repeat 1_000 { relu }'),
  },
  {
    code: 'limit/depth',
    title: 'expansion too deep',
    explanation:
      'Blocks, paths, loops and conditions may stand 256 deep inside each other; constants and lists that are made of others, 512 deep.',
    bad: nested(300),
    good: nested(100),
  },
  {
    code: 'limit/work',
    title: 'too much to evaluate',
    explanation: 'The expressions of a file may take 2,000,000 evaluations.',
    bad: network(`repeat 90_000 { if ${Array(100).fill('1').join(' + ')} == 0 { relu } }\n  relu`),
    good: network('repeat 90_000 { if 1 == 0 { relu } }\n  relu'),
  },
  {
    code: 'limit/names',
    title: 'names of steps too long',
    explanation:
      'The name of a step begins with those of the blocks and paths around it. It may have 4,096 characters, and the names of all steps 32,000,000 together.',
    bad: `${nestedIn(40, 'stage_of_the_network_'.repeat(6))}`,
    good: `${nestedIn(40, 'stage')}`,
  },
  {
    code: 'limit/elements',
    title: 'tensor too large',
    explanation: 'A tensor may have 2^31 − 1 elements, without the batch axis.',
    bad: input('[1000, 100_000, 100_000]'),
    good: input('[1000, 100, 100]'),
  },
  {
    code: 'limit/macs',
    title: 'too much to compute',
    explanation: 'A network may take 2^50 multiply–accumulates for an image: more than a day on a fast machine.',
    bad: 'network A {\n  input x: [1, 46339, 46339]\n  conv(1, kernel: 46001, padding: 23000)\n}\n',
    good: 'network A {\n  input x: [1, 4633, 4633]\n  conv(1, kernel: 461, padding: 230)\n}\n',
  },
  {
    code: 'limit/receptive-field',
    title: 'receptive field too large',
    explanation: 'The part of the input that a value depends on, padding included, may be 2^53 − 1 pixels wide.',
    bad: network('repeat 20 { conv(1, kernel: 3, stride: 1000, padding: 1) }'),
    good: network('repeat 5 { conv(1, kernel: 3, stride: 1000, padding: 1) }'),
  },
  {
    code: 'limit/imports',
    title: 'too many files',
    explanation: 'A file may lead to 256 files, itself included, with 2,097,152 characters and 76,800 tokens in all.',
    bad: 'import { relay } from "./relay0.cnn"\nnetwork A {\n  input x: [1, 8, 8]\n  relay\n}\n',
    good: 'import { head } from "./heads.cnn"\nnetwork A {\n  input x: [1, 8, 8]\n  head\n}\n',
  },
];

export const frontendEntries: readonly CatalogEntry[] = [
  ...values,
  ...flow,
  ...traps,
  ...shapes,
  ...settings,
  ...limits,
];
