// Bundles the command line, because loading three hundred small files takes longer than checking a network.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import type { CodeSplittingGroup } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What every command needs of its dependencies, and what only the language server needs, which is no dependency of the package; the
 * others are loaded by few, and may have files of their own.
 */
const inlined = /^@?(?:chevrotain|commander|vscode-[a-z-]+)(?:\/|$)/;

const main = join(root, 'src/cli/main.ts');
const loaderThread = join(root, 'src/train/loader-thread.ts');

/** What is loaded with the file `entry`, as one file beside it. A module that several load is in that of the highest priority. */
function loadedWith(entry: string, name: string, priority: number): CodeSplittingGroup {
  let found: Set<string> | undefined;
  return {
    debugName: name,
    priority,
    name(id, graph) {
      // The whole graph is known by now.
      if (!found) {
        found = new Set([entry]);
        for (const one of found)
          for (const imported of graph.getModuleInfo(one)?.importedIds ?? []) found.add(imported);
      }
      return id !== entry && found.has(id) ? name : null;
    },
  };
}

/** What so many commands need that one file is loaded sooner than the thirty that it would be cut into. */
const mostlyLoaded: CodeSplittingGroup = { name: 'common', minShareCount: 24 };

/** Writes it into the folder: `main.js`, and `parts/`. */
export async function buildCommandLine(folder: string): Promise<void> {
  const bundle = await rolldown({
    // Threads are started by a file of that name beside the part that starts them.
    input: {
      main,
      'parts/loader-thread': loaderThread,
      'parts/serve-thread': join(root, 'src/cli/serve/thread.ts'),
      'parts/predict-processor': join(root, 'src/cli/queue/processor.ts'),
    },
    platform: 'node',
    external: (id) => /^[a-z@]/i.test(id) && !inlined.test(id),
    logLevel: 'warn',
  });
  // `--version` and threads that prepare batches load no more than they need.
  const codeSplitting = {
    groups: [loadedWith(main, 'start', 2), loadedWith(loaderThread, 'loading', 1), mostlyLoaded],
  };
  await bundle.write({ dir: folder, format: 'esm', chunkFileNames: 'parts/[name]-[hash].js', codeSplitting });
  await bundle.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCommandLine(process.argv[2]!);
