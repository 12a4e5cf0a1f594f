// Emitted modules in every host of JavaScript that is installed: the same bits everywhere, with threads where there are any.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compiledModules } from './modules/cases.ts';
import type { Case, Modules } from './modules/cases.ts';
import { hosts } from './modules/hosts.ts';
import type { Answers } from './modules/hosts.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cnnc-hosts-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }));

let modules: Modules;
/** Name of a host → its answers. */
const all = new Map<string, Answers>();
const folder = join(scratch, 'modules');
beforeAll(async () => {
  modules = await compiledModules();
  mkdirSync(folder);
  for (const [name, data] of modules.files) writeFileSync(join(folder, name), data);
});

/** JavaScript alone, or WebAssembly that the host compiles. */
const takesNoBytes = ({ name, wasm }: Case): boolean => wasm !== undefined || name.endsWith('js');

/** Ways of running that must give the same bits: `LeNet js`, `LeNet wasm`, `LeNet int8`, `Small training js`, `Small training wasm`. */
const family = (name: string): string => {
  const [network, ...words] = name.split(' ');
  // Whole numbers are the same on both targets.
  if (words[0] === 'int8') return `${network} int8`;
  return [
    network,
    ...words.filter((word) => word === 'training' || word === 'fast'),
    words.includes('js') ? 'js' : 'wasm',
  ].join(' ');
};

describe.each(hosts)('$name', ({ name, program, isThreaded, compilesBytes, answers }) => {
  test.skipIf(program === undefined)(program ? 'runs every module' : `${name} is not installed`, async () => {
    const own = join(scratch, name);
    mkdirSync(own);
    const { cases } = modules;
    const found = await answers(program!, modules, folder, own);
    all.set(name, found);
    for (const one of cases) {
      const { threads = 1 } = one;
      const isFree = isThreaded || threads === 1;
      const expected =
        compilesBytes || takesNoBytes(one)
          ? {
              threads: isThreaded ? threads : 1,
              hashes: expect.any(Array),
              ...(!isFree && { reason: expect.any(String) }),
            }
          : {
              error: expect.stringMatching(/^CompileError: the WebAssembly of this module .* cnnc compile --wasm-file/),
            };
      expect(found[one.name], one.name).toEqual(expected);
    }
  });
});

test('all hosts give the same bits, in every way of running', () => {
  const seen = new Map<string, Map<string, readonly string[]>>();
  for (const [host, answers] of all)
    for (const [name, { hashes }] of Object.entries(answers)) {
      if (!hashes) continue;
      const group = seen.get(family(name)) ?? new Map<string, string[]>();
      seen.set(family(name), group);
      // A training has two results, any other run the same one several times.
      const result = (family(name).includes('training') ? hashes : [...new Set(hashes)]).join();
      group.set(result, [...(group.get(result) ?? []), `${name} in ${host}`]);
    }
  const fused = seen.get('LeNet fast wasm')!;
  expect(fused.size).toBeLessThanOrEqual(2);
  // In a host, all ways of running are alike.
  for (const [host] of all)
    expect([...fused.values()].filter((runs) => runs.some((run) => run.endsWith(` in ${host}`))).length, host).toBe(1);
  const differing = [...seen].filter(([name, group]) => name !== 'LeNet fast wasm' && group.size !== 1);
  expect(differing.map(([name, group]) => [name, ...group])).toEqual([]);
  const both = ['Inception', 'LeNet', 'Residual', 'Small training'].flatMap((name) => [`${name} js`, `${name} wasm`]);
  expect([...seen.keys()].toSorted()).toEqual([...both, 'LeNet fast wasm', 'LeNet int8', 'Residual int8'].toSorted());
});
