// The formatter: what it writes, and that it neither changes the tree nor loses a comment nor changes its mind.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { format } from '../../grammar/format.ts';
import { lexAll } from '../../grammar/lex.ts';
import { parse } from '../../grammar/parse.ts';
import { printAst } from '../../grammar/print-ast.ts';
import { BlockComment, DocComment, LineComment } from '../../grammar/tokens.ts';
import { cnnBlocks } from './support.ts';

const folder = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8');
const textsIn = (path: string): (readonly [string, string])[] =>
  readdirSync(new URL(path, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.cnn'))
    .map((name) => [`${path}${name}`, read(`${path}${name}`)] as const);
const snippets = ['grammar/README.md', 'README.md', 'docs/command-line.md'].flatMap((path) =>
  cnnBlocks(read(path)).map(({ line, text }) => [`${path}:${line}`, text] as const),
);
const texts = [...textsIn('examples/'), ...textsIn('test/diagnostics/'), ...snippets].filter(
  ([path, text]) => parse({ path, text }).diagnostics.length === 0,
);

function formatted(text: string): string {
  const result = format({ path: 'a.cnn', text });
  if ('diagnostics' in result) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'));
  return result.text;
}

const comments = new Set([DocComment, LineComment, BlockComment]);
const tokensOf = (text: string) => lexAll({ path: 'a.cnn', text });
/** White space inside and the third slash aside. */
const commentsOf = (text: string): readonly string[] =>
  tokensOf(text)
    .filter(({ tokenType }) => comments.has(tokenType))
    .map(({ image }) =>
      image
        .replace(/^\/\/\/?/, '//')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .toSorted();
const treeOf = (text: string): string => printAst(parse({ path: 'a.cnn', text }).file);

function holdsItsPromises(text: string): void {
  const once = formatted(text);
  expect(formatted(once)).toBe(once);
  expect(treeOf(once)).toBe(treeOf(text));
  expect(commentsOf(once)).toEqual(commentsOf(text));
  expect(once).not.toMatch(/[ \t]\n|\n\n\n|^\n|\n\n$/);
}

test('there is something to format', () => expect(texts.length).toBeGreaterThan(40));
test.each(texts)('%s', (_, text) => holdsItsPromises(text));

test('any white space and comments between the tokens of these files', () => {
  const gaps = ['', '', '', ' ', '\n', '\r\n', '\n\n\n', '\t'];
  const remarks = [
    ' // a\n',
    '\n// b\n',
    ' /* c */ ',
    '\n/* d */\n',
    '\n/* e\n   f */\n',
    '\n/// g\n',
    ' /// h\n',
    '/* i */\n',
  ];
  const sources = texts.filter(([, text]) => text.length < 2500);
  const gap = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...gaps) },
    { weight: 1, arbitrary: fc.constantFrom(...remarks) },
  );
  fc.assert(
    fc.property(fc.constantFrom(...sources), fc.infiniteStream(gap), ([, text], stream) => {
      const mutated = tokensOf(text)
        .map(({ image, startOffset, startLine, tokenType }, index, all) => {
          const previous = all[index - 1];
          const written = previous ? text.slice(previous.endOffset! + 1, startOffset) : '';
          const next: string = stream.next().value;
          // A comment keeps its place, and what ends with its line is ended.
          const keeps = comments.has(tokenType) || (previous && comments.has(previous.tokenType));
          return (keeps && startLine !== undefined ? written : next || written) + image;
        })
        .join('');
      fc.pre(parse({ path: 'a.cnn', text: mutated }).diagnostics.length === 0);
      holdsItsPromises(mutated);
    }),
    { numRuns: 300 },
  );
});

const inside = (text: string): string => `network A {\n  input x: [1, 8, 8]\n${text}\n}\n`;

describe('a comment at every place of', () => {
  const remarks = ['/* a */', '// b\n', '\n// c\n', '\n/* d */', '/* e */\n', '/// f\n', '\n/// g\n', '/* h\n*/'];
  test.each([
    'network V ( a : int = 3 , b : [ int ] = [ 1 , 2 ] , ) { input e : [ 1 , 2 , ] { resize : 2x3 , mean : [ 1 , 2 ] , } conv ( 6 , kernel : 3 , ) -> relu : [ 6 , _ , _ ] output e { labels : [ "a" , "b" ] , } }',
    'network V { input e : [ 3 ] a , b = split ( 2 ) a -> add ( b -> relu , ) parallel concat { path conv ( 1 ) path x { relu } path { } } if a == ( 1 , ) { relu } else if c [ 1 ] .0 { relu } else { } }',
    'import { a as b , c , } from "x" const t : ( int , [ int ] ) = ( 1 , [ 1 / 255 , - 2 , ] ) train V { loss : x , optimizer : sgd ( learning_rate : 0.9 , ) , augment : a ( 1 ) -> b } expect V { macs <= 8k output == [ 10 ] }',
    'block f ( n : block = group_norm ( 32 ) ) { input\tx input xs[ ] a - b -> abs learned\tg : [ x.channels , 1 ] = 1e-6 share\tt = conv( 8 ) -> relu repeat 3 as i collect ys { relu } for z in ys collect zs { ( z -> t ) * z.0 + xs[ - 1 ] / 2 -> relu : [ 8 ] } }',
    'block f { 2 * x.size - ( a -> b : [ 3 ] , ) + c( ( parallel add { path a path 1 - b } ) * d , e.features ) }',
    'block b ( c : ( int , int ) ) { for ( a , b ) in [ ( 1 , 2 ) , ] { conv ( a if b else c ) } repeat 2 as i { relu } const k = not a and b or c .. d }',
  ])('%s', (text) => {
    const words = text.split(' ');
    const broken = words.flatMap((_, at) =>
      remarks
        .map((remark) => [...words.slice(0, at), remark, ...words.slice(at)].join(' '))
        .filter((commented) => {
          try {
            holdsItsPromises(commented);
            return false;
          } catch {
            return true;
          }
        }),
    );
    expect(broken).toEqual([]);
  });
});

describe('layout', () => {
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    spaces: [
      'network A(n:int=3){input x:[1,8,8]{scale:1 / 255,crop:8}relu->dense( n*2-1 )}',
      'network A(n: int = 3) { input x: [1, 8, 8] { scale: 1/255  crop: 8 }  relu -> dense(n * 2 - 1) }\n',
    ],
    'unary operators, ranges, indices': [
      inside('for i in 0 .. len( a ) { conv(- a [i] .0+ - 1, kernel: (not b)) }'),
      inside('  for i in 0..len(a) { conv(-a[i].0 + -1, kernel: (not b)) }'),
    ],
    'blank lines': [inside('\n\n  relu\n\n\n\n  tanh\n\n'), inside('\n  relu\n\n  tanh')],
    'shapes and comments of neighbouring lines': [
      inside('  conv(6, kernel: 5) -> relu : [6, 4, 4] // one\n  flatten: [96]\n  dense(10) // two'),
      inside(
        '  conv(6, kernel: 5) -> relu : [6, 4, 4]  // one\n  flatten                    : [96]\n  dense(10)                              // two',
      )
        .replace(/ +\/\/ one/, '  // one')
        .replace(/dense\(10\) +\/\/ two/, `dense(10)${' '.repeat(31)}// two`),
    ],
    'a long chain': [
      inside(`  a = ${Array(5).fill('conv(128, kernel: 3, padding: 1)').join(' -> ')} : [128, _, _] // end`),
      inside(`  a = ${Array(5).fill('conv(128, kernel: 3, padding: 1)').join('\n    -> ')} : [128, _, _]  // end`),
    ],
    'long arguments': [
      inside(`  conv(${'1 + '.repeat(20)}1, kernel: ${'1 + '.repeat(10)}1, padding: 1)`),
      inside(`  conv(\n    ${'1 + '.repeat(20)}1,\n    kernel: ${'1 + '.repeat(10)}1,\n    padding: 1\n  )`),
    ],
    'a list that was written in lines, and one that is too long': [
      `const a = [\n[1,2], [3,4],]\nconst b = [${Array(60).fill('1').join(',')}]\n`,
      `const a = [\n  [1, 2],\n  [3, 4]\n]\nconst b = [\n  ${Array(33).fill('1').join(', ')},\n  ${Array(27).fill('1').join(', ')}\n]\n`,
    ],
    'a tuple of one': ['const a = (1 ,)\nconst b = (1, 2, )\n', 'const a = (1,)\nconst b = (1, 2)\n'],
    'branches alike': [
      inside('  if a { relu } else if b {\n tanh } else { }'),
      inside('  if a {\n    relu\n  } else if b {\n    tanh\n  } else {}'),
    ],
    'comments around arrows and arguments': [
      inside('  conv(6, // channels\n    kernel: 3) // first\n    // then\n    -> relu -> // last\n    tanh'),
      inside(
        '  conv(\n    6,  // channels\n    kernel: 3\n  )  // first\n    // then\n    -> relu  // last\n    -> tanh',
      ),
    ],
    'a comment where none can stay': [inside('  a = // why\n    relu'), inside('  // why\n  a = relu')],
    'a doc comment that documents nothing': [
      '/// A.\nconst a = /// not of a\n  3\n',
      '// not of a\n/// A.\nconst a = 3\n',
    ],
    'comments alone': ['// a\n\n\n\n// b', '// a\n\n// b\n'],
    'a chain with paths': [
      inside('  conv(6, kernel: 1) -> parallel add { path relu\n path {\n relu } } -> tanh'),
      inside('  conv(6, kernel: 1) -> parallel add {\n    path relu\n    path {\n      relu\n    }\n  } -> tanh'),
    ],
    'a part of a number, which does not become one': ['const a = [[0 .1], 3x3 .0]\n', 'const a = [[0 .1], 3x3 .0]\n'],
    'a comment behind the last comma': ['const a = [1, /**/]\n', 'const a = [1 /**/]\n'],
    'a comment behind the last comma of settings': [
      'train A { epochs: 3, /* a */\n  optimizer: sgd(0.1), /* b */ }\n',
      'train A { epochs: 3 /* a */  optimizer: sgd(0.1) /* b */ }\n',
    ],
    'a comment between settings, which stays with the one that it stood behind or before': [
      'train A { epochs: 3, /* a */ batch: 8,\n /* b */ seed: 1 }\n',
      'train A {\n  epochs: 3 /* a */\n  batch: 8\n  /* b */ seed: 1\n}\n',
    ],
    'a comment at the beginning of a line': [inside('  relu\n  /* a */ tanh'), inside('  relu\n  /* a */ tanh')],
    'a doc comment behind the comma of a tuple of one': [
      'const a = (1, /// not of a\n)\n',
      'const a = (\n  1  /// not of a\n,)\n',
    ],
    'separators of lines that end none': ['/// a\u2028b \u2028c\nconst a = 3\n', '/// a\u2028b \u2028c\nconst a = 3\n'],
    'operations and properties': [
      inside('  y=2*x .channels+( relu->norm )/xs[ -1 ]-c .0\n  a-b->abs\n  add(x. size,(a->b)*c)'),
      inside('  y = 2 * x.channels + (relu -> norm) / xs[-1] - c.0\n  a - b -> abs\n  add(x.size, (a -> b) * c)'),
    ],
    'share, learned, collect, lists of inputs': [
      'block f{input x  input xs [ ]\n share t=conv(8)->relu\nlearned g:[x . channels,1]=1e-6\nrepeat 3 as i collect ys{relu}}',
      'block f {\n  input x\n  input xs[]\n  share t = conv(8) -> relu\n  learned g: [x.channels, 1] = 1e-6\n  repeat 3 as i collect ys { relu }\n}\n',
    ],
    'a sum that is too long for a line': [
      inside(`  y = ${Array(3).fill('(conv(128, kernel: 3, padding: 1) -> relu)').join('+')} -> tanh`),
      inside(`  y = ${Array(3).fill('(conv(128, kernel: 3, padding: 1) -> relu)').join('\n    + ')}\n    -> tanh`),
    ],
    'signs in a sum that is too long for a line': [
      inside(`  y = -${Array(3).fill('(conv(128, kernel: 3, padding: 1) -> relu)').join('- -')}`),
      inside(`  y = -${Array(3).fill('(conv(128, kernel: 3, padding: 1) -> relu)').join('\n    - -')}`),
    ],
    'a product that is too long for a line': [
      inside(`  x * (${Array(3).fill('conv(128, kernel: 3, padding: 1)').join('->')})`),
      inside(`  x * (\n    ${Array(3).fill('conv(128, kernel: 3, padding: 1)').join('\n      -> ')}\n  )`),
    ],
    'steps that are called share and learned, which must not come before a name on their line': [
      'block f { share\n  t = relu\n  a -> learned\n  w : [3] }',
      'block f {\n  share\n  t = relu\n  a -> learned\n  w : [3]\n}\n',
    ],
    'an operator at the beginning of a line': [
      inside('  y = x\n    + relu\n    * tanh'),
      inside('  y = x + relu * tanh'),
    ],
    'statements that begin with a number or a parenthesis': [
      'block f { 1 - x\n  2 * x\n y : [3]\n (x + y) -> relu }',
      'block f {\n  1 - x\n  2 * x\n  y : [3]\n  (x + y) -> relu\n}\n',
    ],
    nothing: ['\n\n', ''],
  };
  test.each(Object.entries(cases))('%s', (_, [text, expected]) => expect(formatted(text)).toBe(expected));
});

test('a file with syntax errors is refused', () => {
  const result = format({ path: 'a.cnn', text: 'network A {' });
  expect('diagnostics' in result && result.diagnostics.map(({ code }) => code)).toEqual(['syntax/unclosed-block']);
});
