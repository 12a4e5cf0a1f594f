import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // Nightly runs try more random cases, see test/support/runs.ts.
    testTimeout: 60_000 * Math.max(1, Number(process.env['CNNC_RUNS'] ?? 1)),
    maxWorkers: 2,
  },
});
