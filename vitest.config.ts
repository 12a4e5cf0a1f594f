import { defineConfig } from 'vitest/config';
import { longestFirst } from './test/support/longest-first.ts';
import { patience } from './test/support/patience.ts';

const long = [
  'networks/compiled',
  'networks/wasm',
  'networks/published',
  'networks/goldens.slow',
  'property/wasm-operators',
  'kernels/winograd',
  'property/pytorch',
  'e2e/main-job',
  'wasm/revectorizer',
  'property/metamorphic',
  'codegen/manifest',
  'property/operators',
  'cli/files',
  'cli/limits',
  'autodiff/pytorch-f32',
  'property/passes-1',
  'property/passes-2',
  'property/passes-3',
  'property/passes-4',
  'bench/peers',
  'wasm/wide',
  'e2e/walks/ml-engineer',
  'templates/weight-gradients',
  'passes/exact',
  'export/pytorch-auxiliary',
  'property/wasm-networks',
];

/**
 * Tests that replace modules or functions of Node, listen to their process, measure time, or need much memory: each file has a process
 * of its own. The others leave nothing behind in theirs: one worker runs many of them, and loads and optimises the compiler once.
 */
const alone = [
  ...['bench/turns', 'cli/folder-lock', 'cli/passes', 'cli/refusals', 'codegen/weights-url', 'networks/*'],
  ...['playground/npz', 'wasm/auto-threads', 'wasm/large', 'wasm/module', 'wasm/threads'],
].map((name) => `test/${name}.test.ts`);

// What other programs run (bundlers, browsers, editors) has a test command of its own: `npm run test:hosts`. So do the commands of the
// documentation, and the package as it is installed.
const elsewhere = ['**/node_modules/**', 'test/hosts/**', 'test/e2e/readme.test.ts', 'test/e2e/package.test.ts'];

export default defineConfig({
  test: {
    // Nightly runs try more random cases, see test/support/runs.ts.
    testTimeout: 60_000 * Math.max(1, Number(process.env['CNNC_RUNS'] ?? 1)),
    globalSetup: 'test/support/run-folder.ts',
    setupFiles: 'test/support/fixed-seeds.ts',
    expect: { poll: { timeout: patience } },
    maxWorkers: 2,
    sequence: { sequencer: longestFirst(long) },
    projects: [
      { extends: true, test: { name: 'alone', include: alone, exclude: elsewhere } },
      {
        extends: true,
        test: {
          name: 'together',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [...elsewhere, ...alone],
        },
      },
    ],
  },
});
