// The student's first hour: LeNet from memory, with three mistakes; what the errors say; the repaired network, its shapes, its
// drawing; and what its first layer sees of a picture.

import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readPng } from '../../../src/data/png.ts';
import { drawnProbabilities } from '../../support/trained-examples.ts';
import { root } from '../packed.ts';
import { desk } from './desk.ts';

const me = desk();
afterAll(() => me.leave());
const edit = (before: string, after: string): void => {
  expect(me.read('lenet.cnn')).toContain(before);
  me.write('lenet.cnn', me.read('lenet.cnn').replace(before, after));
};

test('I write LeNet from memory', () => {
  me.write(
    'lenet.cnn',
    `network LeNet {
  input image: [1, 28, 28]
  conv(6, kernel: 5) -> sigmoid : [6, 28, 28]
  avg_pool(2)
  conv(16, kernel: 5) -> sigmoid
  avg_pool(2)
  dense(120) -> sigmoid
  Linear(120, 84) -> sigmoid
  dense(10)
}
`,
  );
});

test('check shows the arithmetic of the forgotten padding, and the name that I know from PyTorch', () => {
  const said = me.refused('check', 'lenet.cnn');
  expect(said.match(/^error/gm)).toHaveLength(2);
  expect(said).toContain('28 + 2·0 − 5 + 1 = 24');
  expect(said).toContain('fix: conv(6, kernel: 5, padding: 2)');
  expect(said).toContain('dense(84)');
});

test('what has one answer is repaired for me; the padding I add myself', () => {
  me.refused('check', '--fix', 'lenet.cnn');
  expect(me.read('lenet.cnn')).toContain('dense(84) -> sigmoid');
  edit('conv(6, kernel: 5)', 'conv(6, kernel: 5, padding: 2)');
});

test('then it says what is left: a dense layer takes no map', () => {
  const said = me.refused('check', 'lenet.cnn');
  expect(said.match(/^error/gm)).toHaveLength(1);
  expect(said).toContain('[16, 5, 5]');
  expect(said).toContain('flatten');
  edit('  dense(120)', '  flatten\n  dense(120)');
});

test('now it is LeNet, with the parameters of the book', () => {
  expect(me.cnnc('check', 'lenet.cnn')).toBe('lenet.cnn: ok\n  LeNet  61,706 parameters, 416,520 MACs\n');
});

test('the report has shapes, costs, and how much of the picture a value sees', () => {
  const rows = me.cnnc('report', 'lenet.cnn').split('\n');
  expect(rows.find((row) => row.startsWith('conv2'))).toMatch(/16×10×10 .* 2,416 +240,000 .* 14$/);
});

test('the drawing is a picture with every layer', () => {
  me.cnnc('report', 'lenet.cnn', '--svg', 'lenet.svg');
  me.cnnc('report', 'lenet.cnn', '--html', 'lenet.html');
  expect(me.read('lenet.svg')).toMatch(/^<svg /);
  for (const page of [me.read('lenet.svg'), me.read('lenet.html')])
    for (const layer of ['conv1', 'avg_pool2', 'dense3']) expect(page).toContain(layer);
  expect(me.read('lenet.html')).not.toMatch(/(?:src|href)="https?:/);
});

test('trained weights recognise a sneaker, and draw what the first layer sees', () => {
  const weights = join(root, 'examples/lenet/lenet-fashion-mnist.safetensors');
  const picture = join(root, 'examples/pictures/sneaker.png');
  const argv = ['run', 'lenet.cnn', '--weights', weights, '--match', 'order', '--input', picture];
  expect(me.cnnc(...argv, '--top', '1')).toMatch(
    new RegExp(String.raw`class 7 +${(100 * drawnProbabilities('lenet', 'sneaker')[7]!).toFixed(1)}%`),
  );
  me.cnnc(...argv, '--tap', 'conv1', '--save', 'maps');
  const maps = readPng(me.bytes('maps/conv1.png'));
  expect(maps.width * maps.height).toBeGreaterThanOrEqual(6 * 28 * 28);
  expect(new Set(maps.data).size).toBeGreaterThan(10);
});
