// Errors of names: imports, definitions, arguments.

import { inNetwork as network } from './entry.ts';
import type { CatalogEntry } from './entry.ts';

const imported = (from: string, name = 'head'): string =>
  `import { ${name} } from "${from}"\nnetwork A {\n  input x: [1, 8, 8]\n  ${name}\n}\n`;

const imports: readonly CatalogEntry[] = [
  {
    code: 'import/outside-root',
    title: 'import outside the project',
    explanation: 'An import begins with ./ or ../, uses /, and stays inside the project root.',
    bad: imported('../../heads.cnn'),
    good: imported('./heads.cnn'),
  },
  {
    code: 'import/not-found',
    title: 'imported file missing',
    explanation: 'The path is relative to the file that imports.',
    bad: imported('./tails.cnn'),
    good: imported('./heads.cnn'),
  },
  {
    code: 'import/cycle',
    title: 'files import each other',
    explanation: 'What two files need from each other belongs in a third.',
    bad: imported('./circle.cnn'),
    good: imported('./heads.cnn'),
  },
  {
    code: 'import/unknown-name',
    title: 'imported name missing',
    explanation: 'Only what a file defines itself can be imported from it, not what it imports.',
    bad: imported('./heads.cnn', 'haed'),
    good: imported('./heads.cnn'),
  },
];

const definitions: readonly CatalogEntry[] = [
  {
    code: 'name/duplicate',
    title: 'name defined twice',
    explanation:
      'Blocks, networks, constants, parameters and values share one namespace; inner braces cannot redefine an outer name.',
    bad: network('a = relu\n  a = tanh'),
    good: network('a = relu\n  b = tanh'),
  },
  {
    code: 'name/collision',
    title: 'duplicate names of weights',
    explanation: 'The generated names conv1, conv2, … and labels must not clash, because weights are found by name.',
    bad: network('conv1 = conv(4, kernel: 3)\n  conv(4, kernel: 3)'),
    good: network('first = conv(4, kernel: 3)\n  conv(4, kernel: 3)'),
  },
  {
    code: 'name/hides-operator',
    title: 'name of an operator',
    explanation: 'Where the name is visible, the operator cannot be used.',
    bad: network('relu = tanh'),
    good: network('activated = tanh'),
  },
  {
    code: 'name/recursion',
    title: 'definition in terms of itself',
    explanation: 'Blocks are unfolded when compiling, so a block cannot contain itself, nor a constant.',
    bad: 'block a { b }\nblock b { a }\n',
    good: 'block a { b }\nblock b { relu }\n',
  },
  {
    code: 'name/unknown',
    title: 'unknown name',
    explanation: 'Parameters, constants and loop variables are visible inside their braces, after their definition.',
    bad: network('dense(clases)'),
    good: `const clases = 10\n${network('flatten -> dense(clases)')}`,
  },
  {
    code: 'name/unknown-step',
    title: 'unknown step',
    explanation: 'A step is an operator, a block of this file or an imported one; a chain may also begin with a value.',
    bad: network('Conv2d(6, kernel: 3)'),
    good: network('conv(6, kernel: 3)'),
  },
  {
    code: 'name/unknown-network',
    title: 'unknown network',
    explanation: 'The network that was asked for is not defined in the file.',
    bad: 'network LeNet5 {\n  input x: [1, 8, 8]\n  relu\n}\n',
    good: 'network LeNet {\n  input x: [1, 8, 8]\n  relu\n}\n',
  },
  {
    code: 'name/not-a-network',
    title: 'not a network',
    explanation: '`network A = B(…)` gives a name to a network with arguments; B must be a network.',
    bad: 'block b { relu }\nnetwork A = b()\n',
    good: 'network b {\n  input x: [1, 8, 8]\n  relu\n}\nnetwork A = b()\n',
  },
  {
    code: 'name/nothing-defined',
    title: 'nothing is defined',
    explanation: 'A file describes networks, or blocks that other files import.',
    bad: '// network A\n',
    good: network('relu'),
  },
  {
    code: 'name/unused',
    title: 'unused name',
    explanation: 'Nothing reads it. A name that begins with _ may be unused.',
    bad: network('const width = 3\n  relu'),
    good: network('const width = 3\n  conv(width, kernel: 3)'),
  },
];

const given: readonly CatalogEntry[] = [
  {
    code: 'argument/missing',
    title: 'argument missing',
    explanation: 'Arguments without a default must be given.',
    bad: network('conv(6)'),
    good: network('conv(6, kernel: 3)'),
  },
  {
    code: 'argument/unknown',
    title: 'unknown argument',
    explanation: 'The expected line lists what can be given.',
    bad: network('conv(6, kernel: 3, strides: 2)'),
    good: network('conv(6, kernel: 3, stride: 2)'),
  },
  {
    code: 'argument/too-many',
    title: 'too many arguments',
    explanation: 'Positional arguments fill the parameters in their order.',
    bad: network('relu(3)'),
    good: network('relu'),
  },
  {
    code: 'argument/duplicate',
    title: 'argument given twice',
    explanation: 'By position and by name, or twice by name.',
    bad: network('conv(6, kernel: 3, channels: 6)'),
    good: network('conv(6, kernel: 3)'),
  },
  {
    code: 'argument/order',
    title: 'position after name',
    explanation: 'Positional arguments come first.',
    bad: network('conv(channels: 6, 3)'),
    good: network('conv(6, kernel: 3)'),
  },
  {
    code: 'argument/range',
    title: 'argument out of range',
    explanation: 'The number is too small or too large for what it means.',
    bad: network('conv(0, kernel: 3)'),
    good: network('conv(1, kernel: 3)'),
  },
  {
    code: 'argument/count',
    title: 'arguments of a function',
    explanation: 'len, floor and ceil take one argument, size two, min and max one list or several numbers.',
    bad: network('conv(6, kernel: size(3))'),
    good: network('conv(6, kernel: size(3, 3))'),
  },
  {
    code: 'argument/value',
    title: 'further value',
    explanation:
      'Only operators that take several values, such as add and concat, have values as arguments; blocks have one input.',
    bad: network('a = relu\n  tanh(a)'),
    good: network('a = relu\n  tanh -> add(a)'),
  },
  {
    code: 'argument/values',
    title: 'too few values',
    explanation: 'The operator joins several values: the flowing one and those given as arguments.',
    bad: 'network A {\n  input x: [1, 8, 8]\n  input y: [1, 8, 8]\n  concat\n}\n',
    good: 'network A {\n  input x: [1, 8, 8]\n  input y: [1, 8, 8]\n  concat(x, y)\n}\n',
  },
  {
    code: 'argument/input-size',
    title: 'size of the input given',
    explanation:
      'Channels and features of the input follow from what flows in and are not written, unlike in PyTorch: Conv2d(1, 6, 5) is conv(6, kernel: 5), Linear(400, 120) is dense(120), BatchNorm2d(6) is batch_norm.',
    bad: network('flatten -> dense(64, 10)'),
    good: network('flatten -> dense(10)'),
  },
  {
    code: 'argument/list',
    title: 'values in a list',
    explanation: 'Lists hold what is known when compiling. Operators that join values take them one by one.',
    bad: network('a = relu\n  b = x -> tanh\n  concat([a, b])'),
    good: network('a = relu\n  b = x -> tanh\n  a -> concat(b)'),
  },
  {
    code: 'argument/unbound',
    title: 'network with unset parameters',
    explanation: '`train` and `expect` apply to one network, so all its parameters need defaults or an alias.',
    bad: 'network A(n: int) {\n  input x: [1, 8, 8]\n  conv(n, kernel: 3)\n}\nexpect A { output == [4, 6, 6] }\n',
    good: 'network A(n: int = 4) {\n  input x: [1, 8, 8]\n  conv(n, kernel: 3)\n}\nexpect A { output == [4, 6, 6] }\n',
  },
  {
    code: 'argument/set',
    title: 'cannot be set',
    explanation: '--set gives a value to a parameter of a network of this file, written as in the language.',
    bad: 'network A(n: int = 4) {\n  input x: [1, 8, 8]\n  conv(n, kernel: 3)\n}\n',
    good: 'network A(classes: int = 4) {\n  input x: [1, 8, 8]\n  conv(classes, kernel: 3)\n}\n',
  },
];

export const nameEntries: readonly CatalogEntry[] = [...imports, ...definitions, ...given];
