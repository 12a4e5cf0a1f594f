// What is said under the pointer. Shapes, parameters and MACs are those of LeNet in Dive into Deep Learning, section 7.6: 156
// parameters are 6·(1·5·5 + 1), and 117,600 MACs 6·25 at each of 28·28 places.

import { expect, test } from 'vitest';
import { hover } from '../../src/ide/hover.ts';
import { atCaret, lenet } from './support.ts';

const hoverAt = (marked: string): string => {
  const { analysis, offset } = atCaret(marked);
  return hover(analysis, offset)?.markdown ?? '';
};

test('a step: shapes with their arithmetic, costs, what it sees, and its attributes', () => {
  expect(hoverAt(lenet().replace('conv', 'co|nv')).split('\n\n')).toEqual([
    '**conv 5×5** `conv1`',
    '`[1, 28, 28]` → `[6, 28, 28]`',
    '28 + 2·2 − 5 + 1 = 28',
    '156 parameters · 117,600 MACs · sees 5×5 pixels of the input',
    'Slides windows of learned weights over the image, one for each output channel.',
    [
      ...['- `channels`: `6`', '- `kernel`: `5`', '- `stride`: `1` (default)', '- `padding`: `2`'],
      ...['- `dilation`: `1` (default)', '- `groups`: `1` (default)', '- `bias`: `true` (default)'],
      '- `mode`: `cross_correlation` (default)',
    ].join('\n'),
  ]);
});

test('a step before a mistake in its line', () => {
  expect(hoverAt(lenet('co|nv(16, kernel: 5) -> sigmoid ->'))).toContain('`[6, 14, 14]` → `[16, 10, 10]`');
});

test('a step behind a mistake', () => {
  expect(hoverAt(lenet('nothing -> co|nv(16, kernel: 5)'))).toContain('Its shape is not known');
});

test('an attribute: what it means, and its value here', () => {
  const text = hoverAt(lenet('conv(16, ker|nel: 5)'));
  expect(text).toContain('`kernel: size`');
  expect(text).toContain('Here: `5`');
});

const stage = `/// Two layers of a *stage*, see https://example.org/a.
block stage(width: int, kernel: int = 3) {
  conv(width, kernel: kernel, padding: 1) -> relu
}

`;

test('a block: signature, comment, and shapes at its calls', () => {
  const text = hoverAt((stage + lenet('stage(8)', 'stage(16)')).replace('block stage', 'block st|age'));
  expect(text.split('\n\n')).toEqual([
    '**block** `stage(width: int, kernel: int = 3)`',
    String.raw`Two layers of a \*stage\*, see https&#58;//example.org/a.`,
    [
      // 8·(6·9 + 1) and 16·(8·9 + 1) parameters; 8·6·9 and 16·8·9 MACs at 14·14 places.
      '- `[6, 14, 14]` → `[8, 14, 14]` · 440 parameters · 84,672 MACs · `width: 8, kernel: 3`',
      '- `[8, 14, 14]` → `[16, 14, 14]` · 1,168 parameters · 225,792 MACs · `width: 16, kernel: 3`',
    ].join('\n'),
  ]);
});

test('a call of a block: the shapes at this call', () => {
  const text = hoverAt(stage + lenet('stage(8)', 'st|age(16)'));
  expect(text).toContain('`[8, 14, 14]` → `[16, 14, 14]`');
  expect(text).not.toContain('`[6, 14, 14]`');
});

test('a step of a block: at each call, equal ones together, of many a handful', () => {
  const inside = stage.replace('re|lu', 'relu').replace('conv', 'co|nv');
  expect(hoverAt(inside + lenet('stage(6)', 'stage(6)'))).toContain('`[6, 14, 14]` → `[6, 14, 14]`');
  expect(hoverAt(inside + lenet('stage(6)', 'stage(6)'))).toContain('(2 times)');
  const many = Array.from({ length: 9 }, (_, at) => `stage(${at + 7})`);
  expect(hoverAt(inside + lenet(...many))).toContain('- and 4 more');
});

test('a block that no network calls', () => {
  expect(hoverAt(stage.replace('conv', 'co|nv') + lenet())).toContain('No network of this file calls `stage`');
});

test('a parameter: its type, default and values', () => {
  const text = hoverAt(stage.replace('(width', '(wi|dth') + lenet('stage(8)', 'stage(16)'));
  expect(text.split('\n\n')).toEqual(['**parameter** `width: int`', 'Values: `8`, `16`']);
});

test('a network: its parameters, shapes and costs', () => {
  const text = hoverAt(lenet('flatten -> dense(10)').replace('Net', 'N|et'));
  // 156 and 10·(6·14·14 + 1) parameters
  expect(text).toContain('11,926 parameters');
  expect(text).toContain('`image` `[1, 28, 28]` → `output` `[10]`');
});

test('a value, an input, a constant and a loop variable', () => {
  expect(hoverAt(lenet('features = conv(16, kernel: 5)', 'feat|ures -> relu'))).toContain('`[16, 10, 10]`');
  expect(hoverAt(lenet().replace('image', 'im|age'))).toContain('`[1, 28, 28]`');
  expect(hoverAt(`const width = 2 * 8\n${lenet('conv(wi|dth, kernel: 5)')}`)).toContain('Value: `16`');
  expect(hoverAt(lenet('repeat 2 as i { conv(6 + |i, kernel: 1) }'))).toContain('Values: `0`, `1`');
});

test('one of several results', () => {
  const split = 'a, b = split(parts: 2)';
  expect(hoverAt(lenet(split, '|b -> relu'))).toContain('`[3, 14, 14]`');
});

test('a step of another framework, and nothing at all', () => {
  expect(hoverAt(lenet('ReL|U'))).toBe('');
  expect(hoverAt(lenet('relu -|> tanh'))).toBe('');
});

test.each([
  ['input image: [1, 28, 28] { sc|ale: 1/255 }\n  conv(2, kernel: 3)', 'Factor of every pixel'],
  ['input image: [1, 28, 28]\n  conv(2, kernel: 3, padding: sa|me)', 'keeps height and width'],
  ['input image: [1, 28, 28]\n  conv(m|ax(2, 3), kernel: 3)', 'The largest'],
])('a word of the language in %s', (body, said) => {
  expect(hoverAt(`network Net {\n  ${body}\n}`)).toContain(said);
});

test('a setting of a training, and its choice', () => {
  const train = (setting: string): string => `${lenet()}train Net { ${setting} }`;
  expect(hoverAt(train('bat|ch: 8'))).toContain('Images per step.');
  expect(hoverAt(train('optimizer: s|gd(learning_rate: 1)'))).toContain('momentum: float = 0');
  expect(hoverAt(train('optimizer: sgd(learning_r|ate: 1)'))).toContain('Size of a step.');
});

test('comments become neither links nor pictures nor markup', () => {
  const hostile = `/// ![x](http://a.b/c.png) [y](command:z) <img src=x onerror=alert(1)> www.a.b me@a.b \`\`<b>\`\`\n`;
  const [, text] = hoverAt(`${hostile}${lenet().replace('Net', 'N|et')}`).split('\n\n');
  expect(text).toContain('onerror');
  expect(text).not.toMatch(/(?<!\\)[![<]/);
  expect(text).not.toMatch(/http:\/\/|www\.|me@/);
});
