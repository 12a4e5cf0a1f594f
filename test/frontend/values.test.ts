// Expressions, types and parameters: every value ends in an attribute, where it is read off.

import { describe, expect, test } from 'vitest';
import { body, built, compile, mistakes, networkOf, outputShapes } from './support.ts';

/** The value of an int expression, as the channels of a convolution. */
function int(expression: string, before = ''): unknown {
  return built(`${before}\n conv(${expression}, kernel: 1)`).graph.nodes.at(-1)!.attributes['channels'];
}

const attribute = (step: string, name: string): unknown => built(step).graph.nodes[0]!.attributes[name];

describe('expressions', () => {
  test.each([
    ['2 + 3 * 4', 14],
    ['(2 + 3) * 4', 20],
    ['6 / 4 * 2', 3],
    ['7 % 3', 1],
    ['(0 - 7) % 3', 2],
    ['8 + 7 % -3', 6],
    ['1e17 % 3', 1],
    ['1 + floor(1e38 % 1e-290)', 1],
    ['(0 - 9007199254740991) % 4093', 1502],
    ['-(-4)', 4],
    ['2 if 1 < 2 else 3', 2],
    ['2 if not (1 < 2 and 2 <= 2) else 3', 3],
    ['2 if 1 == 2 or 1 != 2 else 3', 2],
    ['(4, 8).1', 8],
    ['[4, 8][1]', 8],
    ['((1, 2), 3).0.1', 2],
    ['len([1, 2, 3])', 3],
    ['len(2..7)', 5],
    ['len(7..2) + 1', 1],
    ['(2..7)[1]', 3],
    ['min(3, 2, 4)', 2],
    ['max([3, 2, 4])', 4],
    ['1 if size(3, 5) == 3x5 else 2', 1],
    ['1 if (1, [2, "a"]) == (1, [2, "a"]) else 2', 1],
    ['1 if [1] == [1, 2] else 2', 2],
    ['1e1', 10],
    ['floor(7 / 2)', 3],
    ['ceil(7 / 2)', 4],
    ['5 + floor(-7 / 2)', 1],
    ['4 + ceil(-7 / 2)', 1],
    ['1 + ceil(-1 / 2)', 1],
    ['8 * floor(6 * 0.75)', 32],
    ['floor(5)', 5],
  ])('%s is %d', (expression, value) => {
    expect(int(expression)).toBe(value);
  });

  test('only the side that is needed is evaluated', () => {
    expect(int('1 if true or 1 / 0 == 1 else 2')).toBe(1);
    expect(int('1 if true else 1 / 0')).toBe(1);
  });

  test.each([
    ['7 / 2', 'value/not-whole "7 / 2"'],
    ['1 / 0', 'value/divide-by-zero "0"'],
    ['[1][1]', 'value/index "1"'],
    ['[1][-2]', 'value/index "-2"'],
    ['(1, 2).2', 'value/index "(1, 2).2"'],
    ['"a" + 1', 'type/operand "\\"a\\""'],
    ['1 if 1 else 2', 'type/mismatch "1"'],
    ['not 3', 'type/operand "3"'],
    ['3 and true', 'type/operand "3"'],
    ['3x3', 'type/mismatch "3x3"'],
    ['true', 'type/mismatch "true"'],
    ['(1, 2)', 'type/mismatch "(1, 2)"'],
    ['len(3)', 'type/operand "3"'],
    ['floor(true)', 'type/operand "true"'],
    ['ceil([1.5])', 'type/operand "[1.5]"'],
    ['floor(9007199254740991 * 4.5)', 'value/too-large "floor(9007199254740991 * 4.5)"'],
    ['floor(1, 2)', 'argument/count "floor(1, 2)"'],
    ['lenn([3])', 'name/unknown "lenn"'],
    ['9007199254740991 + 1', 'value/too-large "9007199254740991 + 1"'],
  ])('%s is a mistake', (expression, expected) => {
    expect(mistakes(body(`conv(${expression}, kernel: 1)`))).toEqual([expected]);
  });
});

describe('attributes', () => {
  test.each([
    ['conv(1, kernel: 3)', 'kernel', [3, 3]],
    ['conv(1, kernel: 1x7)', 'kernel', [1, 7]],
    ['conv(1, kernel: size(2, 1 + 2))', 'kernel', [2, 3]],
    ['conv(1, 3)', 'padding', [0, 0, 0, 0]],
    ['conv(1, 3, padding: 2)', 'padding', [2, 2, 2, 2]],
    ['conv(1, 3, padding: 1x2)', 'padding', [1, 2, 1, 2]],
    ['conv(1, 3, padding: (1, 2, 3, 4))', 'padding', [1, 2, 3, 4]],
    ['conv(1, 3, padding: [1, 2, 3, 4])', 'padding', [1, 2, 3, 4]],
    ['conv(1, 4, padding: same)', 'padding', [1, 1, 2, 2]],
    ['conv(1, 3, 2)', 'stride', [2, 2]],
    ['max_pool(2)', 'stride', [2, 2]],
    ['max_pool(2, stride: 1)', 'stride', [1, 1]],
    ['conv(1, 3, bias: 1 < 2)', 'bias', true],
    ['conv(1, 3, mode: convolution)', 'mode', 'convolution'],
    ['leaky_relu', 'slope', 0.01],
    ['batch_norm(momentum: 1 / 4)', 'momentum', 0.25],
  ])('%s: %s is %j', (step, name, value) => {
    expect(attribute(step, name)).toEqual(value);
  });

  test.each([
    ['conv(1, kernel: (3, 3))', 'type/mismatch', '3x3'],
    ['conv(1, kernel: "3x3")', 'type/mismatch', '3x3'],
    ['conv(1, kernel: [3, 5])', 'type/mismatch', '3x5'],
    ['conv(1, 3, padding: "same")', 'type/mismatch', 'same'],
    ['conv(1, 3, padding: (1, 2))', 'type/mismatch', '1x2'],
    ['conv(1, 3, bias: 0)', 'type/mismatch', 'false'],
    ['conv(1, 3, mode: convolutoin)', 'name/unknown', 'did you mean `convolution`?'],
    ['conv((4, 4), 3)', 'type/mismatch', '4'],
    ['conv("4", 3)', 'type/mismatch', '4'],
    ['conv(1, kernel_size: 3)', 'argument/unknown', 'kernel: 3'],
    ['conv(1, kernal: 3)', 'argument/unknown', 'did you mean `kernel`?'],
  ])('%s is %s, and should be %s', (step, code, fix) => {
    const { diagnostics } = compile(body(step));
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    expect(diagnostics[0]!.fixes?.[0]?.message).toBe(fix);
    expect(diagnostics[0]!.fixes?.[0]?.edits).toHaveLength(1);
  });
});

describe('parameters', () => {
  const block = (parameters: string, use: string, call: string) =>
    `block b(${parameters}) { conv(${use}, kernel: 1) }\n${body(`b${call}`)}`;
  const channels = (...parts: Parameters<typeof block>) => outputShapes(networkOf(block(...parts)))[0]![0];

  test('are positional or named, with defaults that may use earlier ones', () => {
    expect(channels('a: int, c: int = a * 2', 'c', '(3)')).toBe(6);
    expect(channels('a: int, c: int = a * 2', 'a + c', '(c: 1, a: 3)')).toBe(4);
    expect(
      channels(
        'a: [(int, size)], s: string = "x", f: float = 2',
        '(a[0].0 if s == "x" and f / 4 == 0.5 else 1)',
        '([(7, 3)])',
      ),
    ).toBe(7);
  });

  test.each([
    ['a: int', 'a', '("3")', 'type/mismatch "\\"3\\""'],
    ['a: (int, int)', 'a.0', '(3)', 'type/mismatch "3"'],
    ['a: (int, int)', 'a.0', '((1, 2, 3))', 'type/mismatch "(1, 2, 3)"'],
    ['a: [int]', 'a[0]', '([1, 2.5])', 'type/mismatch "[1, 2.5]"'],
    ['a: int = "x"', 'a', '', 'type/mismatch "\\"x\\""'],
    ['a: int', 'a', '(1, 2)', 'argument/too-many "2"'],
    ['a: int', 'a', '', 'argument/missing "b"'],
    ['a: int = c, c: int = 1', 'a + c', '', 'name/unknown "c"'],
  ])('block b(%s), %s, b%s', (parameters, use, call, expected) => {
    expect(mistakes(block(parameters, use, call))).toEqual([expected]);
  });

  test('networks without all of them are declared, not built; an alias binds them', () => {
    const open = 'network Open(n: int) {\n input x: [1, 4, 4]\n conv(n, kernel: 1)\n}\n';
    const { networks, declared, diagnostics } = compile(`${open}network Two = Open(n: 2)\nnetwork Same = Two()\n`);
    expect(diagnostics).toEqual([]);
    expect(declared).toEqual([
      { name: 'Open', bound: false },
      { name: 'Two', bound: true },
      { name: 'Same', bound: true },
    ]);
    expect(networks.map(({ name }) => name)).toEqual(['Two', 'Same']);
    expect(mistakes(open, { network: 'Open' })).toEqual([expect.stringContaining('argument/missing')]);
    expect(outputShapes(networkOf(open, { network: 'Open', set: { n: '5' } }))).toEqual([[5, 4, 4]]);
  });

  test('can be set from outside, with expressions of the language', () => {
    const text =
      'const wide = 9\nnetwork A(arch: [(int, size)] = [(1, 3)], n: int = arch[0].0) {\n input x: [1, 9, 9]\n for (c, k) in arch { conv(c, kernel: k) }\n conv(n, kernel: 1)\n}\n';
    const given = (set: Record<string, string>) => compile(text, { set });
    expect(outputShapes(given({ arch: '[(4, 3), (wide, 1x2)]' }).networks[0]!)).toEqual([[4, 7, 6]]);
    for (const value of ['"a"', '[(1, ', '1 network B { }', '', 'nowhere', 'relu -> relu', '1\nconst b = 2']) {
      const { networks, diagnostics } = given({ n: value });
      expect([value, networks.length, diagnostics.some(({ severity }) => severity === 'error')]).toEqual([
        value,
        0,
        true,
      ]);
    }
    expect(compile(text, { set: { m: '3' } }).diagnostics.map(({ code }) => code)).toContain('argument/set');
    for (const number of ['9007199254740992', '-1e39', '[(99999999999999999999, 3)]'])
      expect(
        given({ n: number }).diagnostics.filter(({ severity }) => severity === 'error'),
        number,
      ).toMatchObject([
        {
          message: 'a number in the value set for `n` is too large',
          found: number,
          expected: 'whole numbers up to 2^53 − 1, others up to 3.4e38',
        },
      ]);
    expect(compile(text, { network: 'B' }).diagnostics.map(({ code }) => code)).toContain('name/unknown-network');
  });
});

describe('loops and conditions', () => {
  test('are unfolded when compiling', () => {
    const channels = (statements: string) =>
      built(statements).graph.nodes.map(({ attributes }) => attributes['channels']);
    expect(channels('repeat 3 as i { conv(i + 1, kernel: 1) }')).toEqual([1, 2, 3]);
    expect(channels('for (a, (c, d)) in [(1, (2, 3)), (4, (5, 6))] { conv(a + c + d, kernel: 1) }')).toEqual([6, 15]);
    expect(
      channels(
        'for i in 2..4 { if i == 2 { conv(20, kernel: 1) } else if i == 3 { conv(30, kernel: 1) } else { relu } }',
      ),
    ).toEqual([20, 30]);
    expect(channels('const n = 2 * 3\n conv(n, kernel: 1)')).toEqual([6]);
  });

  test('untaken branches still have their names checked', () => {
    expect(mistakes(body('relu\n if false { conv(5, kernal: 3) -> nothing }'))).toEqual([
      'argument/unknown "kernal"',
      'name/unknown-step "nothing"',
    ]);
  });
});
