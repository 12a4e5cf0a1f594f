// Starting files: correct, in the standard layout, of the size that their papers say; and the script beside them runs.

import { describe, expect, test } from 'vitest';
import { format } from '../../grammar/format.ts';
import { check, report } from '../../src/index.ts';
import { startingFiles } from '../../src/templates/networks.ts';
import { cnnc } from './harness.ts';

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

describe.each([...startingFiles])('%s', (name, { text: source }) => {
  test('is correct and in the standard layout', () => {
    expect(check(source)).toEqual([]);
    expect(format({ path: `${name}.cnn`, text: source })).toEqual({ text: source });
  });
  test('has comments for a newcomer, and takes pictures', () => {
    expect(source.match(/\/\/\/? \S/g)!.length).toBeGreaterThan(2);
    const { inputs, outputs } = report(source);
    expect([inputs.map((one) => one.name), outputs.map((one) => one.name)]).toEqual([['image'], ['scores']]);
  });
});

test.each([
  ['lenet', 61_706, 416_520], // D2L 7.6
  ['resnet', 272_474, undefined], // ResNet-20 has 0.27M (He et al., 2016, table 6), all shortcuts counted
])('%s has the parameters of its source', (name, parameters, macs) => {
  const { totals } = report(startingFiles.get(name)!.text);
  expect(totals.parameters).toBe(parameters);
  if (macs !== undefined) expect(totals.macs).toBe(macs);
});

describe('cnnc new', () => {
  test('writes two files and says what to do next', async () => {
    const { code, stdout, files } = await cnnc(['new', 'lenet']);
    expect(code).toBe(0);
    expect([...files.keys()].toSorted()).toEqual(['/project/lenet.cnn', '/project/lenet.mjs']);
    expect(text(files.get('/project/lenet.cnn'))).toBe(startingFiles.get('lenet')!.text);
    for (const next of ['npx cnnc report lenet.cnn', 'npx cnnc compile lenet.cnn -o out', 'node lenet.mjs'])
      expect(stdout).toContain(next);
    expect(stdout).not.toContain('package.json');
  });

  test('overwrites nothing unless --force says so, not even when only one file is there', async () => {
    const world = { files: { 'lenet.mjs': 'mine' } };
    const refused = await cnnc(['new', 'lenet'], world);
    expect(refused).toMatchObject({ code: 1, stderr: 'error: lenet.mjs is there already; --force overwrites\n' });
    expect([...refused.files.keys()]).toEqual(['/project/lenet.mjs']);
    expect(text((await cnnc(['new', 'lenet', '--force'], world)).files.get('/project/lenet.mjs'))).toContain(
      'classify',
    );
  });

  test('the script prints no NaN as a percentage', async () => {
    const script = text((await cnnc(['new', 'lenet'])).files.get('/project/lenet.mjs'));
    const lines: string[] = [];
    const net = { classify: () => [0.25, NaN].map((probability, at) => ({ label: `class ${at}`, probability })) };
    const body = script.replace(/^import .*$/gm, '').replace('import.meta.url', '"file:///"');
    const run = new Function('inputs', 'load', 'readFileSync', 'console', `return (async () => {${body}})()`);
    await run(
      { image: [1, 4, 4] },
      () => net,
      () => {},
      { log: (line: string) => lines.push(line) },
    );
    expect(lines).toEqual(['class 0  25.0%', 'class 1  –']);
  });

  test('into a folder, as JSON', async () => {
    const { stdout, files } = await cnnc(['new', 'vgg', '-o', 'nets/small/', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      files: [{ path: 'nets/small/vgg.cnn' }, { path: 'nets/small/vgg.mjs' }],
    });
    expect(files.has('/project/nets/small/vgg.cnn')).toBe(true);
  });

  test('a package that would make Node misread the module gets a hint', async () => {
    const hint = 'npm pkg set type=module';
    const said = async (json: string) => (await cnnc(['new', 'blank'], { files: { 'package.json': json } })).stdout;
    expect(await said('{"type":"commonjs"}')).toContain(hint);
    expect(await said('{}')).toContain(hint);
    expect(await said('{ "type": "module" }')).not.toContain(hint);
  });

  test('another name is a wrong command line that lists those there are', async () => {
    const { code, stderr, files } = await cnnc(['new', 'lenett']);
    expect({ code, files: files.size }).toEqual({ code: 2, files: 0 });
    expect(stderr).toContain('lenet, vgg, resnet, blank');
  });
});
