// What an import is compiled from, while it changes.

import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileImport } from '../../src/bundler/compile.ts';
import { requestOf } from '../../src/bundler/request.ts';
import { seenFiles } from '../../src/bundler/seen.ts';
import { openSession } from '../../src/bundler/session.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'cnnc-session-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const network = (size: number): string => `network Net {\n  input x: [1, ${size}, ${size}]\n  flatten -> dense(2)\n}\n`;
const write = (name: string, text: string): string => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};

describe('files that were seen', () => {
  test('have changed when they were written, removed or made after they were noted', () => {
    const [file, missing] = [write('seen.cnn', 'a'), join(root, 'missing.cnn')];
    const seen = seenFiles();
    seen.note(file);
    seen.note(missing);
    expect(seen.areUnchanged()).toBe(true);
    utimesSync(file, 1, 1);
    seen.note(file);
    expect(seen.areUnchanged()).toBe(false);
    const later = seenFiles();
    later.note(missing);
    write('missing.cnn', '');
    expect(later.areUnchanged()).toBe(false);
  });

  test('are noted before they are read: one that is saved in between is compiled as it is then, or again', async () => {
    const path = write('saved.cnn', network(4));
    const { compiled } = await compileImport(requestOf(path)!, { target: 'js' }, root, 'beside', {
      ...seenFiles(),
      note: (noted) => noted === path && writeFileSync(path, network(6)),
    });
    expect(compiled?.declaration).toContain('readonly [1, 6, 6]');
  });
});

describe('what an import reads', () => {
  test('is watched unless it is a device, which bundlers would read without end', async () => {
    const path = write('device.cnn', network(4));
    const session = openSession(root, { types: false, networks: { 'device.cnn': { weights: '/dev/zero' } } });
    const { problems, files } = await session.outcomeOf(requestOf(path)!, 'beside');
    expect(problems.map(({ text }) => text)).toEqual([
      'cannot read /dev/zero: it is a device, and only regular files are read',
    ]);
    expect(files).toContain(path);
    expect(files).not.toContain('/dev/zero');
  });
});

describe('a configuration', () => {
  const request = () => requestOf(join(root, 'net.cnn'))!;

  test('that speaks of a file that does not exist is warned of', async () => {
    const session = openSession(root, { types: false, networks: { 'ney.cnn': { embed: true }, 'net.cnn:B': {} } });
    write('net.cnn', network(4));
    const { compiled, problems } = await session.outcomeOf(request(), 'beside');
    expect(compiled).toBeDefined();
    expect(problems).toMatchObject([
      { severity: 'warning', text: expect.stringContaining('networks, ney.cnn: there') },
    ]);
  });

  test('counts from when it is written, under each of its names, also after one that could not be run', async () => {
    write('net.cnn', network(4));
    const session = openSession(root, { types: false, target: 'js' });
    const isEmbedded = async () =>
      /embeddedWeights/.test((await session.outcomeOf(request(), 'beside')).compiled!.code);
    expect(await isEmbedded()).toBe(false);
    write('cnnc.config.ts', '');
    expect(await isEmbedded()).toBe(false);
    write('cnnc.config.mjs', 'export default { networks: {');
    const { problems, files } = await session.outcomeOf(request(), 'beside');
    expect(problems).toMatchObject([{ severity: 'error', text: expect.stringContaining('cannot run') }]);
    expect(files).toContain(join(root, 'cnnc.config.mjs'));
    utimesSync(join(root, 'cnnc.config.mjs'), 1, 1);
    write('cnnc.config.mjs', "export default { networks: { 'net.cnn': { embed: true, weights: 'random:1' } } };");
    expect(await isEmbedded()).toBe(true);
  });
});
