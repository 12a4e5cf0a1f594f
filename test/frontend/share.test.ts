// `share`, one set of weights that is used many times, and `learned`, a tensor of the weights file.

import { describe, expect, test } from 'vitest';
import { body, built, mistakes, networkOf, nodeNames, parameterCount, weightNames, wiring } from './support.ts';

/** The names that the nodes' weights begin with. */
const namesOfWeights = ({ graph }: ReturnType<typeof built>): readonly (string | undefined)[] =>
  graph.nodes.map(({ weightsName }) => weightsName);

describe('share', () => {
  test('weights are named by the share, nodes by where they are used', () => {
    const network = built(
      'share tower = conv(8, kernel: 1) -> relu -> conv(8, kernel: 1)\n tower -> tower\n y = tower\n add(x)',
    );
    expect(nodeNames(network)).toEqual([
      'tower1.conv1',
      'tower1.relu1',
      'tower1.conv2',
      'tower2.conv1',
      'tower2.relu1',
      'tower2.conv2',
      'y.conv1',
      'y.relu1',
      'y.conv2',
      'add1',
    ]);
    expect(weightNames(network)).toEqual([
      'tower.conv1.weight',
      'tower.conv1.bias',
      'tower.conv2.weight',
      'tower.conv2.bias',
    ]);
    expect(namesOfWeights(network).slice(3, 6)).toEqual(['tower.conv1', 'tower.relu1', 'tower.conv2']);
    expect(parameterCount(network)).toBe(2 * (8 * 8 + 8));
  });

  test('a single step has the name itself', () => {
    const network = built('share s = conv(8, kernel: 1)\n s -> s');
    expect(nodeNames(network)).toEqual(['s1', 's2']);
    expect(weightNames(network)).toEqual(['s.weight', 's.bias']);
  });

  test('the weights stand where it is declared, whenever it is used', () => {
    const network = built(
      'share a = conv(8, kernel: 1, bias: false)\n share b = conv(8, kernel: 3, padding: 1, bias: false)\n conv(8, kernel: 1, bias: false) -> b -> a',
    );
    expect(weightNames(network)).toEqual(['a.weight', 'b.weight', 'conv1.weight']);
  });

  test('a share in a block is one per call, and one within another is one per share', () => {
    const block = 'block b {\n share s = conv(8, kernel: 1, bias: false)\n s -> s\n}\n';
    expect(weightNames(networkOf(`${block}${body('b -> b')}`))).toEqual(['b1.s.weight', 'b2.s.weight']);
    const nested = networkOf(`${block}${body('share t = b -> relu\n t -> t')}`);
    expect(weightNames(nested)).toEqual(['t.b1.s.weight']);
    expect(nodeNames(nested)).toEqual(['t1.b1.s1', 't1.b1.s2', 't1.relu1', 't2.b1.s1', 't2.b1.s2', 't2.relu1']);
  });

  test('in a loop each iteration has its own', () => {
    const network = built('repeat 2 {\n share s = conv(8, kernel: 1, bias: false)\n s -> s\n}');
    expect(weightNames(network)).toHaveLength(2);
  });

  test('it sees what is known where it is declared', () => {
    const block =
      'block b(n: int) {\n input x\n share s = conv(n * x.channels, kernel: 1) -> conv(x.channels, kernel: 1)\n s -> s\n}\n';
    expect(parameterCount(networkOf(`${block}${body('b(2)')}`))).toBe(8 * 16 + 16 + 16 * 8 + 8);
  });

  test('a Siamese network has one tower', () => {
    const network = networkOf(`block embed(features: int) {
  conv(4, kernel: 3) -> relu -> flatten -> dense(features)
}
network Siamese {
  input left: [1, 8, 8]
  input right: [1, 8, 8]
  share tower = embed(6)
  a = left -> tower
  b = right -> tower
  a - b -> dense(1) -> sigmoid
}
`);
    expect(wiring(network)).toBe(
      'a.conv1(left) a.relu1(a.conv1) a.flatten1(a.relu1) a.dense1(a.flatten1) ' +
        'b.conv1(right) b.relu1(b.conv1) b.flatten1(b.relu1) b.dense1(b.flatten1) ' +
        'sub1(a.dense1, b.dense1) dense1(sub1) sigmoid1(dense1)',
    );
    expect(parameterCount(network)).toBe(4 * 9 + 4 + 4 * 36 * 6 + 6 + 6 + 1);
  });

  test.each([
    ['share s = conv(4, kernel: 1)\n s -> s', 'share/shape "conv(4, kernel: 1)"'],
    ['share s = conv(8, kernel: 1)\n s(3)', 'argument/too-many "3"'],
    ['share s = conv(8, kernel: 1)\n relu', 'name/unused "s"'],
    ['share s = x -> relu\n s', 'share/value "x"'],
    ['share s = s -> relu\n s', 'name/unknown-step "s"'],
    ['share s = conv(8, kernel: 1)\n share s = relu\n s', 'name/duplicate "s"'],
  ])('%s', (statements, mistake) => {
    expect(mistakes(body(statements))).toContain(mistake);
  });

  test('the word is a name elsewhere', () => {
    expect(nodeNames(built('share = relu\n share -> tanh'))).toEqual(['share', 'tanh1']);
  });
});

describe('learned', () => {
  test('is a parameter before those of the steps, joins what flows, and does not flow itself', () => {
    const network = built('learned gamma: [x.channels, 1, 1] = 1e-6\n conv(8, kernel: 1) -> mul(gamma) -> add(x)');
    expect(weightNames(network)).toEqual(['gamma', 'conv1.weight', 'conv1.bias']);
    const [gamma] = network.graph.parameters;
    expect(gamma).toMatchObject({ role: 'parameter', initial: { kind: 'constant', value: 1e-6 } });
    expect(network.graph.types.get(gamma!.value)).toMatchObject({ shape: [8, 1, 1], batched: false });
    expect(wiring(network)).toBe('conv1(x) mul1(conv1) add1(mul1, x)');
  });

  test('starts at 0 where nothing is said', () => {
    expect(built('learned bias: [8, 1, 1]\n x + bias').graph.parameters[0]!.initial).toEqual({
      kind: 'constant',
      value: 0,
    });
  });

  test('within a share it is one tensor', () => {
    const network = built('share s = conv(8, kernel: 1) -> mul(0.5)\n s -> s');
    expect(weightNames(network)).toEqual(['s.conv1.weight', 's.conv1.bias']);
    const block = 'block layer_scale {\n input x\n learned gamma: [x.channels, 1, 1] = 1\n mul(gamma)\n}\n';
    expect(weightNames(networkOf(`${block}${body('share s = layer_scale -> relu\n s -> s')}`))).toEqual([
      's.layer_scale1.gamma',
    ]);
  });

  test.each([
    ['learned g: [_, 1, 1]\n mul(g)', 'learned/shape "[_, 1, 1]"'],
    ['learned g: [0, 1, 1]\n mul(g)', 'learned/shape "[0, 1, 1]"'],
    ['learned g: [1, 1, 1, 1, 1]\n mul(g)', 'learned/shape "[1, 1, 1, 1, 1]"'],
    ['learned g: [65536, 65536]\n mul(g)', 'limit/elements "[65536, 65536]"'],
    ['learned g: [8, 1, 1] = true\n mul(g)', 'type/mismatch "true"'],
    ['learned g: [8, 1, 1]\n relu', 'name/unused "g"'],
    ['learned g: [8, 1, 1]\n y = g -> softmax\n x -> mul(y)', 'learned/step "softmax"'],
    ['learned g: [8, 1, 1]\n y = g -> concat(g)\n x -> concat(y)', 'learned/step "concat(g)"'],
    ['learned g: [8, 1, 1]\n y = g -> batch_norm\n x -> mul(y)', 'learned/step "batch_norm"'],
    ['learned g: [8, 1, 1]\n y = g -> relu\n output y', 'learned/output "y"'],
    ['learned g: [4, 1, 1]\n mul(g)', 'mul/C2 "mul(g)"'],
  ])('%s', (statements, mistake) => {
    expect(mistakes(body(statements))).toEqual([mistake]);
  });
});
