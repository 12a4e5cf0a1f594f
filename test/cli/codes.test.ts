// `cnnc help CODE`: every code that the program can report is explained, with an example of what is wrong and of what is
// right. The examples of the language are tested in test/grammar and test/frontend, those of operators in test/ops.

import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { operators } from '../../compiler/ops/index.ts';
import { catalog } from '../../grammar/catalog.ts';
import { explainedCodes, explanationOf } from '../../src/cli/commands/help.ts';
import { weightsCatalog } from '../../src/weights/catalog.ts';
import type { WeightsExample } from '../../src/weights/catalog.ts';
import { matchWeights } from '../../src/weights/match.ts';
import { wantedBy } from '../../src/weights/specs.ts';
import { networkOf } from '../frontend/support.ts';
import { cnnc } from './harness.ts';

const root = new URL('../../', import.meta.url);
const kinds = [
  ...new Set([...catalog.keys(), ...weightsCatalog.keys(), 'file/x', 'onnx/x'].map((code) => code.split('/')[0])),
];

/** Codes in the sources: whole, and of rules, which are reported as `C3` of their operator. */
function reportedCodes(): ReadonlySet<string> {
  const sources = ['grammar/', 'compiler/frontend/', 'src/'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('catalog'))
      .map((name) => readFileSync(new URL(folder + name, root), 'utf8')),
  );
  const whole = sources.flatMap((text) =>
    [...text.matchAll(new RegExp(`'((?:${kinds.join('|')})/[a-z-]+)'`, 'g'))].map(([, code]) => code!),
  );
  const rules = [...operators.values()]
    .filter(({ internal }) => !internal)
    .flatMap(({ name, constraints }) => Object.keys(constraints).map((rule) => `${name}/${rule}`));
  return new Set([...whole, ...rules, 'syntax/named-argument', 'syntax/named-setting']);
}

test('every code is explained, and no other', () => {
  const reported = reportedCodes();
  expect(reported.size).toBeGreaterThan(150);
  expect([...reported].filter((code) => !explanationOf(code))).toEqual([]);
  expect(explainedCodes.filter((code) => !reported.has(code))).toEqual([]);
});

/** Rules that no file can break: the language has no other values. */
const unbreakable = ['group_norm', 'layer_norm', 'log_softmax', 'reduce', 'rms_norm', 'softmax'].map(
  (name) => `${name}/C1`,
);

test('every explanation has examples', () => {
  const bare = explainedCodes.filter((code) => {
    const { bad, good } = explanationOf(code)!;
    return bad === undefined || good === undefined || bad === good;
  });
  expect(bare.toSorted()).toEqual(unbreakable.toSorted());
});

describe.each([...weightsCatalog.values()])('$code', ({ code, network, bad, good }) => {
  const diagnosticsOf = ({ tensors, dtype = undefined, value = 0, match, map }: WeightsExample) =>
    matchWeights(
      {
        metadata: new Map(),
        tensors: tensors.map(([name, shape]) => ({ name, shape, dtype: dtype ?? 'F32', data: Float32Array.of(value) })),
      },
      wantedBy(networkOf(network).graph),
      { fileName: 'w.safetensors', operators, ...(match && { mode: match }), ...(map !== undefined && { map }) },
    ).diagnostics;

  test('is reported of the bad file', () => {
    const diagnostics = diagnosticsOf(bad);
    expect(diagnostics.map((one) => one.code)).toEqual([code]);
    expect(Object.keys(diagnostics[0]!)).toEqual(expect.arrayContaining(['found', 'expected', 'fixes']));
  });
  test('is not reported of the good file', () => expect(diagnosticsOf(good)).toEqual([]));
});

test('a file that is not there', async () => {
  const { stdout } = await cnnc(['check', '--json', 'lenet']);
  expect(stdout).toContain('file/unreadable');
});

test('what help prints', async () => {
  expect((await cnnc(['help', 'dense/C1'])).stdout).toBe(
    `dense/C1: the input must be flat [features], or tokens [length, features]

A dense layer has a weight for every feature of a flat list; an image becomes one with flatten.

wrong:
  network A {
    input x: [4, 8, 8]
    dense(10)
  }

right:
  network A {
    input x: [4, 8, 8]
    flatten -> dense(10)
  }
`,
  );
  expect(JSON.parse((await cnnc(['help', 'weights/map', '--json'])).stdout)).toMatchObject({ code: 'weights/map' });
  expect((await cnnc(['help', 'conv'])).stdout).toContain('conv/C4  the window of `conv` must fit');
  expect((await cnnc(['help', 'operators'])).stdout).toContain('max_pool');
  expect((await cnnc(['help', 'codes'])).stdout).toContain('shape/blank');
  expect(await cnnc(['help', 'conv/C9'])).toMatchObject({ code: 2, stdout: '' });
});
