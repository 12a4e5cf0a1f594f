// What an import asks for: its query, the configuration, and which of them counts.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settingsFor } from '../../src/bundler/config.ts';
import { declarationFile } from '../../src/bundler/declarations.ts';
import { asSettings } from '../../src/bundler/problems.ts';
import { besideFor, querySettings, requestOf } from '../../src/bundler/request.ts';
import { checkedOptions, settingNames } from '../../src/bundler/settings.ts';
import { InputError } from '../../src/data/input-error.ts';

describe('requests', () => {
  test.each([
    ['/a/net.cnn', { path: '/a/net.cnn', query: '', part: 'module' }],
    ['/a/net.cnn?', { path: '/a/net.cnn', query: '', part: 'module' }],
    ['/a/net.cnn?size=3', { path: '/a/net.cnn', query: 'size=3', part: 'module' }],
    ['/a b/ü.cnn?size=3&cnnc-part=code', { path: '/a b/ü.cnn', query: 'size=3', part: 'code' }],
    ['/a/net.cnn?cnnc-part=weights', { path: '/a/net.cnn', query: '', part: 'weights' }],
    ['/a/net.cnn?raw', undefined],
    ['/a/net.cnn?size=3&url', undefined],
    ['/a/net.cnn.js', undefined],
    ['/a/net.js?x=.cnn', undefined],
    ['\0virtual.cnn', undefined],
  ])('%j', (id, expected) => expect(requestOf(id)).toEqual(expected));

  test('of parts lead back to the file', () => {
    const request = requestOf('/a/b.cnn?network=N')!;
    expect(besideFor(request, 'code')).toBe('./b.cnn?network=N&cnnc-part=code');
    expect(requestOf('/a/b.cnn?network=N&cnnc-part=code')).toEqual({ ...request, part: 'code' });
  });
});

describe('queries', () => {
  test.each([
    ['network=VGG16&size=96', { network: 'VGG16', set: { size: '96' } }],
    ['set.target=3&target=js', { target: 'js', set: { target: '3' } }],
    ['embed&level=1&disable=a,b&weights=false', { embed: true, level: 1, disable: ['a', 'b'], weights: false }],
  ])('%s', (query, expected) => expect(querySettings({ query })).toEqual(expected));

  test.each([
    ['math=quick', 'in the query of the import, math is default, strict or fast; found quick'],
    ['level=7', 'level is 0, 1 or 2; found 7'],
    ['embed=perhaps', 'embed is true or false; found perhaps'],
    ['network', 'network takes the name of a network; found nothing'],
    ['size=1&set.size=2', 'gives set.size twice'],
    ['a-b=1', 'takes network=NAME'],
    ['training', '`cnnc compile --training` writes one that trains'],
    ['__proto__', 'takes network=NAME'],
  ])('%s is refused', (query, message) => expect(() => querySettings({ query })).toThrow(message));

  test('of any kind are settings or one sentence', () => {
    fc.assert(
      fc.property(fc.string(), (query) => {
        try {
          querySettings({ query });
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as Error).message.length).toBeLessThan(1000);
        }
      }),
    );
  });
});

describe('options', () => {
  test.each([
    [null, 'the options must be an object; found null'],
    [{ targt: 'js' }, 'there is no option targt here; did you mean target?'],
    [{ gpu: 1 }, 'there is no option gpu here; expected one of target, math, weightsType, level'],
    [{ training: true }, '`cnnc compile --training` writes one that trains'],
    [{ weights: 'a' }, 'weights belongs to one network, and stands below networks'],
    [
      { networks: { 'a.cnn': { network: 'A' } } },
      'networks, a.cnn: the network stands in the query of an import, or behind its file',
    ],
    [{ networks: { 'a.cnn': { set: { a: {} } } } }, 'networks, a.cnn: set takes values for parameters'],
    [{ networks: [] }, 'networks must be an object'],
    [{ disable: 'a' }, 'disable takes a list of names of passes; found a'],
    [{ types: 1 }, 'types is true or false; found 1'],
  ])('%j', (options, message) => expect(() => checkedOptions(options)).toThrow(message));

  test('of the query come before those of the network, of its file, and the others', () => {
    const request = requestOf('/p/src/vgg.cnn?network=A&size=3&weights=q.pt')!;
    const options = {
      math: 'fast',
      level: 0,
      networks: {
        'src/vgg.cnn:A': { level: 2, weights: 'a.pt', set: { size: 1, classes: 2 } },
        'src/vgg.cnn': { level: 1, target: 'js', map: 'names.txt' },
        'src/vgg.cnn:B': { target: 'wasm' },
      },
    } as const;
    expect(settingsFor(request, '/p', options)).toEqual({
      ...{ network: 'A', math: 'fast', level: 2, target: 'js' },
      ...{ weights: '/p/src/q.pt', map: '/p/names.txt', set: { size: '3', classes: 2 } },
    });
  });

  test('are in the table of docs/bundlers.md', () => {
    const page = readFileSync(new URL('../../docs/bundlers.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(rows.toSorted()).toEqual([...settingNames, 'networks', 'types'].toSorted());
  });
});

describe('sentences about options of the command line', () => {
  test.each([
    ['give it with --set n=…, or name it', 'give it with ?n=…, or name it'],
    ['pass them with --map FILE', 'pass them with the setting map=FILE'],
    ['--match order pairs tensors by position', 'the setting match=order pairs tensors by position'],
    ['--match and --map exclude each other', 'the setting match and the setting map exclude each other'],
    [
      'compiled with --disable fold-scale,fold-bias, which',
      'compiled with the setting disable=fold-scale,fold-bias, which',
    ],
    ['--weights random:SEED takes a number', 'the setting weights=random:SEED takes a number'],
    ['a --mapping of `--settings`', 'a --mapping of `--settings`'],
  ])('%s', (said, expected) => expect(asSettings(said)).toBe(expected));
});

describe('declarations', () => {
  const text = '// A network.\n\nexport declare const a: 1;\n\nexport interface Net {\n  run(): void;\n}\n';
  const fileOf = (id: string) => declarationFile(requestOf(id)!, text);
  test('stand beside the file', () => {
    expect(fileOf('/a/net.cnn')).toEqual({ path: '/a/net.d.cnn.ts', text });
  });
  test('of a query are an ambient module', () => {
    expect(fileOf('/a/net.cnn?network=N&size=3')).toEqual({
      path: expect.stringMatching(/^\/a\/net\.cnn-network-N-size-3-[\da-f]{6}\.d\.ts$/),
      text: '// A network.\n\ndeclare module "*/net.cnn?network=N&size=3" {\n  export const a: 1;\n\n  export interface Net {\n    run(): void;\n  }\n}\n',
    });
  });
  test('hold a hostile name as a literal, and stay in the folder', () => {
    const { path, text: written } = fileOf('/a/net.cnn?x="}/../../b')!;
    expect(path).toMatch(/^\/a\/net\.cnn-x-[\w.-]+\.d\.ts$/);
    expect(written).toContain(String.raw`declare module "*/net.cnn?x=\"}/../../b" {`);
  });
  test('there are none where TypeScript would see a second pattern', () => {
    expect(fileOf('/a/net.cnn?size=2*3')).toBeUndefined();
  });
});
