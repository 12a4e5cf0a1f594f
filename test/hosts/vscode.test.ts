// The extension for VS Code: it is packed, what is in it is what should be, and the server inside answers. Needs
// `npm ci --prefix editors/vscode --ignore-scripts`.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boxesAt } from '../../editors/vscode/src/places.ts';
import { previewPage } from '../../editors/vscode/src/page.ts';
import { openZip } from '../../src/data/zip.ts';
import { startClient } from '../support/language-client.ts';

const extension = fileURLToPath(new URL('../../editors/vscode/', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const installed = existsSync(join(extension, 'node_modules/@vscode/vsce'));
const hint = installed ? '' : ' (skipped: npm ci --prefix editors/vscode --ignore-scripts was not run)';
const node = (args: readonly string[], cwd: string): string =>
  execFileSync(process.execPath, args, { cwd, encoding: 'utf8', stdio: 'pipe' });

interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly version: string;
  readonly dependencies?: object;
  readonly contributes: {
    readonly languages: readonly { readonly configuration: string }[];
    readonly grammars: readonly { readonly path: string }[];
    readonly commands: readonly { readonly command: string }[];
  };
}
const manifest = JSON.parse(readFileSync(join(extension, 'package.json'), 'utf8')) as Manifest;

describe('the manifest', () => {
  test('has the version of the compiler, and no dependencies at run time', () => {
    const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
    expect(manifest.version).toBe(own.version);
    expect(manifest.dependencies).toBeUndefined();
  });
  test('names commands that the extension registers, and no others', () => {
    const source = readFileSync(join(extension, 'src/extension.ts'), 'utf8');
    const registered = [...source.matchAll(/registerCommand\('([^']+)'/g)].map(([, name]) => name);
    expect(manifest.contributes.commands.map(({ command }) => command)).toEqual(registered);
  });
});

test('the configuration of the language has patterns that mean what they should', () => {
  const { onEnterRules, indentationRules } = JSON.parse(
    readFileSync(join(extension, 'language-configuration.json'), 'utf8'),
  ) as {
    onEnterRules: readonly { readonly beforeText: string }[];
    indentationRules: { readonly increaseIndentPattern: string; readonly decreaseIndentPattern: string };
  };
  const goesOn = new RegExp(onEnterRules[0]!.beforeText);
  expect(['/// LeNet', '  /// a', '// a', '///', '//// a', 'relu'].map((line) => goesOn.test(line))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  const opens = new RegExp(indentationRules.increaseIndentPattern);
  expect(
    ['network N {', 'conv(', 'const a = [ // list', '// {', 'relu', '{ relu }'].map((line) => opens.test(line)),
  ).toEqual([true, true, true, false, false, false]);
  expect(new RegExp(indentationRules.decreaseIndentPattern).test('  } else {')).toBe(true);
});

describe('the caret in the drawing', () => {
  const place = (start: number, end: number, uri = 'file:///a.cnn') => ({
    uri,
    range: { start: { line: 2, character: start }, end: { line: 2, character: end } },
  });
  const boxes = [
    { id: 'block unit1', places: [place(0, 40)] },
    { id: 'conv1', places: [place(2, 10), place(14, 18)] },
    { id: 'conv2', places: [place(2, 10)] },
    { id: 'other', places: [place(2, 10, 'file:///b.cnn')] },
  ];
  const at = (character: number): readonly string[] => boxesAt(boxes, 'file:///a.cnn', { line: 2, character });
  test('is in the smallest boxes around it', () => {
    expect([at(5), at(10), at(12), at(16), at(41)]).toEqual([
      ['conv1', 'conv2'],
      ['conv1', 'conv2'],
      ['block unit1'],
      ['conv1'],
      [],
    ]);
  });
});

test('the page of the preview may run its own script, and load nothing', () => {
  const page = previewPage('abc', '0');
  expect(page).toContain(`content="default-src 'none'; style-src 'nonce-abc'; script-src 'nonce-abc'"`);
  expect(page.match(/<script|<style/g)).toHaveLength(3);
  expect(page.match(/ nonce="abc"/g)).toHaveLength(3);
});

describe.skipIf(!installed)(`the package${hint}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-vsix-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  let files: ReadonlyMap<string, Uint8Array>;
  beforeAll(() => {
    const vsix = join(folder, 'cnnc.vsix');
    node(['build.ts'], extension);
    const pack = ['package', '--no-dependencies', '--allow-missing-repository', '--out', vsix];
    node(['node_modules/@vscode/vsce/vsce', ...pack], extension);
    const archive = openZip(readFileSync(vsix));
    files = new Map(
      [...archive.entries].map(([name, entry]) => [name, archive.read(entry, 8 << 20, 'checked')] as const),
    );
  });

  test('types are right', () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    for (const project of ['.', 'webview']) expect(node([tsc, '--noEmit', '-p', project], extension)).toBe('');
  });
  test('has these files, and no native parts', () => {
    expect([...files.keys()].toSorted()).toEqual([
      '[Content_Types].xml',
      'extension.vsixmanifest',
      'extension/LICENSE.txt',
      'extension/dist/extension.cjs',
      'extension/dist/licences.txt',
      'extension/dist/preview.js',
      'extension/dist/server.mjs',
      'extension/icon.png',
      'extension/language-configuration.json',
      'extension/package.json',
      'extension/readme.md',
      'extension/syntaxes/cnn.tmLanguage.json',
    ]);
    const size = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(size).toBeLessThan(3 << 20);
  });
  test('has every file that its manifest names', () => {
    const { languages, grammars } = manifest.contributes;
    const named = [manifest.main, manifest.icon, languages[0]!.configuration, grammars[0]!.path];
    const missing = named.map((path) => `extension/${path.replace('./', '')}`).filter((path) => !files.has(path));
    expect(missing).toEqual([]);
  });
  test('keeps the licences of what is in it', () => {
    const text = new TextDecoder().decode(files.get('extension/dist/licences.txt'));
    for (const name of ['chevrotain', 'vscode-languageclient', '@dagrejs/dagre']) expect(text).toContain(`${name} `);
    for (const name of ['fastify', 'bullmq', 'pino']) expect(text).not.toContain(`\n${name} `);
  });
  test('its client loads nothing but VS Code and Node', () => {
    const text = new TextDecoder().decode(files.get('extension/dist/extension.cjs'));
    const loaded = [...text.matchAll(/require\([`'"]([^`'"]+)[`'"]\)/g)].map(([, name]) => name!);
    expect(loaded).toContain('vscode');
    expect(loaded.filter((name) => name !== 'vscode' && !isBuiltin(name))).toEqual([]);
  });
  test('its client starts the server, and its preview follows the caret both ways', () => {
    const standIn = fileURLToPath(new URL('vscode-stand-in.mjs', import.meta.url));
    const seen = JSON.parse(node([standIn, extension], folder)) as {
      readonly commands: readonly string[];
      readonly policy: string;
      readonly svg: string;
      readonly marked: readonly (readonly string[])[];
      readonly shown: readonly unknown[];
      readonly report: string;
      readonly reportAgain: string;
    };
    expect(seen.commands).toEqual(manifest.contributes.commands.map(({ command }) => command));
    expect(seen.policy).toMatch(/^default-src 'none'; style-src 'nonce-([\w-]{20,})'; script-src 'nonce-\1'$/);
    expect(seen.svg).toContain('data-id="conv1"');
    expect(seen.marked).toEqual([['conv1'], ['dense1']]);
    const [start, end] = [
      { line: 2, character: 2 },
      { line: 2, character: 20 },
    ];
    expect(seen.shown).toEqual([['file:///tmp/net.cnn', { start, end }]]);
    expect(seen.report).toMatch(/^conv1 +conv 3×3, relu/m);
    expect(seen.reportAgain).toBe(seen.report);
  });
  test('where the folder’s own server does not start, the bundled one does', () => {
    const own = join(folder, 'project/node_modules/cnnc/bin');
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'cnnc.js'), "require('fs').writeFileSync(__dirname + '/asked', ''); process.exit(1);");
    const standIn = fileURLToPath(new URL('vscode-stand-in.mjs', import.meta.url));
    const seen = JSON.parse(node([standIn, extension, join(folder, 'project')], folder)) as { readonly report: string };
    expect(existsSync(join(own, 'asked'))).toBe(true);
    expect(seen.report).toMatch(/^conv1 +conv 3×3, relu/m);
  });
  test('its server answers', async () => {
    const server = join(folder, 'server.mjs');
    writeFileSync(server, files.get('extension/dist/server.mjs')!);
    const client = await startClient({ command: [server, '--stdio', `--clientProcessId=${process.pid}`] });
    expect(client.initialized.serverInfo).toEqual({ name: 'cnnc', version: manifest.version });
    client.open('untitled:Untitled-1', 'network N {\n  input image: [1, 28, 28]\n  nonsense\n}\n');
    expect((await client.diagnostics('untitled:Untitled-1', 1)).diagnostics).toHaveLength(1);
    expect(await client.end()).toBe(0);
  });
});
