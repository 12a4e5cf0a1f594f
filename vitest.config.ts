import { defineConfig } from 'vitest/config';
import { longestFirst } from './test/support/longest-first.ts';

const long = [
  'networks/goldens.slow',
  'property/wasm-operators',
  'networks/compiled',
  'property/pytorch',
  'cli/files',
  'networks/wasm',
  'codegen/manifest',
];

/** Folders whose tests leave nothing behind in their process: one worker runs many of their files, and loads the compiler once. */
const pure = [
  ...['analysis', 'autodiff', 'blocks', 'bundler', 'compare', 'conformance', 'data', 'diagnostics'],
  ...['explain', 'export', 'frontend', 'grammar', 'ide', 'ir', 'kernels', 'onnx', 'ops', 'passes', 'property'],
  ...['quantize', 'recover', 'report', 'schedule', 'serve', 'templates', 'train', 'weights'],
].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    // Nightly runs try more random cases, see test/support/runs.ts.
    testTimeout: 60_000 * Math.max(1, Number(process.env['CNNC_RUNS'] ?? 1)),
    maxWorkers: 2,
    sequence: { sequencer: longestFirst(long) },
    projects: [
      { extends: true, test: { name: 'pure', isolate: false, include: pure } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          // What other programs run (bundlers, browsers, editors) has a test command of its own: `npm run test:hosts`.
          // So do the commands of the documentation.
          exclude: ['**/node_modules/**', 'test/hosts/**', 'test/e2e/readme.test.ts', ...pure],
        },
      },
    ],
  },
});
