// Makes dist/ of the extension, each a single file without dependencies: the client, which VS Code loads, the server, which it starts,
// and the script of the preview; and the licences of what is in them. Needs `npm ci` here and in the root of the repository.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import type { OutputChunk } from 'rolldown';

const here = fileURLToPath(new URL('.', import.meta.url));
const dist = join(here, 'dist');

interface Part {
  readonly input: string;
  readonly file: string;
  readonly format: 'cjs' | 'esm' | 'iife';
  readonly platform: 'node' | 'browser';
}
const parts: readonly Part[] = [
  { input: 'src/extension.ts', file: 'extension.cjs', format: 'cjs', platform: 'node' },
  { input: 'src/server.ts', file: 'server.mjs', format: 'esm', platform: 'node' },
  { input: 'webview/preview.ts', file: 'preview.js', format: 'iife', platform: 'browser' },
];

/** Libraries that only commands need which the extension does not run. */
const { peerDependencies } = JSON.parse(readFileSync(join(here, '../../package.json'), 'utf8')) as {
  readonly peerDependencies: Readonly<Record<string, string>>;
};
const outside: ReadonlySet<string> = new Set(['vscode', ...Object.keys(peerDependencies)]);

/** The modules that it is made of. */
async function bundle({ input, file, format, platform }: Part): Promise<readonly string[]> {
  const build = await rolldown({
    input: join(here, input),
    platform,
    external: (id) => outside.has(id) || id.startsWith('node:'),
    logLevel: 'warn',
  });
  const { output } = await build.write({
    file: join(dist, file),
    format,
    minify: true,
    codeSplitting: false,
  });
  await build.close();
  return output.flatMap((one) => (one.type === 'chunk' ? Object.keys((one as OutputChunk).modules) : []));
}

/** The texts that the licences of the packages ask to be kept. */
function licences(modules: readonly string[]): string {
  const packages = new Set(
    modules.flatMap((path) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  );
  const texts = [...packages].toSorted().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
      string,
      string
    >;
    const file = ['LICENSE', 'License.txt', 'LICENSE.txt', 'LICENSE.md'].find((one) => existsSync(join(folder, one)));
    const text = file === undefined ? '' : `\n\n${readFileSync(join(folder, file), 'utf8').trim()}`;
    return `${name} ${version} (${license})${text}\n`;
  });
  return `This extension contains parts of these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

rmSync(dist, { recursive: true, force: true });
const modules = await Promise.all(parts.map(bundle));
writeFileSync(join(dist, 'licences.txt'), licences(modules.flat()));
process.stderr.write(`${dist} is built\n`);
