// Runs test files of a copy of the project in a process of its own, and says which tests failed.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Stage } from './fault.ts';

/** The first test that failed, or what else went wrong; undefined when all passed. */
export function firstFailure(root: string, { tests, share }: Stage, timeoutSeconds: number): string | undefined {
  const output = join(root, 'mutants-report.json');
  rmSync(output, { force: true });
  const options = ['--bail=1', '--no-isolate', '--maxWorkers=1', '--no-cache', '--reporter=json'];
  // Tests with browsers have a configuration of their own.
  if (tests.some((file) => file.startsWith('test/hosts/'))) options.push('--config=vitest.hosts.config.ts');
  const cache = `--fsModuleCachePath=${join(root, '.module-cache')}`;
  const { status, error, stderr } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', ...tests, ...options, cache, `--outputFile=${output}`],
    {
      cwd: root,
      env: { ...process.env, CNNC_RUNS: String(share) },
      timeout: timeoutSeconds * 1000,
      killSignal: 'SIGKILL',
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  if (error && 'code' in error && error.code === 'ETIMEDOUT') return `no end after ${timeoutSeconds} seconds`;
  if (status === 0) return undefined;
  if (!existsSync(output)) throw new Error(`the tests did not run: ${stderr.slice(0, 500)}`);
  const { testResults } = JSON.parse(readFileSync(output, 'utf8')) as Report;
  for (const { name, status: outcome, assertionResults } of testResults) {
    const failed = assertionResults.find((one) => one.status === 'failed');
    const file = relative(root, name);
    if (failed) return `${file}: ${failed.fullName.trim().replace(/\s+/g, ' ').slice(0, 160)}`;
    if (outcome === 'failed') return `${file} does not load`;
  }
  return `exit code ${status}`;
}

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}
