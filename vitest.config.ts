import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** Files of more than half a minute: they begin first, so that none of them is alone at the end. */
const long = [
  'networks/goldens.slow',
  'property/wasm-operators',
  'networks/compiled',
  'property/pytorch',
  'cli/files',
  'networks/wasm',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = long.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return at < 0 ? long.length : at;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- vitest's method, not Array's
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}

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
    sequence: { sequencer: LongestFirst },
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
