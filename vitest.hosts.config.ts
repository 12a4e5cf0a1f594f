import { defineConfig } from 'vitest/config';
import { longestFirst } from './test/support/longest-first.ts';
import { patience } from './test/support/patience.ts';

const long = [
  'e2e/readme',
  'hosts/bundlers/bundlers',
  'hosts/hosts',
  'hosts/playground-access',
  'hosts/playground-run',
  'hosts/playground-editing',
  'hosts/torchrun',
  'hosts/playground',
  'hosts/serve/queue',
  'hosts/playground-hostile',
  'hosts/web/report',
  'hosts/browser/training',
  'e2e/package',
  'hosts/bundled',
  'hosts/browser/wasm',
  'hosts/completion',
  'hosts/playground-keyboard',
  'hosts/wasm-file',
  'hosts/web/page',
  'hosts/serve/faults',
  'hosts/lsp-clients',
  'hosts/vscode',
  'hosts/lsp-hostile',
  'hosts/web/module',
];

/** What other programs do with `cnnc` and its modules: bundlers, browsers, editors, clients of a server, those who install the package, and readers of the documentation. */
export default defineConfig({
  test: {
    include: ['test/hosts/**/*.test.ts', 'test/e2e/readme.test.ts', 'test/e2e/package.test.ts'],
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
