// What the page is told of a text with errors: what can be shown of it is shown, and only a sound text is run.

import { expect, test } from 'vitest';
import { analyse } from '../../src/ide/analysis.ts';
import { look } from '../../src/playground/language/look.ts';
import { programPath } from '../../src/playground/program.ts';

const seen = (text: string, network?: string) => {
  const { shown, isSound, networks } = look(analyse({ path: programPath, text }), network);
  const shapes = shown?.report.layers.map(({ outputShape }) => outputShape);
  return { network: shown?.report.network, shapes, drawn: shown?.drawing !== undefined, isSound, networks };
};
const whole = 'network A {\n  input image: [1, 8, 8]\n  conv(4, kernel: 3)\n}\n';

test('a sound text', () => {
  // 8 − 3 + 1
  const shapes = [[4, 6, 6]];
  expect(seen(whole)).toEqual({ network: 'A', shapes, drawn: true, isSound: true, networks: ['A'] });
});

test.each([
  ['train', 'train A { epochs: many }'],
  ['expect', 'expect A { macs <= 3 }'],
  ['another network', 'network B {\n  dens(3)\n}'],
])('a text that opens with an error in %s alone is drawn', (_, rest) => {
  expect(seen(whole + rest)).toMatchObject({ network: 'A', drawn: true, isSound: false, networks: ['A'] });
  expect(seen(whole + rest).shapes).toEqual(seen(whole).shapes);
});

test('a network that errors keep from being built is not exchanged for another', () => {
  const broken = whole.replace('conv', 'cnov').replace(' A ', ' B ');
  expect(seen(broken)).toMatchObject({ drawn: false, isSound: false });
  expect(seen(broken + whole)).toMatchObject({ network: undefined, networks: ['A'] });
  expect(seen(whole + broken, 'B')).toMatchObject({ network: undefined, networks: ['A'] });
  expect(seen(whole + broken, 'A')).toMatchObject({ network: 'A', drawn: true });
  // One that the text does not have is.
  expect(seen(whole, 'C')).toMatchObject({ network: 'A' });
});
