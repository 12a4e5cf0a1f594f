// Bundles the command line, because loading three hundred small files takes longer than checking a network.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What every command needs of its dependencies, and what only the language server needs, which is no dependency of the package; the
 * others are loaded by few, and may have files of their own.
 */
const inlined = /^@?(?:chevrotain|commander|vscode-[a-z-]+)(?:\/|$)/;

/** Writes it into the folder: `main.js`, and `parts/`. */
export async function buildCommandLine(folder: string): Promise<void> {
  const bundle = await rolldown({
    // Threads are started by a file of that name beside the part that starts them.
    input: {
      main: join(root, 'src/cli/main.ts'),
      'parts/loader-thread': join(root, 'src/train/loader-thread.ts'),
      'parts/serve-thread': join(root, 'src/cli/serve/thread.ts'),
      'parts/predict-processor': join(root, 'src/cli/queue/processor.ts'),
    },
    platform: 'node',
    external: (id) => /^[a-z@]/i.test(id) && !inlined.test(id),
    logLevel: 'warn',
  });
  await bundle.write({ dir: folder, format: 'esm', chunkFileNames: 'parts/[name]-[hash].js' });
  await bundle.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCommandLine(process.argv[2]!);
