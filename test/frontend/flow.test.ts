// What flows, which names are visible, and what stands where: the rules of the language, one by one.

import { describe, expect, test } from 'vitest';
import { textOf } from '../../grammar/source.ts';
import { body, built, compile, mistakes, networkOf, nodeNames, summary, wiring } from './support.ts';

describe('flow', () => {
  test('each statement takes the result of the one before, -> chains steps', () => {
    expect(wiring(built('relu -> tanh\n sigmoid'))).toBe('relu1(x) tanh1(relu1) sigmoid1(tanh1)');
  });

  test('name = chain names the result and goes on from it; a name starts from an earlier value', () => {
    expect(wiring(built('a = relu\n t = tanh\n a -> sigmoid -> add(t -> relu)'))).toBe(
      'a(x) t(a) sigmoid1(a) relu1(t) add1(sigmoid1, relu1)',
    );
  });

  test('an argument is a name, a step or a chain; without a name first it starts from what flows', () => {
    expect(wiring(built('a = relu\n tanh -> add(a) -> concat(sigmoid, a -> tanh)'))).toBe(
      'a(x) tanh1(a) add1(tanh1, a) sigmoid1(add1) tanh2(a) concat1(add1, sigmoid1, tanh2)',
    );
  });

  test('empty bodies, untaken conditions and loops that run zero times pass the value through', () => {
    const network = networkOf(
      `block none { }\n${body('none\n if false { relu }\n repeat 0 { relu }\n for _i in [] { relu }\n tanh')}`,
    );
    expect(wiring(network)).toBe('tanh1(x)');
  });

  test('after several inputs nothing flows until a name starts a chain', () => {
    const inputs = 'network A {\n input x: [1, 4, 4]\n input y: [1, 4, 4]\n';
    expect(mistakes(`${inputs} relu\n x -> add(y)\n}`)).toEqual(['flow/nothing-flows "relu"']);
    expect(wiring(networkOf(`${inputs} x -> add(y)\n}`))).toBe('add1(x, y)');
    expect(wiring(networkOf(`${inputs} add(x, y)\n}`))).toBe('add1(x, y)');
  });

  test('inputs of a block may be given the same value, joined however it likes', () => {
    const joined = networkOf(`block b {\n input a\n input c\n add(c)\n}\n${body('x -> b(x)')}`);
    expect(wiring(joined)).toBe('b1.add1(x, x)');
    const listed = networkOf(`block b {\n input a\n input cs[]\n concat(cs)\n}\n${body('x -> b(x, relu)')}`);
    expect(wiring(listed)).toBe('relu1(x) b1.concat1(x, x, relu1)');
  });

  test('nor does anything after several results', () => {
    expect(mistakes(body('a, b = split(2)\n relu\n a -> add(b)'))).toEqual(['flow/nothing-flows "relu"']);
  });

  test('output names values, comes last, and stands directly in a network or block', () => {
    const network = built('a = relu\n b = tanh\n output a, b');
    expect(network.graph.outputs.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(mistakes(body('a = relu\n output a\n tanh'))).toContain('flow/after-output "tanh"');
    expect(mistakes(body('if true {\n a = relu\n output a\n}'))).toEqual(['flow/output-place "output a"']);
    expect(wiring(networkOf(`block q {\n a = relu\n output a\n}\n${body('q')}`))).toBe('q1.a(x)');
    expect(mistakes(body('relu\n output b'))).toEqual(['name/unknown "b"']);
  });

  test('outputs with labels of their own have lines of their own', () => {
    const { graph } = built(
      'flatten\n a = dense(2)\n b = dense(3)\n c = b -> relu\n output a { labels: ["x", "y"] }\n output b, c { labels: "f" }',
    );
    expect(graph.outputs.map(({ name, labels }) => [name, labels])).toEqual([
      ['a', ['x', 'y']],
      ['b', 'f'],
      ['c', 'f'],
    ]);
    expect(mistakes(body('a = relu\n b = tanh\n output a\n output b, a'))).toEqual(['name/duplicate "a"']);
    expect(mistakes(body('a = relu\n output a\n b = tanh\n output b'))).toContain('flow/after-output "b = tanh"');
  });

  test('there is a label for each class', () => {
    const classes = (labels: string): readonly string[] =>
      mistakes(body(`flatten\n a = dense(2)\n output a { labels: ${labels} }`));
    expect(classes('["x", "y"]')).toEqual([]);
    expect(classes('["x"]')).toEqual(['setting/labels "a"']);
    expect(classes('["x", "y", "z"]')).toEqual(['setting/labels "a"']);
  });

  test('a named value stands nowhere else', () => {
    expect(mistakes(body('a = relu\n tanh -> a -> sigmoid'))).toEqual(['flow/value-in-chain "a"']);
    expect(mistakes(body('a = relu\n conv(a, kernel: 3)'))).toEqual(['argument/value "a"']);
    expect(mistakes(body('a = relu\n conv(4, kernel: a)'))).toEqual(['type/not-a-number "a"']);
  });

  test('parallel: every path starts from the same value', () => {
    expect(wiring(built('relu\n parallel mul {\n path tanh\n path { }\n path sigmoid -> relu\n}'))).toBe(
      'relu1(x) path1.tanh1(relu1) path3.sigmoid1(relu1) path3.relu1(path3.sigmoid1) mul1(path1.tanh1, relu1, path3.relu1)',
    );
  });

  test('results must be named as often as there are', () => {
    expect(mistakes(body('split(2)'))).toEqual(['flow/result-count "split(2)"']);
    expect(mistakes(body('a, b = split(4)\n a -> add(b)'))).toEqual(['flow/result-count "split(4)"']);
    expect(mistakes(`block q { relu }\n${body('a, b = q\n a -> add(b)')}`)).toEqual(['flow/result-count "a, b = q"']);
  });
});

describe('names', () => {
  test('of axes are words where values may stand, too', () => {
    expect(mistakes(body('relu -> concat(x, height)'))).toEqual([]);
    expect(mistakes(body('relu -> concat(x, hight)'))).toEqual(['name/unknown "hight"']);
  });

  test('are local to their braces; outer ones can be read', () => {
    expect(mistakes(body('if true { a = relu }\n a -> tanh'))).toEqual(['name/unknown-step "a"']);
    expect(wiring(built('a = relu\n if true { a -> tanh }'))).toBe('a(x) tanh1(a)');
  });

  test('of one file share a namespace', () => {
    expect(mistakes(`block a { relu }\nconst a = 3\n${body('a')}`)).toEqual(['name/duplicate "a"']);
    expect(mistakes(`block a { relu }\n${body('a\n a = tanh')}`)).toEqual(['name/duplicate "a"']);
    expect(mistakes(`block a(n: int, n: int) { conv(n, kernel: 1) }\n${body('a(1, 2)')}`)).toContain(
      'name/duplicate "n"',
    );
  });

  test('that hide an operator are warned of', () => {
    const { diagnostics, networks } = compile(`block relu { tanh }\n${body('relu')}`);
    expect(diagnostics.map((one) => [one.severity, summary(one)])).toEqual([['warning', 'name/hides-operator "relu"']]);
    expect(nodeNames(networks[0]!)).toEqual(['relu1.tanh1']);
  });

  test('a block captures nothing', () => {
    expect(mistakes(`block q { a -> relu }\n${body('a = tanh\n q')}`)).toEqual(['name/unknown-step "a"']);
  });

  test('words of an attribute win over variables', () => {
    const [conv] = networkOf(
      'network A(same: int = 0) {\n input x: [1, 9, 9]\n conv(1, kernel: 3, padding: same) -> conv(same + 1, kernel: 1)\n}',
    ).graph.nodes;
    expect(conv!.attributes['padding']).toEqual([1, 1, 1, 1]);
  });

  test('blocks never recurse, directly or over others, and the cycle is shown once', () => {
    expect(mistakes(`block a { b }\nblock b { a }\n${body('a')}`)).toEqual(['name/recursion "b"']);
    expect(compile('block a { b }\nblock b { c -> relu }\nblock c { a }\n').diagnostics[0]!.found).toBe(
      'a → b → c → a',
    );
    expect(mistakes(`block a { relu -> a }\nblock b { a }\n${body('b')}`)).toEqual(['name/recursion "a"']);
  });

  test('networks are not steps', () => {
    expect(mistakes(`network B {\n input y: [1, 2, 2]\n relu\n}\n${body('B')}`)).toEqual(['flow/network-step "B"']);
  });

  test('hostile ones are names like others', () => {
    const hostile = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'];
    const statements = hostile.map((name) => `${name} = conv(8, kernel: 1)`).join('\n');
    expect(nodeNames(built(statements))).toEqual(hostile);
    expect(mistakes(body('constructor'))).toEqual(['name/unknown-step "constructor"']);
    expect(mistakes(body('conv(8, kernel: 1, constructor: 3)'))).toEqual(['argument/unknown "constructor"']);
    expect(mistakes(body('conv(8, kernel: 1, __proto__: 3)'))).toEqual(['argument/unknown "__proto__"']);
    const [unknown] = compile(body('conv(8, kernel: 1, constructor: 3)')).diagnostics;
    expect(unknown?.fixes?.filter(({ message }) => message.startsWith('did you mean')) ?? []).toEqual([]);
    expect(mistakes(`${body('relu')}train A { optimizer: constructor(3) }`)).toEqual(['setting/value "constructor"']);
    expect(mistakes(`${body('relu')}train A { optimizer: sgd(0.1) __proto__: 3 }`)).toEqual([
      'setting/unknown "__proto__"',
    ]);
    expect(mistakes(`${body('relu')}expect constructor { macs < 3 }`)).toEqual(['name/unknown "constructor"']);
  });
});

describe('one mistake is one error', () => {
  test('an unknown value silences what depends on it', () => {
    expect(mistakes(body('Conv2d(6)\n dense(10)\n a = max_pol(2)\n a -> add(x) : [1]'))).toEqual([
      'name/unknown-step "Conv2d"',
      'name/unknown-step "max_pol"',
    ]);
  });

  test('all mistakes of a file are found in one run', () => {
    const text = `block b(n: int) { conv(n, kernel: 99) }\n${body('b(3)\n b(4)')}network B {\n input x: [3]\n conv(1, kernel: 1)\n dens(3)\n}\n`;
    expect(mistakes(text)).toEqual([
      'conv/C4 "conv(n, kernel: 99)"',
      'conv/C1 "conv(1, kernel: 1)"',
      'name/unknown-step "dens"',
    ]);
  });

  test('a block called several times, by several networks, has it once, with the calls', () => {
    const calls = 'b(3)\n b(3)\n repeat 5 { b(3) }';
    const { diagnostics } = compile(`block b(n: int) { conv(n, kernel: 99) }\n${body(calls)}network B = A()\n`);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]!.related).toHaveLength(3);
  });

  test('the call in which it was found comes first', () => {
    const text = `block b(n: int) { conv(n, kernel: 2 * n) }\n${body('b(1)\n x -> b(9)')}`;
    const related = compile(text).diagnostics.map((diagnostic) => diagnostic.related!.map(({ span }) => textOf(span)));
    expect(related).toEqual([['b(9)', 'b(1)']]);
    const paths = 'block c(n: int) {\n parallel add {\n path conv(n, kernel: 1)\n path { }\n }\n}\n';
    const [joined] = compile(`${paths}${body('c(8)')}${body('c(5)').replace('network A', 'network B')}`).diagnostics;
    expect(joined!.code).toBe('add/C2');
    expect(joined!.related!.map(({ span }) => textOf(span))).toEqual(['c(5)', 'c(8)']);
  });

  test('a syntax error does not make names unknown or flows wrong', () => {
    const codes = mistakes(`block b { conv(3 kernel: }\n${body('b\n dense(3)')}`);
    expect(codes).not.toEqual([]);
    expect(codes.filter((code) => !code.startsWith('syntax/'))).toEqual([]);
  });
});
