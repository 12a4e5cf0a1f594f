// Imports and limits: what files may reach, and what is refused before anything is built.

import { describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { resolvePath } from '../../compiler/frontend/names/project.ts';
import { operators } from '../../compiler/ops/index.ts';
import { body, compile, mistakes, networkOf, nodeNames, outputShapes } from './support.ts';

describe('imports', () => {
  const files = {
    'lib/heads.cnn':
      'import { width } from "../sizes.cnn"\nblock head { conv(width, kernel: 1) -> tail }\nblock tail { relu }\nnetwork Net { input x: [1, 4, 4]\n head }\n',
    'sizes.cnn': 'const width = 3 * 2\n',
  };

  test('blocks, constants and networks come with what they need', () => {
    const text = `import { head as classifier } from "./lib/heads.cnn"\nimport { width } from "./sizes.cnn"\n${body('classifier -> conv(width + 1, kernel: 1)')}`;
    const network = networkOf(text, { files });
    expect(nodeNames(network)).toEqual(['classifier1.conv1', 'classifier1.tail1.relu1', 'conv1']);
    expect(outputShapes(network)).toEqual([[7, 16, 16]]);
  });

  test('an alias may stand for an imported network; imported networks are not the file’s own', () => {
    const { declared, networks, diagnostics } = compile(
      'import { Net } from "./lib/heads.cnn"\nnetwork Mine = Net()\n',
      { files },
    );
    expect(diagnostics).toEqual([]);
    expect(declared.map(({ name }) => name)).toEqual(['Mine']);
    expect(outputShapes(networks[0]!)).toEqual([[6, 4, 4]]);
  });

  test('a file that links give two paths is one file, beside which its imports lie', () => {
    const reads: string[] = [];
    const texts = new Map(Object.entries({ ...files, 'lib/circle.cnn': 'import { a } from "./l/circle.cnn"\n' }));
    const read = (path: string): string | undefined => {
      reads.push(path);
      return texts.get(path);
    };
    const real = (path: string): string =>
      path.replace('heads.link.cnn', 'lib/heads.cnn').replace('lib/l/circle.cnn', 'lib/circle.cnn');
    const codes = (text: string) =>
      frontend({ path: 'a.cnn', text }, { operators, read, real }).diagnostics.map(({ code }) => code);
    const text = `import { head } from "./lib/heads.cnn"\nimport { head as other } from "./heads.link.cnn"\n`;
    expect(codes(`${text}${body('head -> other')}`)).toEqual([]);
    expect(reads).toEqual(['lib/heads.cnn', 'sizes.cnn']);
    expect(codes(`import { a } from "./lib/l/circle.cnn"\n${body('a')}`)[0]).toBe('import/cycle');
  });

  test('names that are imported cannot be imported on', () => {
    const text = `import { width } from "./lib/heads.cnn"\n${body('conv(width, kernel: 1)')}`;
    expect(mistakes(text, { files })).toEqual(['import/unknown-name "width"']);
  });

  test('missing names and files, with the nearest name', () => {
    const { diagnostics } = compile(`import { haed } from "./lib/heads.cnn"\n${body('haed')}`, { files });
    expect(diagnostics.map(({ code }) => code)).toEqual(['import/unknown-name']);
    expect(diagnostics[0]!.fixes![0]!.message).toBe('did you mean `head`?');
    expect(mistakes(`import { a } from "./none.cnn"\n${body('a')}`, { files })).toEqual([
      'import/not-found "\\"./none.cnn\\""',
    ]);
  });

  test('cycles are refused with the chain', () => {
    const circle = {
      'a.cnn': 'import { b } from "./b.cnn"\nblock a { b }\n',
      'b.cnn': 'import { a } from "./a.cnn"\nblock b { a }\n',
    };
    const { diagnostics } = compile(`import { a } from "./a.cnn"\n${body('a')}`, { files: circle });
    expect(diagnostics.map(({ code }) => code)).toEqual(['import/cycle']);
    expect(diagnostics[0]!.found).toBe('a.cnn → b.cnn → a.cnn');
    expect(mistakes(`import { a } from "./main.cnn"\n${body('a')}`)).toEqual(['import/cycle "\\"./main.cnn\\""']);
  });

  test('paths are relative and stay inside the root', () => {
    expect(resolvePath('nets/main.cnn', './a.cnn')).toBe('nets/a.cnn');
    expect(resolvePath('nets/deep/main.cnn', '../../a/./b//c.cnn')).toBe('a/b/c.cnn');
    expect(resolvePath('nets/main.cnn', '../nets/a.cnn')).toBe('nets/a.cnn');
    const outside = [
      '../../a.cnn',
      '/etc/passwd',
      'a.cnn',
      'https://a/b.cnn',
      './a\\..\\b.cnn',
      'C:/a.cnn',
      './a/../../../b',
      './a\0.cnn',
      '',
    ];
    for (const path of outside) expect([path, resolvePath('nets/main.cnn', path)]).toEqual([path, undefined]);
    expect(resolvePath('../main.cnn', '../a.cnn')).toBe(undefined);
  });

  test('nothing outside the root is read', () => {
    const read: string[] = [];
    const paths = ['../a.cnn', './x/../../a.cnn', '/a.cnn', './a.cnn'];
    for (const path of paths) {
      compile(`import { a } from "${path}"\n${body('a')}`, {
        files: new Proxy({}, { has: () => true, getOwnPropertyDescriptor: (_, name) => void read.push(String(name)) }),
      });
    }
    expect(read).toEqual(['a.cnn']);
  });

  test('a file that does not parse is reported, not what it leaves unknown', () => {
    const text = `import { head } from "./h.cnn"\n${body('head\n dense(3)')}`;
    const codes = mistakes(text, { files: { 'h.cnn': 'block head { conv(3, kernel: }\n' } });
    expect(codes.length).toBeGreaterThan(0);
    for (const code of codes) expect(code).toMatch(/^syntax\//);
  });
});

describe('limits', () => {
  const tens = Array.from(
    { length: 12 },
    (_, level) => `block b${level} { repeat 10 { ${level === 0 ? 'relu' : `b${level - 1}`} } }\n`,
  ).join('');
  const shared = Array.from(
    { length: 20 },
    (_, level) =>
      `const c${level} = [${Array(10)
        .fill(level === 0 ? '1' : `c${level - 1}`)
        .join(', ')}]\n`,
  ).join('');
  const deepType = '['.repeat(20) + 'int' + ']'.repeat(20);
  test.each([
    ['a count', body('repeat 1_000_000_000 { conv(1, kernel: 3) }'), 'limit/expansion'],
    ['an empty loop', body('repeat 1_000_000_000 { }\n relu'), 'limit/expansion'],
    ['a range', body('for _i in 0..1_000_000_000 { }\n relu'), 'limit/expansion'],
    ['a range that only has its length taken', body('conv(len(0..1_000_000_000), kernel: 1)'), 'limit/expansion'],
    ['ranges in a loop', body('repeat 90_000 { if len(0..90_000) == 3 { relu } }\n relu'), 'limit/expansion'],
    ['loops in loops', body('repeat 1000 { repeat 1000 { relu } }'), 'limit/expansion'],
    ['blocks that multiply', `${tens}${body('b11')}`, 'limit/expansion'],
    [
      'paths that multiply',
      `${Array.from({ length: 20 }, (_, level) => `block p${level} { parallel add {\n${`path ${level === 0 ? 'relu' : `p${level - 1}`}\n`.repeat(4)}} }\n`).join('')}${body('p19')}`,
      'limit/expansion',
    ],
    ['comparing them', `${shared}${body('if c19 == c19 { relu }\n tanh')}`, 'limit/work'],
    [
      'names that grow with their paths',
      `${Array.from({ length: 40 }, (_, level) => `block ${'b'.repeat(120)}${level} { ${level === 0 ? 'relu' : `${'b'.repeat(120)}${level - 1}`} }\n`).join('')}${body(`${'b'.repeat(120)}39`)}`,
      'limit/names',
    ],
    [
      'many names of some length',
      `${Array.from({ length: 20 }, (_, level) => `block ${'b'.repeat(100)}${level} { ${level === 0 ? 'repeat 10 { relu }' : `${'b'.repeat(100)}${level - 1}`} }\n`).join('')}${body(`repeat 2000 { ${'b'.repeat(100)}19 }`)}`,
      'limit/names',
    ],
    [
      'constants that lead to each other',
      `${Array.from({ length: 10_000 }, (_, at) => `const c${at} = c${at + 1}\n`).join('')}const c10000 = 1\n${body('conv(c0, kernel: 1)')}`,
      'limit/depth',
    ],
    [
      'comparing lists in lists in lists',
      body(
        `${Array.from({ length: 2000 }, (_, at) => `const a${at} = [${at === 0 ? '1' : `a${at - 1}`}]\nconst b${at} = [${at === 0 ? '1' : `b${at - 1}`}]\n`).join('')}if a1999 == b1999 { relu }\n tanh`,
      ),
      'limit/depth',
    ],
    ['a tensor of 10^12 elements', body('conv(1000, kernel: 1) -> upsample(2000)'), 'limit/elements'],
    ['an input of 10^12 elements', 'network A {\n input x: [1, 1_000_000, 1_000_000]\n relu\n}', 'limit/elements'],
    ['weights of 10^12 elements', 'network A {\n input x: [1_000_000]\n dense(1_000_000)\n}', 'limit/elements'],
  ])('%s', (_, text, code) => {
    const start = performance.now();
    const { networks, diagnostics } = compile(text);
    expect(diagnostics.filter(({ severity }) => severity === 'error').map((one) => [one.code, one.limit])).toEqual([
      [code, true],
    ]);
    expect(networks).toEqual([]);
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  test('lists that share are converted once', () => {
    const text = `${shared}block q(a: ${deepType}) { conv(len(a), kernel: 1) }\n${body('q(c19)')}`;
    const start = performance.now();
    expect(mistakes(text)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('files that are imported have a total length, also where one file has two paths', () => {
    const source = `import { z0 } from "./l/f.cnn"\n${Array.from({ length: 12_000 }, (_, at) => `const z${at} = 1\n`).join('')}`;
    let reads = 0;
    const read = (): string => {
      reads += 1;
      return source;
    };
    const { diagnostics } = frontend({ path: 'f.cnn', text: source }, { operators, read });
    expect(diagnostics.map(({ code }) => code)).toContain('limit/imports');
    expect(reads).toBeLessThan(5);
  });

  test('10,000 blocks that call each other in a row', () => {
    const text = Array.from(
      { length: 10_000 },
      (_, level) => `block b${level} { ${level === 0 ? 'relu' : `b${level - 1}`} }\n`,
    ).join('');
    expect(mistakes(`${text}${body('b9999')}`)).toEqual([expect.stringContaining('limit/depth')]);
  });

  test('what stays below is built', () => {
    expect(networkOf(body('repeat 1000 { relu }')).graph.nodes).toHaveLength(1000);
  });
});
