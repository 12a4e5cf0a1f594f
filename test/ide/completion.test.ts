// Completion where each kind of thing is due; what the language's reference allows there is expected, and what it excludes is not.

import { describe, expect, test } from 'vitest';
import { analyse } from '../../src/ide/analysis.ts';
import { itemsAt, labelsAt, taken } from './at-caret.ts';

const first = (labels: readonly string[], count = 10): readonly string[] => labels.slice(0, count);
const body = (text: string): string => `network Net(classes: int = 10) {\n  input image: [1, 28, 28]\n  ${text}\n}\n`;

describe('steps', () => {
  test('are operators, blocks of the file, and keywords; the usual ones first', () => {
    const labels = labelsAt(`block unit(channels: int) { conv(channels, kernel: 3) }\n${body('▮')}`);
    expect(first(labels)).toEqual(expect.arrayContaining(['conv', 'unit']));
    expect(labels).toEqual(
      expect.arrayContaining(['dense', 'parallel', 'repeat', 'if', 'for', 'share', 'learned', 'const']),
    );
  });

  test('behind an arrow are no keywords of statements, and no values', () => {
    const labels = labelsAt(body('stem = conv(8, kernel: 3)\n  conv(8, kernel: 3) -> ▮'));
    expect(first(labels)).toEqual(expect.arrayContaining(['relu', 'batch_norm']));
    expect(labels).toContain('parallel');
    for (const word of ['repeat', 'for', 'if', 'output', 'stem']) expect(labels).not.toContain(word);
  });

  test('are steps of their own behind `share`, and those that a parameter stands for', () => {
    expect(labelsAt(body('share tower = flatten -> dense(4)\n  image -> ▮'))).toContain('tower');
    expect(labelsAt('block unit(act: block = relu) { conv(8, kernel: 3) -> ▮ }')).toContain('act');
  });

  test('bring what they must be given, as a snippet', () => {
    const conv = itemsAt(body('▮')).find(({ label }) => label === 'conv');
    expect(conv).toMatchObject({ kind: 'operator', snippet: true, insert: 'conv(${1:64}, kernel: ${2:3})$0' });
    expect(conv!.detail).toContain('conv(channels: int, kernel: size, stride: size = 1');
    expect(itemsAt(body('▮')).find(({ label }) => label === 'relu')).toMatchObject({ insert: 'relu' });
  });

  test('do not write parentheses that stand there already', () => {
    expect(taken(body('con▮(8, kernel: 3)'), 'conv')).toBe(body('conv(8, kernel: 3)'));
  });

  test('replace the whole word at the caret', () => {
    expect(taken(body('max▮_po'), 'max_pool')).toBe(body('max_pool(3)'));
    expect(first(labelsAt(body('gap▮')), 1)).toEqual(['global_avg_pool']);
  });

  test('which the shape excludes come last, and those that need no argument show what comes of them', () => {
    const labels = labelsAt(body('▮'));
    expect(labels.indexOf('to_image')).toBeGreaterThan(labels.indexOf('squeeze_excite'));
    const flat = labelsAt(body('flatten\n  ▮'));
    expect(flat.indexOf('dense')).toBeLessThan(10);
    expect(flat.indexOf('max_pool')).toBeGreaterThan(flat.indexOf('tanh'));
    expect(itemsAt(body('▮')).find(({ label }) => label === 'flatten')?.detail).toBe('flatten → [784]');
    expect(itemsAt(body('▮')).find(({ label }) => label === 'global_avg_pool')?.detail).toBe(
      'global_avg_pool → [1, 1, 1]',
    );
    expect(itemsAt(body('▮')).find(({ label }) => label === 'relu')?.detail).toBe('relu');
  });

  test('of the library come with their import', () => {
    const text = body('squeeze▮');
    expect(taken(text, 'squeeze_excite')).toMatch(/^import \{ squeeze_excite \} from "cnnc:blocks"\n\nnetwork Net/);
    const imported = `import { conv_norm } from "cnnc:blocks"\n${text}`;
    expect(taken(imported, 'squeeze_excite')).toMatch(/^import \{ conv_norm, squeeze_excite \} from "cnnc:blocks"\n/);
    expect(analyse({ path: 'net.cnn', text: taken(imported, 'squeeze_excite') }).file.imports[0]!.names).toHaveLength(
      2,
    );
  });

  test('of an imported file have its signatures', () => {
    const read = (path: string): string | undefined =>
      path === 'blocks.cnn' ? '/// Twice.\nblock twice(width: int, deep: bool = false) { dense(width) }' : undefined;
    const item = itemsAt(`import { twice as double } from "./blocks.cnn"\n${body('dou▮')}`, read)[0];
    expect(item).toMatchObject({ label: 'double', kind: 'block', markdown: 'Twice.' });
    expect(item!.detail).toBe('double(width: int, deep: bool = false)');
  });

  test('a block does not call itself', () => {
    expect(labelsAt('block unit { ▮ }\nblock other { relu }')).not.toContain('unit');
    expect(labelsAt('block unit { ▮ }\nblock other { relu }')).toContain('other');
  });
});

describe('values', () => {
  test('begin a chain, the last ones first', () => {
    const labels = labelsAt(body('stem = conv(8, kernel: 3)\n  side = relu\n  ▮'));
    expect(labels.indexOf('side')).toBeGreaterThanOrEqual(0);
    expect(labels.indexOf('side')).toBeLessThan(labels.indexOf('stem'));
  });

  test('are given to joins', () => {
    expect(first(labelsAt(body('stem = conv(8, kernel: 3)\n  relu -> add(▮')))).toContain('stem');
  });

  test('are given to what joins along an axis, before the words of axes', () => {
    const skip = 'skip = conv(8, kernel: 3, padding: 1)\n  relu -> concat';
    expect(first(labelsAt(body(`${skip}(▮`)), 2)).toEqual(['skip', 'image']);
    expect(labelsAt(body(`${skip}(s▮`))[0]).toBe('skip');
    expect(labelsAt(body(`${skip}(image, ▮`))).toContain('skip');
    expect(labelsAt(body(`${skip}(▮`))).toContain('height');
    expect(first(labelsAt(body(`${skip}(along: ▮`)), 3)).toContain('height');
    expect(labelsAt(body(`${skip}(along: ▮`))).not.toContain('skip');
  });

  test('are seen in their braces only', () => {
    const text = 'block one(width: int) { inner = dense(width) }\nblock two(height: int) { conv(▮ }';
    expect(labelsAt(text)).toContain('height');
    expect(labelsAt(text)).not.toContain('width');
    expect(labelsAt(text)).not.toContain('inner');
  });

  test('of a loop are its variables', () => {
    expect(first(labelsAt(body('for (width, last) in [(8, true)] { conv(▮ }')))).toContain('width');
    expect(first(labelsAt(body('repeat 2 as step { conv(8, kernel: ▮ }')))).toContain('step');
    expect(labelsAt(body('for i in 0..2 collect maps { relu }\n  ▮'))).toContain('maps');
  });

  test('have properties', () => {
    expect(labelsAt('block unit { input x\n conv(x.▮ }')).toEqual([
      'channels',
      'height',
      'width',
      'length',
      'features',
      'size',
    ]);
  });

  test('are what an output names', () => {
    expect(first(labelsAt(body('logits = dense(10)\n  output ▮')), 1)).toEqual(['logits']);
  });
});

describe('arguments', () => {
  test('are those that are not given yet', () => {
    const labels = labelsAt(body('conv(8, kernel: 3, ▮)'));
    expect(first(labels)).toEqual(expect.arrayContaining(['stride', 'padding', 'bias']));
    expect(labels).not.toContain('kernel');
    expect(labels).not.toContain('channels');
  });

  test('show type and default, and write what differs from it', () => {
    const bias = itemsAt(body('conv(8, kernel: 3, ▮)')).find(({ label }) => label === 'bias');
    expect(bias).toMatchObject({ kind: 'attribute', insert: 'bias: ${1:false}', snippet: true });
    expect(bias!.detail).toBe('bias: bool = true');
  });

  test('of a block are its parameters', () => {
    const labels = labelsAt(`block unit(channels: int, slope: float = 0.1) { relu }\n${body('unit(8, ▮')}`);
    expect(first(labels, 3)).toContain('slope');
  });

  test('of an alias are the parameters of its network', () => {
    expect(first(labelsAt(`${body('dense(classes)')}network Large = Net(▮`))).toContain('classes');
  });

  test('of a parameter that is a step are steps', () => {
    const labels = labelsAt(`block unit(act: block = relu) { act }\n${body('unit(act: ▮')}`);
    expect(first(labels)).toContain('relu');
    expect(labels).not.toContain('true');
  });
});

describe('values of attributes', () => {
  test('are words where the attribute has words', () => {
    expect(labelsAt(body('upsample(2, mode: ▮'))).toEqual(['nearest', 'bilinear']);
    expect(first(labelsAt(body('conv(8, kernel: 3, padding: ▮')))).toContain('same');
  });

  test('are booleans, the one that is not the default first', () => {
    expect(first(labelsAt(body('conv(8, kernel: 3, bias: ▮')), 1)).toEqual(['false']);
    expect(first(labelsAt(body('max_pool(2, ceil: ▮')), 1)).toEqual(['true']);
  });

  test('are windows that fit into the map', () => {
    expect(labelsAt(body('conv(8, kernel: ▮3)'))).toContain('11');
    const small = labelsAt(body('max_pool(4) -> conv(8, kernel: ▮3)'));
    expect(small).toContain('7');
    expect(small).not.toContain('11');
  });

  test('are windows of poolings that divide the map before those that leave a rest', () => {
    const labels = labelsAt(body('conv(8, kernel: 4) -> max_pool(▮3)'));
    expect(labels.indexOf('5')).toBeLessThan(labels.indexOf('3'));
  });

  test('are groups that divide the channels', () => {
    const labels = labelsAt(body('conv(6, kernel: 3) -> channel_shuffle(▮2)'));
    expect(labels).toContain('2');
    for (const wrong of ['4', '8', '32']) expect(labels).not.toContain(wrong);
  });

  test('are shares within the bounds of the attribute', () => {
    const labels = labelsAt(body('dropout(▮'));
    expect(first(labels, 1)).toEqual(['0.5']);
    expect(labels).not.toContain('64');
  });

  test('are what an import stands for: networks are no steps, constants are values', () => {
    const read = (): string => 'const breadth = 8\nblock unit { relu }\nnetwork Whole { input x: [1]\n dense(1) }';
    const text = (statement: string): string =>
      `import { breadth, unit, Whole } from "./blocks.cnn"\n${body(statement)}`;
    expect(labelsAt(text('▮'), read)).toContain('unit');
    for (const wrong of ['breadth', 'Whole']) expect(labelsAt(text('▮'), read)).not.toContain(wrong);
    expect(first(labelsAt(text('conv(▮8, kernel: 3)'), read))).toContain('breadth');
    expect(labelsAt(`${text('relu')}network Other = ▮`, read)).toContain('Whole');
  });

  test('are constants', () => {
    expect(first(labelsAt(`const width = 24\n${body('conv(▮')}`))).toContain('width');
  });
});
