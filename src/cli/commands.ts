// All commands, each loaded when it is needed: starting takes longer than most of what they do.

import type { Command } from 'commander';
import type { Io } from './io.ts';

type Make = (io: Io) => Command;

/** In the order of `cnnc --help`. */
export const commands: ReadonlyMap<string, () => Promise<Make>> = new Map<string, () => Promise<Make>>([
  ['new', async () => (await import('./commands/new.ts')).newCommand],
  ['import', async () => (await import('./commands/import.ts')).importCommand],
  ['export', async () => (await import('./commands/export.ts')).exportCommand],
  ['check', async () => (await import('./commands/check.ts')).checkCommand],
  ['fmt', async () => (await import('./commands/fmt.ts')).fmtCommand],
  ['report', async () => (await import('./commands/report.ts')).reportCommand],
  ['why', async () => (await import('./commands/why.ts')).whyCommand],
  ['explain', async () => (await import('./commands/explain.ts')).explainCommand],
  ['compile', async () => (await import('./commands/compile.ts')).compileCommand],
  ['run', async () => (await import('./commands/run.ts')).runCommand],
  ['compare', async () => (await import('./commands/compare.ts')).compareCommand],
  ['eval', async () => (await import('./commands/eval.ts')).evalCommand],
  ['predict', async () => (await import('./commands/predict.ts')).predictCommand],
  ['worker', async () => (await import('./commands/worker.ts')).workerCommand],
  ['merge', async () => (await import('./commands/merge.ts')).mergeCommand],
  ['train', async () => (await import('./commands/train.ts')).trainCommand],
  ['bench', async () => (await import('./commands/bench.ts')).benchCommand],
  ['tune', async () => (await import('./commands/tune.ts')).tuneCommand],
  ['play', async () => (await import('./commands/play.ts')).playCommand],
  ['serve', async () => (await import('./commands/serve.ts')).serveCommand],
  ['dump', async () => (await import('./commands/dump.ts')).dumpCommand],
  ['lsp', async () => (await import('./commands/lsp.ts')).lspCommand],
  ['completion', async () => (await import('./commands/completion.ts')).completionCommand],
  ['help', async () => (await import('./commands/help.ts')).helpCommand],
]);

/** Commands that speak of all others. */
const general: ReadonlySet<string> = new Set(['completion', 'help']);

/** Only the one that is named, or all where others are spoken of. */
export async function commandsFor(name: string | undefined): Promise<readonly Make[]> {
  const load = name === undefined || general.has(name) ? undefined : commands.get(name);
  return Promise.all(load ? [load()] : [...commands.values()].map((one) => one()));
}
