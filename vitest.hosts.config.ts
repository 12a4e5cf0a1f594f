import { defineConfig } from 'vitest/config';
import { longestFirst } from './test/support/longest-first.ts';
import { patience } from './test/support/patience.ts';

const long = [
  'e2e/readme',
  'hosts/bundlers/bundlers',
  'hosts/hosts',
  'hosts/playground-access',
  'hosts/playground-run',
  'hosts/torchrun',
  'hosts/playground',
  'hosts/playground-editing',
  'hosts/serve/queue',
  'hosts/completion',
  'hosts/web/report',
  'hosts/playground-hostile',
];

/** What other programs do with `cnnc` and its modules: bundlers, browsers, editors, clients of a server, and readers of the documentation. */
export default defineConfig({
  test: {
    include: ['test/hosts/**/*.test.ts', 'test/e2e/readme.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: 'test/support/run-folder.ts',
    setupFiles: 'test/support/fixed-seeds.ts',
    expect: { poll: { timeout: patience } },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // One more than CI has cores: browsers and servers are waited for.
    maxWorkers: 3,
    sequence: { sequencer: longestFirst(long) },
  },
});
