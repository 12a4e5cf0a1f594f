// Parameters of type `block`: a step is given, and named in the block by the parameter.

import { describe, expect, test } from 'vitest';
import { textOf } from '../../grammar/source.ts';
import { body, compile, mistakes, networkOf, nodeNames, weightNames, wiring } from './support.ts';

const unit =
  'block unit(width: int, norm: block = batch_norm, act: block = relu) {\n conv(width, kernel: 1) -> norm -> act\n}\n';
const of = (block: string, statements: string) => networkOf(`${block}${body(statements)}`);
const wrong = (block: string, statements: string) => mistakes(`${block}${body(statements)}`);
const ops = ({ graph }: ReturnType<typeof of>): readonly string[] => graph.nodes.map(({ op }) => op);

describe('what is given', () => {
  test('steps are named as they are written', () => {
    const network = of(unit, 'unit(4)');
    expect(nodeNames(network)).toEqual(['unit1.conv1', 'unit1.norm1', 'unit1.act1']);
    expect(weightNames(network).slice(2, 4)).toEqual(['unit1.norm1.weight', 'unit1.norm1.bias']);
    expect(ops(network)).toEqual(['conv', 'batch_norm', 'relu']);
  });

  test('an operator, with arguments that are bound to it', () => {
    const network = of(unit, 'unit(4, act: leaky_relu(0.3), norm: identity) -> unit(4, tanh, sigmoid)');
    expect(ops(network)).toEqual(['conv', 'identity', 'leaky_relu', 'conv', 'tanh', 'sigmoid']);
    expect(network.graph.nodes[2]!.attributes).toEqual({ slope: 0.3 });
  });

  test('a block, to which the call gives more', () => {
    const block =
      'block wide(width: int, factor: int = 1) { conv(width * factor, kernel: 1, bias: false) }\nblock two(step: block) { step(3) -> step(5, factor: 1) }\n';
    const network = of(block, 'two(wide(factor: 2)) -> two(step: wide)');
    expect(network.graph.nodes.map(({ attributes }) => attributes['channels'])).toEqual([6, 5, 3, 5]);
    expect(weightNames(network)[0]).toBe('two1.step1.conv1.weight');
  });

  test('a parameter of the block around, as it is or with more arguments', () => {
    const block = `${unit}block stage(act: block) {\n unit(4, identity, act) -> unit(4, act: act(0.2))\n}\n`;
    const network = of(block, 'stage(leaky_relu)');
    expect(
      network.graph.nodes.flatMap(({ op, attributes }) => (op === 'leaky_relu' ? [attributes['slope']] : [])),
    ).toEqual([0.01, 0.2]);
  });

  test('a share, or one of two', () => {
    const block = 'block twice(step: block) { step -> step }\n';
    expect(weightNames(of(block, 'share s = conv(8, kernel: 1)\n twice(s)'))).toEqual(['s.weight', 's.bias']);
    expect(ops(of(block, 'for i in 0..2 { twice(tanh if i == 0 else relu) }'))).toEqual([
      'tanh',
      'tanh',
      'relu',
      'relu',
    ]);
  });

  test('arguments mean what they mean where they are written', () => {
    const block =
      'block inner(step: block, n: int) { step -> conv(n, kernel: 1) }\nblock outer(n: int) { inner(conv(n + 1, kernel: 1), 2) }\n';
    const network = of(block, 'outer(6)');
    expect(network.graph.nodes.map(({ attributes }) => attributes['channels'])).toEqual([7, 2]);
  });

  test('a value is given where it is called', () => {
    const block = 'block after(join: block) { relu -> join(tanh) }\n';
    expect(wiring(of(block, 'after(add)'))).toBe(
      'after1.relu1(x) after1.tanh1(after1.relu1) after1.join1(after1.relu1, after1.tanh1)',
    );
  });

  test('a value that is bound flows in where the step is called', () => {
    const block = 'block after(join: block) { relu -> join }\n';
    expect(wiring(of(block, 'y = tanh\n x -> after(add(y))'))).toBe(
      'y(x) after1.relu1(x) after1.join1(after1.relu1, y)',
    );
  });
});

describe('networks', () => {
  const network = `network R(norm: block = batch_norm, widths: [int] = [4]) {\n input x: [1, 8, 8]\n for w in widths { conv(w, kernel: 1) -> norm }\n}\n`;

  test('by an alias, or by --set', () => {
    const { networks, diagnostics } = compile(`${network}network S = R(norm: leaky_relu(0.5))\n`);
    expect(diagnostics).toEqual([]);
    expect(networks.map(({ graph }) => graph.nodes[1]!.op)).toEqual(['batch_norm', 'leaky_relu']);
    const set = compile(network, { set: { norm: 'elu(0.5)' } });
    expect(set.diagnostics).toEqual([]);
    expect(set.networks[0]!.graph.nodes[1]!.op).toBe('elu');
    expect(compile(network, { set: { norm: '3' } }).diagnostics.map(({ code }) => code)).toEqual(['type/mismatch']);
  });
});

describe('mistakes', () => {
  test.each([
    ['unit(4, norm: 3)', 'type/mismatch "3"'],
    ['unit(4, norm: x)', 'flow/not-a-step "x"'],
    ['unit(4, norm: nrm)', 'name/unknown-step "nrm"'],
    ['unit(4, norm: conv)', 'argument/missing "norm"'],
    ['unit(4, act: leaky_relu(slop: 3))', 'argument/unknown "slop"'],
    ['unit(4, act: leaky_relu(0.1, 2))', 'argument/too-many "2"'],
    ['unit(4, norm: max_pool(3.5))', 'value/not-whole "3.5"'],
    ['unit(4, norm: max_pool(20))', 'max_pool/C2 "norm"'],
  ])('%s', (statements, mistake) => {
    expect(wrong(unit, statements)).toEqual([mistake]);
  });

  test('arguments that the block gives are looked at where it is called', () => {
    expect(wrong('block b(step: block) { step(slop: 3) }\n', 'b(leaky_relu)')).toEqual(['argument/unknown "slop"']);
    expect(wrong('block b(step: block) { step(padding: sam) }\n', 'b(max_pool(3))')).toEqual(['name/unknown "sam"']);
    expect(
      networkOf(`block b(step: block) { step(padding: same) }\n${body('b(max_pool(3))')}`).graph.nodes,
    ).toHaveLength(1);
  });

  test('an argument that does not fit is mended where it is written', () => {
    const text = `${unit}${body('unit(12, norm: group_norm(5))')}`;
    const [{ span, related, fixes } = {}] = compile(text).diagnostics;
    expect([span, ...related!.map((one) => one.span)].map((one) => textOf(one!))).toEqual([
      'norm',
      '5',
      'unit(12, norm: group_norm(5))',
    ]);
    expect(fixes?.flatMap(({ edits = [] }) => edits.map((edit) => textOf(edit.span)))).toEqual(['5']);
  });

  test('a step that leads to itself ends at the limit of depth', () => {
    expect(wrong('block f(g: block) { g(g: g) }\n', 'f(g: f)')).toEqual([expect.stringMatching(/^limit\/depth/)]);
  });
});
