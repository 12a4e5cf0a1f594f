// A text with a mistake keeps the shapes of what stands before it, also in the same line. The shapes are those of LeNet in Dive
// into Deep Learning, section 7.6.

import { expect, test } from 'vitest';
import { analysisOf, lenet, seenSteps } from './support.ts';

const first = ['conv(6, kernel: 5, padding: 2) 6×28×28', 'sigmoid 6×28×28', 'avg_pool(2) 6×14×14'];
const second = ['conv(16, kernel: 5) 16×10×10', 'sigmoid 16×10×10'];
const chain = 'conv(16, kernel: 5) -> sigmoid';

test.each([
  ['a half-typed step', `${chain} -> avg_poo`],
  ['an arrow without a step', `${chain} ->`],
  ['an argument without a value', `${chain} -> avg_pool(2, stride: )`],
  ['a half-typed attribute', `${chain} -> avg_pool(2, stride:`],
  ['a step behind the mistake', `${chain} -> avg_pool( , 2) -> flatten`],
  ['two arrows', `${chain} -> -> avg_pool(2)`],
  ['a label', `features = ${chain} ->`],
  ['a shape that is not closed', `${chain} : [16, 10`],
  ['a parenthesis that is not closed', `${chain} -> avg_pool(`],
])('%s', (_, line) => {
  const analysis = analysisOf(lenet(line));
  expect(analysis.diagnostics.length).toBeGreaterThan(0);
  expect(seenSteps(analysis).slice(0, 5)).toEqual([...first, ...second]);
});

test('a brace that is not closed', () => {
  const text = lenet(`${chain} ->`);
  expect(seenSteps(analysisOf(text.slice(0, text.lastIndexOf('}'))))).toEqual([...first, ...second]);
});

test('a path with a mistake, and the one before it', () => {
  const steps = seenSteps(analysisOf(lenet(`parallel concat {`, `path ${chain} -> )`, `path ${chain}`, `}`)));
  expect(steps.toSorted()).toEqual([...first, ...second, ...second].toSorted());
});

test('a mistake in a block that is called', () => {
  const text = `block stage {\n  ${chain} ->\n}\n${lenet('stage')}`;
  expect(seenSteps(analysisOf(text))).toEqual([...first, ...second]);
});

test('what follows the mistake is not known, but for what begins with a name', () => {
  const steps = seenSteps(analysisOf(lenet(`${chain} -> dense( , 3)`, 'avg_pool(2)', 'image -> avg_pool(2)')));
  expect(steps.slice(3)).toEqual([...second, 'avg_pool(2) ?', 'avg_pool(2) 1×14×14']);
});

test('what is wrong in the half of a line is not said before the line can be read', () => {
  const codes = (line: string) => analysisOf(lenet(line)).diagnostics.map(({ code }) => code);
  expect(codes('conv(16, kernel: 99) -> nothing')).toEqual(['conv/C4', 'name/unknown-step']);
  expect(codes('conv(16, kernel: 99) -> nothing -> )')).toEqual(['syntax/stray-bracket']);
});

test('a block that calls itself in the half of a line ends', () => {
  const text = `block stage {\n  ${chain} -> stage ->\n}\n${lenet('stage')}`;
  expect(seenSteps(analysisOf(text))).toEqual(first);
});
