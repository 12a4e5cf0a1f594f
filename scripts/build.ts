// Makes dist/, or the folder given, for publishing: plain JavaScript and declarations of everything but tests and examples.

import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { buildCommandLine } from './build-command-line.ts';
import { buildPlayground } from './build-playground.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = resolve(root, process.argv[2] ?? 'dist');

rmSync(folder, { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', folder], {
  cwd: root,
  stdio: 'inherit',
});

await buildCommandLine(join(folder, 'src/cli'));
await buildPlayground(join(folder, 'playground'));

/** `unplugin` asks for this package by `require`, which bundling does not see. */
const virtualModules = 'webpack-virtual-modules';
const plugins = await rolldown({
  input: {
    unplugin: join(root, 'src/bundler/unplugin.ts'),
    // The file that webpack loads is found beside the code of `unplugin`.
    'webpack/loaders/load': join(root, 'node_modules/unplugin/dist/webpack/loaders/load.mjs'),
  },
  platform: 'node',
  plugins: [
    {
      name: 'require-as-import',
      transform(code, id) {
        const required = `__require("${virtualModules}")`;
        if (!id.includes('/unplugin/') || !code.includes(required)) return undefined;
        return `import required from "${virtualModules}";\n${code.replaceAll(required, 'required')}`;
      },
    },
  ],
  logLevel: 'warn',
});
await plugins.write({
  dir: join(folder, 'src/bundler'),
  format: 'esm',
  entryFileNames: ({ name }) => (name === 'unplugin' ? '[name].js' : '[name].mjs'),
  chunkFileNames: '[name]-[hash].js',
});
await plugins.close();
process.stderr.write(`${folder} is built\n`);
