// What stands before the braces of a definition is typed letter by letter: the shapes in the braces that do not depend on what is
// missing stay, and so do those of all others. The shapes are those of LeNet in Dive into Deep Learning, section 7.6.

import { describe, expect, test } from 'vitest';
import { analyse } from '../../src/ide/analysis.ts';
import { completion } from '../../src/ide/completion.ts';
import { hover } from '../../src/ide/hover.ts';
import { inlayHints } from '../../src/ide/inlay-hints.ts';
import { symbols } from '../../src/ide/symbols.ts';
import { analysisOf, atCaret, seenSteps } from './support.ts';

const body = `
  input image: [1, 28, 28]
  conv(6, kernel: 5, padding: 2) -> sigmoid
  stage(16)
}
`;
const inNetwork = ['conv(6, kernel: 5, padding: 2) 6×28×28', 'sigmoid 6×28×28'];
const block = (header: string, width = 'width'): string => `${header}
  avg_pool(2) -> conv(${width}, kernel: 5)
}
`;
const inBlock = ['avg_pool(2) 6×14×14', 'conv(width, kernel: 5) 16×10×10'];
const other = `
network Other {
  input image: [1, 28, 28]
  flatten
}
`;

/** Steps with their shapes, all of the text. */
const stepsOf = (text: string): readonly string[] => seenSteps(analysisOf(text)).toSorted();
const whole = [...inNetwork, ...inBlock, 'flatten 784'].toSorted();

test('what is whole', () => {
  expect(stepsOf(block('block stage(width: int) {') + `network Net {${body}` + other)).toEqual(whole);
});

test.each([
  'network {',
  'network Net( {',
  'network Net(k {',
  'network Net(k: {',
  'network Net(k: int {',
  'network Net(k: int = {',
  'network Net(k) {',
  'network Net(k: ) {',
  'network Net(k: i) {',
  'network Net(k: int = ) {',
  'network Net(k: int = 3, = 4) {',
  'network Net(k: int = 3, k) {',
  'network Net = {',
  'network Net relu {',
  'network (k: int = 3) {',
  'network 3Net {',
  'network input {',
  'network',
  'network Net',
  'network Net(',
  'network Net(k: int',
  'network Net(k: int = 3)',
])('%s', (header) => {
  const analysis = analysisOf(block('block stage(width: int) {') + header + body + other);
  expect(analysis.diagnostics.length).toBeGreaterThan(0);
  expect(seenSteps(analysis).toSorted()).toEqual(whole);
  expect(analysis.networks.map(({ name }) => name)).toEqual(['Other']);
});

test.each([
  'block stage(width {',
  'block stage(width: {',
  'block stage(width: ) {',
  'block stage(width: in) {',
  'block stage(width: int {',
  'block stage(width: int, b) {',
  'block stage(width: int, b: ) {',
  'block stage(width: int, b: int = ) {',
  'block stage(width: int, = 3) {',
  'block stage(width: int = ) {',
  'block stage(width: int, b: block = {',
  'block stage(width: int',
  'block stage(width: int)',
])('%s', (header) => {
  const analysis = analysisOf(block(header) + `network Net {${body}` + other);
  expect(analysis.diagnostics.length).toBeGreaterThan(0);
  expect(seenSteps(analysis).toSorted()).toEqual(whole);
});

test.each(['block {', 'block', 'block (width: int) {'])('%s without a name: nothing calls it', (header) => {
  expect(stepsOf(block(header) + `network Net {${body}` + other)).toEqual([...inNetwork, 'flatten 784'].toSorted());
});

test('a parameter whose default is being typed hides what depends on it, and nothing else', () => {
  const steps = (header: string): readonly string[] =>
    seenSteps(analysisOf(`${header}\n  input image: [1, 28, 28]\n  avg_pool(2)\n  conv(k, kernel: 1)\n}\n`));
  expect(steps('network Net(k: int = 3) {')).toEqual(['avg_pool(2) 1×14×14', 'conv(k, kernel: 1) 3×14×14']);
  for (const header of ['network Net(k: int = ) {', 'network Net(k: int = {', 'network Net(k: in) {', 'network Net(k'])
    expect([header, ...steps(header)]).toEqual([header, 'avg_pool(2) 1×14×14', 'conv(k, kernel: 1) ?']);
});

test('each version of a header while it is typed', () => {
  const header = 'network Net(k: int = 3, wide: bool = false) {';
  const text = (end: number): string => block('block stage(width: int) {') + header.slice(0, end) + body + other;
  for (let end = 'network'.length; end <= header.length; end += 1) {
    const analysis = analysisOf(text(end));
    // A network whose parameters have types and no values has no shapes, whether it is half-typed or not.
    expect([header.slice(0, end), seenSteps(analysis).toSorted()]).toEqual([header.slice(0, end), whole]);
  }
});

test('one mistake in a header is one error', () => {
  const codes = (text: string): readonly string[] => analysisOf(text).diagnostics.map(({ code }) => code);
  const stage = block('block stage(width: int) {');
  expect(codes(`${stage}network {${body}`)).toEqual(['syntax/unexpected']);
  expect(codes(`${stage}network Net${body}`)).toEqual(['syntax/unopened-block']);
  expect(codes(`${block('block stage(width: ) {')}network Net {${body}`)).toEqual(['syntax/unexpected']);
  expect(codes(`${block('block stage(act: ) {', '3')}network Net {${body.replace('16', 'relu')}`)).toEqual([
    'syntax/unexpected',
  ]);
});

test('the brace that a header lacks is a fix away', () => {
  const text = `network Net${body.replace('  stage(16)\n', '')}`;
  const [{ fixes: [fix] = [] } = {}] = analyse({ path: 'a.cnn', text }).diagnostics;
  const [edit] = fix!.edits!;
  const mended = text.slice(0, edit!.span.start) + edit!.text + text.slice(edit!.span.end);
  expect(mended).toMatch(/^network Net \{\n/);
  expect(analysisOf(mended).diagnostics).toEqual([]);
});

test('a nameless network has hints, hover, completion and an entry in the outline', () => {
  const text = `network {${body.replace('stage(16)', 'avg_pool(2)')}`;
  const analysis = analysisOf(text);
  expect(inlayHints(analysis).map(({ label }) => label)).toEqual([' [6, 28, 28]', ' [6, 14, 14]']);
  expect(hover(analysis, text.indexOf('avg_pool'))?.markdown).toContain('`[6, 28, 28]` → `[6, 14, 14]`');
  expect(symbols(analysis).map(({ name }) => name)).toEqual(['network']);
  const { analysis: at, offset } = atCaret(`block stage {\n  relu\n}\n${text.replace('avg_pool(2)', 'im|')}`);
  expect(completion(at, offset).map(({ label }) => label)).toContain('image');
});

test('parameters of a half-typed header are known in its body', () => {
  const { analysis, offset } = atCaret('network Net(width: int, deep: {\n  input image: [1, 8, 8]\n  conv(wid|)\n}\n');
  expect(completion(analysis, offset).map(({ label }) => label)).toContain('width');
  const { analysis: inside, offset: at } = atCaret(
    'network (width: int) {\n  input image: [1, 8, 8]\n  conv(wid|)\n}\n',
  );
  expect(completion(inside, at).map(({ label }) => label)).toContain('width');
});

describe('a section whose header has a mistake keeps its meaning', () => {
  const network = `network Net {\n  input image: [1, 28, 28]\n  flatten -> dense(10)\n}\n`;
  const codesOf = (text: string): readonly string[] =>
    analysisOf(network + text)
      .diagnostics.filter(({ severity }) => severity === 'error')
      .map(({ code }) => code);

  test.each(['train {', 'train Net: {', 'train Net = {', 'train Net(3) {', 'train Net, Other {', 'train "Net" {'])(
    '%s',
    (header) => {
      // The mistake in the braces is told beside that of the header, and nothing else: the section is whole without it.
      const settings = 'optimizer: adam\n  epohs: 3\n';
      const [own, ...others] = codesOf(`${header}\n  ${settings}}\n`);
      expect([own?.startsWith('syntax/'), others]).toEqual([true, ['setting/unknown']]);
      const marked = atCaret(`${network}${header}\n  epo|\n}\n`);
      expect(completion(marked.analysis, marked.offset).map(({ label }) => label)).toContain('epochs');
      const pointed = atCaret(`${network}${header}\n  bat|ch: 3\n}\n`);
      expect(hover(pointed.analysis, pointed.offset)?.markdown).toContain('**setting** `batch`');
    },
  );

  test.each(['expect {', 'expect Net: {', 'expect Net = {', 'expect Net() {'])('%s', (header) => {
    const [own, ...others] = codesOf(`${header}\n  mac <= 3\n  output == [10]\n}\n`);
    expect([own?.startsWith('syntax/'), others]).toEqual([true, ['expect/unknown-quantity']]);
    expect(symbols(analysisOf(`${network}${header}\n  output == [10]\n}\n`)).map(({ name }) => name)).toEqual([
      'Net',
      header.includes('Net') ? 'expect Net' : 'expect',
    ]);
  });

  test('two without names are two, and no one’s', () => {
    expect(codesOf('train {\n  optimizer: adam\n}\ntrain {\n  optimizer: adam\n}\n')).toEqual([
      'syntax/unexpected',
      'syntax/unexpected',
    ]);
  });
});
