// Signature help: whose arguments the caret is in, and which of them.

import { describe, expect, test } from 'vitest';
import { helpAt, itemsAt } from './at-caret.ts';

const body = (text: string): string => `network Net {\n  input image: [1, 28, 28]\n  ${text}\n}\n`;

/** The parameter that is active, as the label shows it. */
function activeAt(text: string): string | undefined {
  const help = helpAt(text);
  if (help?.active === undefined) return undefined;
  const { start, end } = help.parameters[help.active]!.range;
  return help.label.slice(start, end);
}

describe('an operator', () => {
  test('shows types and defaults', () => {
    const help = helpAt(body('dense(▮)'));
    expect(help).toMatchObject({
      label: 'dense(features: int, bias: bool = true, weight: list of numbers)',
      active: 0,
    });
    expect(help!.parameters).toHaveLength(3);
    expect(help!.markdown).toBeTruthy();
    expect(help!.parameters[0]!.markdown).toBeTruthy();
  });

  test('has the parameter of the place, or of the name', () => {
    expect(activeAt(body('conv(▮'))).toBe('channels: int');
    expect(activeAt(body('conv(8, ▮'))).toBe('kernel: size');
    expect(activeAt(body('conv(8, kernel: 3, padding: ▮'))).toBe('padding: padding = 0');
    expect(activeAt(body('conv(8, kernel: 3, ▮'))).toBeUndefined();
    expect(activeAt(body('conv(8, kernel: 3, pad▮'))).toBe('padding: padding = 0');
    expect(activeAt(body('conv(8, kernel: 3, ker▮'))).toBeUndefined();
    expect(activeAt(body('relu(▮'))).toBeUndefined();
  });

  test('commas in brackets, texts and comments do not count', () => {
    expect(activeAt(body('conv(8 /* a, b */, ▮'))).toBe('kernel: size');
    expect(activeAt(body('pad((1, 2, ▮'))).toBe('padding: padding');
    expect(activeAt(body('conv(max(1, 2), ▮'))).toBe('kernel: size');
  });
});

test('the innermost call counts, and the outer one behind it', () => {
  expect(helpAt(body('add(image -> conv(8, ▮'))!.label).toMatch(/^conv\(/);
  expect(helpAt(body('add(image -> conv(8, kernel: 3) ▮'))!.label).toMatch(/^add\(/);
  expect(helpAt(body('conv(size(▮'))!.label).toBe('size(height: int, width: int)');
});

test('a block shows its parameters and its comment', () => {
  const text = `/// Two of them.\nblock unit(c: (int, int), wide: bool = false) { relu }\n${body('unit((1, 2), ▮')}`;
  expect(helpAt(text)).toMatchObject({
    label: 'unit(c: (int, int), wide: bool = false)',
    markdown: 'Two of them.',
    active: 1,
  });
});

test('a network that an alias names, and a choice of a setting', () => {
  expect(helpAt(`network A(n: int) { input x: [n]\n dense(1) }\nnetwork B = A(▮`)!.label).toBe('A(n: int)');
  expect(helpAt(`${body('flatten')}train Net { optimizer: sgd(▮`)!.label).toMatch(
    /^sgd\(learning_rate: float, momentum/,
  );
  expect(helpAt(`import { fire } from "cnnc:blocks"\n${body('fire(16, ▮')}`)!.label).toMatch(
    /^fire\(squeeze: int, expand: int/,
  );
});

test('a network of another file', () => {
  const read = (): string =>
    'network One(n: int, wide: bool = false) { input x: [n]\n dense(1) }\nnetwork Two = One(n: 3)';
  const text = 'import { Two as Other } from "./nets.cnn"\nnetwork Mine = Other(▮';
  expect(helpAt(text, read)!.label).toBe('Other(n: int, wide: bool = false)');
});

test('nothing is shown outside of calls, in comments, in headers and for what is not known', () => {
  for (const text of [
    body('▮'),
    body('relu ▮'),
    'block a(▮',
    body('conv(8 // kernel ▮'),
    body('unknown(▮'),
    body('conv(8, kernel: 3) ▮'),
  ])
    expect(helpAt(text)).toBeUndefined();
});

test('comments of users are text, not markup, also beside a proposal', () => {
  const block = '/// <img src=x> ![a](https://example.org/b)\nblock own(width: int) { relu }\n';
  const shown = String.raw`&lt;img src=x\> \!\[a\](https&#58;//example.org/b)`;
  expect(helpAt(block + body('own(▮'))!.markdown).toBe(shown);
  expect(itemsAt(block + body('ow▮')).find(({ label }) => label === 'own')!.markdown).toBe(shown);
});
