import { defineConfig } from 'vitest/config';

/** What other programs do with `cnnc` and its modules: bundlers, browsers, editors and other hosts of JavaScript. */
export default defineConfig({
  test: {
    include: ['test/hosts/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
