// Budgets of compiled figures and receptive fields: kept, missed, and what is said then.

import { describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { compileNetwork } from '../../compiler/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import { checkBudgets } from '../../src/network/budgets.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';

const NETWORK = `network Tiny {
  input image: [1, 28, 30]
  conv(8, kernel: 3) -> relu
  conv(16, kernel: 3x5, stride: 2)
}
`;

function missed(budget: string): Diagnostic | undefined {
  const text = `${NETWORK}expect Tiny { ${budget} }`;
  const { networks, diagnostics } = frontend({ path: 'folder/a.cnn', text }, { operators });
  expect(diagnostics).toEqual([]);
  const [first, ...others] = checkBudgets(networks[0]!);
  expect(others).toEqual([]);
  return first;
}

const compiled = compileNetwork(frontend({ path: 'a.cnn', text: NETWORK }, { operators }).networks[0]!);

describe('module_size', () => {
  const bytes = new TextEncoder().encode(compiled.emit('js', { sourceName: 'a.cnn' })[0]!.text).length;
  test('is that of the emitted JavaScript', () => {
    expect(missed(`module_size == ${bytes}`)).toBeUndefined();
    expect(missed(`module_size < ${bytes}`)).toMatchObject({ code: 'expect/failed' });
  });
  test('needs no text that the network comes from', () => {
    const text = `${NETWORK}expect Tiny { module_size < 10 }`;
    const { span, ...network } = frontend({ path: 'a.cnn', text }, { operators }).networks[0]!;
    expect(span).toBeDefined();
    expect(checkBudgets(network)).toMatchObject([
      { code: 'expect/failed', found: expect.stringMatching(/^[\d,]+ bytes$/) },
    ]);
  });
  test('names the layers with the largest kernels', () => {
    expect(missed('module_size <= 8KiB')?.notes?.[0]).toMatch(/^most of it: conv\d [\d,]+ bytes, line [34]; conv\d /);
  });
});

describe('kernel_calls', () => {
  test('counts the copies in and out', () => {
    const calls = compiled.program.run.length;
    // Copy in, conv with relu, conv, copy out.
    expect(calls).toBe(4);
    expect(missed('kernel_calls == 4')).toBeUndefined();
    expect(missed('kernel_calls <= 2')).toMatchObject({
      found: '4',
      notes: [expect.anything(), 'it is met with 2 fewer'],
    });
  });
});

describe('receptive_field', () => {
  // 3 + 2 down and 3 + 4 across.
  test('must be kept down and across', () => {
    expect(missed('receptive_field >= 5  receptive_field <= 7')).toBeUndefined();
    expect(missed('receptive_field >= 6')).toMatchObject({ found: '5×7', expected: '>= 6' });
    expect(missed('receptive_field == 5')?.found).toBe('5×7');
  });
  test('names what widens it', () => {
    expect(missed('receptive_field <= 6')?.notes).toEqual([
      'what widens it most: conv2 +4, line 4; conv1 +2, line 3',
      'it is too large by 1',
    ]);
  });
});

describe('what would meet a budget', () => {
  // conv1 has 8·9 + 8 = 80 parameters, conv2 16·8·15 + 16 = 1936.
  test('in parameters', () => {
    expect(missed('parameters <= 1008')?.notes).toEqual([
      'most of it: conv2 1,936, line 4; conv1 80, line 3',
      'it is met when conv2, conv1 together are 50% smaller',
    ]);
  });
  test('in MACs: 8·26·28·9 and 16·12·12·8·15', () => {
    expect(missed('macs <= 300k')?.notes?.[0]).toBe('most of it: conv2 276,480, line 4; conv1 52,416, line 3');
  });
  test('in memory: what is alive at the peak', () => {
    expect(missed('peak_memory <= 1KiB')?.notes?.[0]).toContain('bytes');
  });
  test('nothing where a figure is too small', () => {
    expect(missed('parameters > 1M')?.notes).toBeUndefined();
  });
});

test('near names are suggested', () => {
  const text = `${NETWORK}expect Tiny { calls <= 3  field >= 3  module_sise <= 3 }`;
  const { diagnostics } = frontend({ path: 'a.cnn', text }, { operators });
  expect(diagnostics.map(({ fixes }) => fixes?.[0]?.edits?.[0]?.text)).toEqual([
    'kernel_calls',
    'receptive_field',
    'module_size',
  ]);
});

test.each([
  ['macs == 2 * n', 'there is no constant `n`'],
  ['output == [m, 1]', 'there is no constant `m`'],
  ['parameters <= round(1.5)', 'there is no function `round`'],
])('a budget of a name that stands for nothing is an error: %s', (budget, message) => {
  const text = `${NETWORK}expect Tiny { ${budget} }`;
  expect(frontend({ path: 'a.cnn', text }, { operators }).diagnostics).toMatchObject([
    { code: 'name/unknown', message },
  ]);
});
