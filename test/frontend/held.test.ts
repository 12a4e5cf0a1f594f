// What stands in the braces of a loop, a condition or paths keeps its meaning whatever is wrong before them: all its mistakes are said
// at once, and none that is only a consequence.

import { expect, test } from 'vitest';
import { mistakes } from './support.ts';
import { ownTime } from '../support/own-time.ts';

/** A network with a mistake in each part of it, around a header and its body. */
const text = (header: string): string => `network A {
  input x: [1, 28, 28]
  ${header}
    conv(6, kernel: 99)
    cnov(6)
  }
  relv
  x -> conv(3, kernel: 50)
}

network B {
  input y: [1, 28, 28]
  conv(3, kernel: 40)
}
`;
const name = 'name/unknown-step "cnov"';
const shape = 'conv/C4 "conv(6, kernel: 99)"';
const behind = ['name/unknown-step "relv"', 'conv/C4 "conv(3, kernel: 50)"', 'conv/C4 "conv(3, kernel: 40)"'];
/** All mistakes but those of syntax. */
const others = (header: string): readonly string[] =>
  mistakes(text(header)).filter((one) => !one.startsWith('syntax/'));
const syntax = (header: string): readonly string[] => mistakes(text(header)).filter((one) => one.startsWith('syntax/'));

test('a header without a mistake', () => {
  expect(mistakes(text('repeat 3 {'))).toEqual([shape, name, ...behind]);
});

test.each([
  ['repeat {', 'syntax/header "repeat"'],
  ['repeat as i {', 'syntax/header "repeat"'],
  ['repeat collect xs {', 'syntax/collect "xs"'],
  ['repeat 3 as {', 'syntax/unexpected "{"'],
  ['repeat 3 collect {', 'syntax/collect "{"'],
  ['repeat 3 times {', 'syntax/header "times"'],
  ['repeat 3, {', 'syntax/unexpected ","'],
  ['for {', 'syntax/header "{"'],
  ['for i {', 'syntax/header "{"'],
  ['for in 0..3 {', 'syntax/header "in"'],
  ['for i in {', 'syntax/header "in"'],
  ['for i of 0..3 {', 'syntax/header "of"'],
  ['for i = 0..3 {', 'syntax/header "="'],
  ['for i, j in [(1, 2)] {', 'syntax/header "i, j"'],
  ['{', 'syntax/header "{"'],
  ['parallel {', 'syntax/join "{"'],
  ['path {', 'syntax/path "path"'],
  ['y = {', 'syntax/unexpected "{"'],
  ['repeat 3', 'syntax/unopened-block "repeat"'],
  ['repeat 3:', 'syntax/unopened-block "repeat"'],
  ['repeat', 'syntax/unopened-block "repeat"'],
  ['for _i in 0..3', 'syntax/unopened-block "for"'],
  ['if true', 'syntax/unopened-block "if"'],
])('%s', (header, mistake) => {
  expect(syntax(header)).toEqual([mistake]);
  expect(others(header)).toEqual([shape, name, ...behind]);
});

// Whether a branch is taken is not known, and neither what flows behind a word that means nothing.
test.each([
  ['if {', 'syntax/header "if"'],
  ['if true == {', 'syntax/unexpected "{"'],
  ['if true { relu } else if {', 'syntax/header "if"'],
  ['else {', 'syntax/header "else"'],
  ['else if true {', 'syntax/header "else"'],
  ['else', 'syntax/unopened-block "else"'],
  ['if true { relu } else', 'syntax/unopened-block "else"'],
  ['reapeat 3 {', 'syntax/misspelt "reapeat"'],
  ['while true {', 'syntax/misspelt "while"'],
])('%s', (header, mistake) => {
  expect(syntax(header)).toEqual([mistake]);
  expect(others(header)).toEqual([name, ...behind]);
});

test('branches before the mistake, and paths in a parallel with one', () => {
  expect(syntax('if true { cnov(6) } else if {')).toEqual(['syntax/header "if"']);
  expect(others('if true { cnov(6) } else if {')).toEqual([name, name, ...behind]);
  const paths = '  parallel add {\n    path a = {\n      cnov(6)\n    }\n    path relu\n  }';
  expect(mistakes(`network A {\n  input x: [4]\n${paths}\n}\n`)).toEqual(['syntax/unexpected "{"', name]);
});

test('sections', () => {
  const section = (header: string): readonly string[] =>
    mistakes(`network A {\n  input x: [4]\n  dense(2)\n}\n${header}\n  loss: cros_entropy\n}\nexpect A { macs < 1 }\n`);
  const inside = ['setting/missing "A"', 'setting/value "cros_entropy"'];
  expect(section('train A {')).toEqual(inside);
  for (const header of ['train A', 'train A:'])
    expect(section(header)).toEqual(['syntax/unopened-block "train"', ...inside]);
});

test('the fix of a missing brace mends it', () => {
  expect(mistakes(`network A {\n  input x: [4]\n  repeat 2\n    relu\n  }\n}\n`)).toEqual([
    'syntax/unopened-block "repeat"',
  ]);
});

test('deep nests of headers with mistakes take a moment', () => {
  const nest = `network A {\n  input x: [4]\n${'if {\n'.repeat(60)}relu\n${'} else if {\n relu }\n'.repeat(60)}}\n`;
  const before = ownTime();
  expect(mistakes(nest).every((one) => one.startsWith('syntax/'))).toBe(true);
  expect(ownTime() - before).toBeLessThan(2000);
});

test('a text whose brackets are paired is read as it stands, however it is indented', () => {
  const odd =
    'network A {\n    input x:\n      [8, 4, 4]\n    y = relu\n    repeat\n      2 { tanh }\n    z = tanh\n    output y,\n      z\n    }\n';
  expect(mistakes(odd)).toEqual([]);
});
