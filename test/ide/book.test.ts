// What hovers and lenses say of the networks of Dive into Deep Learning, with the figures that its layers have when they are counted by
// hand: parameters of convolutions, dense layers and normalisations, MACs of the first two.

import { expect, test } from 'vitest';
import { codeLens } from '../../src/ide/code-lens.ts';
import { hover } from '../../src/ide/hover.ts';
import { analyseFile } from './marked.ts';

test.each([
  ['lenet/lenet', 'LeNet', '61,706 parameters · 416,520 MACs'],
  ['alexnet/alexnet', 'AlexNet', '46,764,746 parameters · 938,146,176 MACs'],
  ['vgg/vgg', 'VGG11', '128,806,154 parameters · 7,547,232,256 MACs'],
  ['nin/nin', 'NiN', '1,992,166 parameters · 762,297,352 MACs'],
  ['googlenet/googlenet', 'GoogLeNet', '5,977,530 parameters · 276,066,304 MACs'],
  ['resnet/resnet', 'ResNet18', '11,178,378 parameters · 318,657,536 MACs'],
  ['densenet/densenet', 'DenseNet', '758,226 parameters · 129,077,168 MACs'],
])('%s', (file, name, figures) => {
  const analysis = analyseFile(`examples/${file}.cnn`);
  const definition = analysis.file.definitions.find((one) => 'name' in one && one.name.name === name)!;
  const { start } = (definition as { readonly name: { readonly span: { readonly start: number } } }).name.span;
  expect(hover(analysis, start)!.markdown).toContain(figures);
  expect(codeLens(analysis).filter(({ range }) => range.start === start)[0]!.title).toBe(figures);
});
