// Neovim, without a screen, with the lines that editors/neovim has for it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';

const inRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const version = /NVIM v(\S+)/.exec(spawnSync('nvim', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1];

const text = `block unit(channels: int) {
  conv(channels,kernal: 3, padding: 1) -> relu
}

network Small {
  input image: [1, 28, 28]
  unit(8)
     unit(16)
  flatten -> dense(10)
}
`;

interface Seen {
  readonly error?: string;
  readonly filetype: string;
  /** Group of each word. */
  readonly colours: Readonly<Record<string, string>>;
  readonly diagnostics: readonly { readonly line: number; readonly column: number; readonly code: string }[];
  readonly actions: readonly string[];
  readonly fixed: readonly string[];
  readonly renamed: readonly string[];
  readonly formatted: readonly string[];
  readonly hover: { readonly contents: { readonly value: string } };
}

describe.skipIf(version === undefined)(`Neovim ${version ?? '(skipped: nvim is not installed)'}`, () => {
  let seen: Seen;
  beforeAll(() => {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), 'cnnc-nvim-'));
    try {
      const [file, out] = [join(folder, 'net.cnn'), join(folder, 'seen.json')];
      writeFileSync(file, text);
      const env = {
        ...process.env,
        HOME: folder,
        FILE: file,
        OUT: out,
        PLUGIN: inRoot('editors/neovim/cnn.lua'),
        SYNTAX: inRoot('editors/neovim/syntax/cnn.vim'),
        CNNC: JSON.stringify([process.execPath, inRoot('bin/cnnc.js'), 'lsp', '--stdio']),
      };
      const args = ['--headless', '-u', 'NONE', '-i', 'NONE', '-n', '-c', `luafile ${inRoot('test/hosts/neovim.lua')}`];
      spawnSync('nvim', args, { env, cwd: folder, timeout: 60_000, encoding: 'utf8' });
      seen = JSON.parse(readFileSync(out, 'utf8')) as Seen;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('knows the type of the file', () => {
    expect(seen.error).toBeUndefined();
    expect(seen.filetype).toBe('cnn');
  });
  test('colours it', () => {
    expect(seen.colours).toEqual({
      block: 'cnnDeclares',
      conv: 'cnnStep',
      kernal: 'cnnAttribute',
      int: 'cnnType',
      3: 'cnnNumber',
      '->': 'cnnSign',
      relu: 'cnnStep',
      input: 'cnnKeyword',
      'unit(8)': 'cnnCall',
      28: 'cnnNumber',
    });
  });
  test('shows the mistake where it is', () => {
    expect(seen.diagnostics).toMatchObject([{ line: 1, column: 16, code: 'argument/unknown' }]);
  });
  test('applies its fix', () => {
    expect(seen.actions[0]).toMatch(/kernel/);
    expect(seen.fixed[1]).toBe('  conv(channels,kernel: 3, padding: 1) -> relu');
  });
  test('shows what it is under the cursor', () => expect(seen.hover.contents.value).toMatch(/unit/));
  test('renames a block', () => {
    const calls = seen.renamed.filter((line) => /\bstage\b/.test(line)).map((line) => line.trim());
    expect(calls).toEqual(['block stage(channels: int) {', 'stage(8)', 'stage(16)']);
    expect(seen.renamed.join('\n')).not.toMatch(/\bunit\b/);
  });
  test('formats', () => {
    expect(seen.formatted).toEqual([
      'block stage(channels: int) {',
      '  conv(channels, kernel: 3, padding: 1) -> relu',
      '}',
      '',
      'network Small {',
      '  input image: [1, 28, 28]',
      '  stage(8)',
      '  stage(16)',
      '  flatten -> dense(10)',
      '}',
    ]);
  });
});
