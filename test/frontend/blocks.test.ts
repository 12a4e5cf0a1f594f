// Blocks with several inputs and results, properties of values, and lists of values.

import { describe, expect, test } from 'vitest';
import { body, built, compile, mistakes, networkOf, outputShapes, shapeOf, weightNames, wiring } from './support.ts';

const within = (block: string, statements: string) => networkOf(`${block}\n${body(statements)}`);
const wrong = (block: string, statements: string) => mistakes(`${block}\n${body(statements)}`);

describe('inputs of blocks', () => {
  const three = 'block three {\n input a\n input b\n input c\n a -> add(b) -> mul(c)\n}';

  test('the first is what flows, the others are values that are given', () => {
    expect(wiring(within(three, 'y = relu\n z = tanh\n x -> three(y, z)'))).toBe(
      'y(x) z(y) three1.add1(x, y) three1.mul1(three1.add1, z)',
    );
  });

  test('a value may be a chain, arithmetic, or a list, which is as many values', () => {
    expect(wiring(within(three, 'three(x - 1, x -> tanh)'))).toBe(
      'sub1(x) tanh1(x) three1.add1(x, sub1) three1.mul1(three1.add1, tanh1)',
    );
    expect(wiring(within(three, 'repeat 2 collect xs { relu }\n x -> three(xs)'))).toBe(
      'relu1(x) relu2(relu1) three1.add1(x, relu1) three1.mul1(three1.add1, relu2)',
    );
  });

  test('the first flows on, and has the name too', () => {
    expect(
      wiring(within('block gate {\n input x\n input y\n sigmoid -> mul(y) -> add(x)\n}', 'y = relu\n x -> gate(y)')),
    ).toBe('y(x) gate1.sigmoid1(x) gate1.mul1(gate1.sigmoid1, y) gate1.add1(gate1.mul1, x)');
  });

  test('a list takes all that remain', () => {
    const block = 'block all {\n input a\n input rest[]\n a -> conv(len(rest), kernel: 1) -> mul(rest[-1])\n}';
    expect(outputShapes(within(block, 'y = tanh\n x -> all(y, y -> conv(1, kernel: 1))'))).toEqual([[2, 16, 16]]);
    expect(wrong(block, 'all')).toContain('value/index "-1"');
  });

  test('a shape is checked', () => {
    const block = 'block b {\n input x: [8, _, 16]\n relu\n}';
    expect(within(block, 'b').graph.nodes).toHaveLength(1);
    expect(wrong(block, 'conv(4, kernel: 1) -> b')).toEqual(['shape/mismatch "[8, _, 16]"']);
  });

  test.each([
    ['three', 'argument/values "three"'],
    ['three(x)', 'argument/values "three(x)"'],
    ['three(x, x, x)', 'argument/value "x"'],
    ['repeat 4 collect xs { relu }\n three(xs)', 'argument/values "three(xs)"'],
  ])('%s has too few or too many', (statements, mistake) => {
    expect(wrong(three, statements)).toEqual([mistake]);
  });

  test('a block without inputs takes what flows', () => {
    expect(wrong('block b { relu }', 'y = tanh\n b(y)')).toContain('argument/value "y"');
  });

  test.each([
    ['block b {\n input x { scale: 2 }\n relu\n}', 'setting/unknown "scale: 2"'],
    ['block b {\n input xs[]\n input y\n xs -> concat(y)\n}', 'flow/input-place "input y"'],
    ['block b {\n relu\n input y\n add(y)\n}', 'flow/input-place "input y"'],
  ])('%s', (block, mistake) => {
    expect(wrong(block, 'relu')).toEqual([mistake]);
  });

  test('a network has inputs with shapes, and no lists', () => {
    expect(mistakes('network A {\n input x\n relu\n}\n')).toEqual(['input/shape "input x"']);
    expect(mistakes('network A {\n input xs[]\n relu\n}\n')).toEqual(['input/shape "input xs[]"']);
  });
});

describe('results of blocks', () => {
  const two = 'block two {\n a = relu\n b = tanh\n output b, a\n}';

  test('get names in the order of `output`', () => {
    const network = within(two, 'b, a = two\n a -> sub(b)');
    expect(wiring(network)).toBe('two1.a(x) two1.b(two1.a) sub1(two1.a, two1.b)');
    expect(shapeOf(network, 'b')).toEqual([8, 16, 16]);
  });

  test('are a list under one name, which flows into a join', () => {
    expect(wiring(within(two, 'both = two\n both[0] - both[1]'))).toBe('both.a(x) both.b(both.a) sub1(both.b, both.a)');
    expect(wiring(within(two, 'two -> concat'))).toBe('two1.a(x) two1.b(two1.a) concat1(two1.b, two1.a)');
  });

  test.each([
    ['a, b, c = two\n a -> add(b, c)', 'flow/result-count "a, b, c = two"'],
    ['a, b = relu -> tanh -> two -> concat\n a -> add(b)', 'flow/result-count "concat"'],
    ['two -> relu', 'argument/values "relu"'],
  ])('%s', (statements, mistake) => {
    expect(wrong(two, statements)).toContain(mistake);
  });

  test('are those of all outputs, in lines of their own, too', () => {
    const lines = 'block two {\n input x\n a = relu\n b = tanh\n output b\n output a\n}';
    expect(wiring(within(lines, 'both = two\n both[0] - both[1]'))).toBe(
      wiring(within(two, 'both = two\n both[0] - both[1]')),
    );
    expect(wiring(within(lines, 'p, q = two\n q - p'))).toBe('two1.a(x) two1.b(two1.a) sub1(two1.a, two1.b)');
  });

  test('what follows the output does not count', () => {
    expect(wrong('block b {\n a = relu\n output a\n tanh\n}', 'b')).toEqual(['flow/after-output "tanh"']);
  });
});

describe('properties', () => {
  test.each([
    ['x.channels', 8],
    ['y.height', 14],
    ['y.width', 12],
    ['z.features', 10],
    ['xs[-1].channels', 3],
    ['4 * x.channels / 16', 2],
    ['x.channels if x.width == 16 else 1', 8],
  ])('%s is %d', (expression, value) => {
    const { networks } = compile(
      body(`y = conv(4, kernel: 3x5)
 repeat 2 collect xs { x -> conv(3, kernel: 1) }
 z = xs -> concat -> flatten -> dense(10)
 x -> conv(${expression}, kernel: 1)`),
    );
    expect(outputShapes(networks[0]!)).toEqual([[value, 16, 16]]);
  });

  test('size is height and width', () => {
    expect(outputShapes(built('y = conv(8, kernel: 3x5)\n x -> avg_pool(y.size) -> add(y)'))).toEqual([[8, 14, 12]]);
  });

  test.each([
    ['conv(x.features, kernel: 1)', 'value/property "features"'],
    ['const n = 3\n conv(n.channels, kernel: 1)', 'value/property "n.channels"'],
    ['repeat 2 collect xs { relu }\n conv(xs.channels, kernel: 1)', 'value/property "xs.channels"'],
  ])('%s', (statements, mistake) => {
    expect(mistakes(body(statements))).toContain(mistake);
  });

  test('behind a mistake they are unknown, and nothing is said of them', () => {
    expect(mistakes(body('y = conv(4, kernel: 40)\n x -> conv(y.channels, kernel: 1) -> relu'))).toEqual([
      'conv/C4 "conv(4, kernel: 40)"',
    ]);
  });
});

describe('lists', () => {
  test('collect what flows at the end of each iteration', () => {
    const network = built('for i in 1..4 collect xs { conv(i, kernel: 1) }\n xs -> concat');
    expect(wiring(network)).toBe('conv1(x) conv2(conv1) conv3(conv2) concat1(conv1, conv2, conv3)');
    expect(outputShapes(network)).toEqual([[6, 16, 16]]);
  });

  test('are walked through, and walked back by negative items', () => {
    expect(
      wiring(
        built(
          `repeat 3 as i collect xs { conv(i + 1, kernel: 1) }
           for y in xs collect ys { y -> relu }
           for i in 0..len(ys) { mul(ys[-1 - i] -> conv(3, kernel: 1)) }`,
        ),
      ),
    ).toBe(
      'conv1(x) conv2(conv1) conv3(conv2) relu1(conv1) relu2(conv2) relu3(conv3) conv4(relu3) mul1(relu3, conv4) conv5(relu2) mul2(mul1, conv5) conv6(relu1) mul3(mul2, conv6)',
    );
  });

  test('values in parentheses are a list', () => {
    expect(wiring(built('a = relu\n b = tanh\n c = (a, b, x) -> concat\n c'))).toBe('a(x) b(a) c(a, b, x)');
  });

  test('as outputs they have numbers', () => {
    const network = built('repeat 2 collect xs { relu }\n output xs');
    expect(network.graph.outputs.map(({ name }) => name)).toEqual(['xs1', 'xs2']);
    expect(mistakes(body('xs2 = tanh\n repeat 2 collect xs { relu }\n output xs, xs2'))).toEqual([
      'name/collision "xs2"',
    ]);
    expect(mistakes(body('xs2 = tanh\n repeat 2 collect xs { relu }\n output xs\n output xs2'))).toEqual([
      'name/collision "xs2"',
    ]);
    expect(mistakes(body('repeat 2 collect xs { relu }\n output xs\n output xs'))).toEqual(['name/duplicate "xs"']);
  });

  test.each([
    ['repeat 2 collect xs { relu }\n x -> add(xs[2])', 'value/index "2"'],
    ['repeat 2 collect xs { relu }\n xs -> relu', 'argument/values "relu"'],
    ['repeat 2 collect xs { relu }\n x + xs', 'flow/list "xs"'],
    ['repeat 2 collect xs { relu }\n conv(4, kernel: xs[0])', 'type/not-a-number "xs[0]"'],
    ['repeat 0 - 1 collect xs { relu }\n x -> add(xs[0])', 'value/negative "0 - 1"'],
  ])('%s', (statements, mistake) => {
    expect(mistakes(body(statements))).toEqual([mistake]);
  });
});

test('an encoder and a decoder of any depth are one network', () => {
  const unet = (widths: string): string => `block double(width: int) {
  conv(width, kernel: 3, padding: 1) -> relu
}
network UNet(widths: [int] = ${widths}) {
  input image: [3, 32, 32]
  for i in 0..len(widths) collect skips {
    if i > 0 { max_pool(2) }
    double(widths[i])
  }
  for i in 1..len(widths) {
    conv_transpose(widths[-1 - i], kernel: 2, stride: 2) -> concat(skips[-1 - i]) -> double(widths[-1 - i])
  }
}
`;
  const network = networkOf(unet('[4, 8, 16]'));
  expect(wiring(network)).toBe(
    'double1.conv1(image) double1.relu1(double1.conv1) max_pool1(double1.relu1) double2.conv1(max_pool1) double2.relu1(double2.conv1) ' +
      'max_pool2(double2.relu1) double3.conv1(max_pool2) double3.relu1(double3.conv1) ' +
      'conv_transpose1(double3.relu1) concat1(conv_transpose1, double2.relu1) double4.conv1(concat1) double4.relu1(double4.conv1) ' +
      'conv_transpose2(double4.relu1) concat2(conv_transpose2, double1.relu1) double5.conv1(concat2) double5.relu1(double5.conv1)',
  );
  expect(outputShapes(network)).toEqual([[4, 32, 32]]);
  expect(weightNames(networkOf(unet('[4, 8, 16, 32, 64]')))).toHaveLength(2 * (9 + 4));
});
