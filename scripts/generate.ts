// `npm run generate`: writes the texts that are made from the sources. With names, only those: `npm run generate -- operators`.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Name → programs, seen from this folder, in the order in which they must run. */
const parts: Readonly<Record<string, readonly string[]>> = {
  runtime: ['generate-runtime-text'],
  blocks: ['generate-block-text', 'generate-block-docs'],
  pages: ['generate-page-text', 'generate-classify-page'],
  operators: ['generate-operator-docs'],
  editors: ['generate-textmate', 'generate-vim-syntax'],
  tables: ['optimisation-table', '../test/networks/error-table'],
  pictures: ['draw-docs', 'draw-editor'],
  screenshots: ['draw-playground'],
  readmes: ['run-readmes'],
};

const given = process.argv.slice(2);
const unknown = given.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(`there is no part ${unknown.join(', ')}; the parts are ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}
for (const [name, scripts] of Object.entries(parts)) {
  if (given.length > 0 && !given.includes(name)) continue;
  for (const script of scripts) {
    console.error(`${name}: ${script}`);
    const file = fileURLToPath(new URL(`${script}.ts`, import.meta.url));
    const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
      stdio: 'inherit',
    });
    if (status !== 0) process.exit(status ?? 1);
  }
}
// Generated text has JSON's quotes, the project's layout has others.
const texts = ['compiler/codegen/runtime-text.ts', 'compiler/blocks/block-text.ts'];
spawnSync('npx', ['prettier', '--write', '--log-level', 'warn', ...texts], { stdio: 'inherit' });
