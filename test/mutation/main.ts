// `npm run mutants`: seeds one fault at a time into a copy of the project and runs the tests that should notice it.
// Exit code 1 when fewer than 95 % of the faults are noticed.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tool, whole } from '../support/tool.ts';
import { copyProject } from './copy.ts';
import { seed, stagesOf } from './fault.ts';
import type { Fault } from './fault.ts';
import { faults } from './faults/index.ts';
import { firstFailure } from './run-tests.ts';

/** Part of the faults that must be noticed. */
const required = 0.95;

interface Options {
  readonly only?: readonly string[];
  readonly list?: true;
  readonly timeout: number;
}

const options = tool(
  'npm run mutants --',
  'Seeds one fault at a time into a copy of the project, and runs the tests that should notice it.',
)
  .option('--only <texts...>', 'faults that have one of these in their name or file')
  .option('--list', 'print the faults, and do nothing')
  .option('--timeout <seconds>', 'for each run of tests', whole, 120)
  .parse()
  .opts<Options>();

const chosen = faults.filter(
  ({ name, file }) => options.only?.some((text) => name.includes(text) || file.includes(text)) ?? true,
);
if (options.list) {
  for (const { name, file } of chosen) console.log(`${file.padEnd(44)} ${name}`);
} else if (chosen.length === 0) {
  console.error('no fault has that in its name or file');
  process.exitCode = 2;
} else {
  process.exitCode = main(chosen, options.timeout);
}

function main(chosen: readonly Fault[], timeoutSeconds: number): number {
  const copy = copyProject();
  process.once('SIGINT', () => {
    copy.remove();
    process.exit(130);
  });
  try {
    const broken = withoutFaults(copy.root, chosen, timeoutSeconds);
    if (broken !== undefined) {
      console.error(`without any fault, the tests fail already: ${broken}`);
      return 1;
    }
    const survivors: Fault[] = [];
    for (const fault of chosen) {
      const failure = attempt(copy.root, fault, timeoutSeconds);
      if (failure === undefined) survivors.push(fault);
      console.log(`${failure === undefined ? 'SURVIVED' : 'killed  '}  ${fault.file}: ${fault.name}`);
      if (failure !== undefined) console.log(`            ${failure}`);
    }
    console.log(`\n${summary(chosen, survivors)}`);
    return survivors.length <= (1 - required) * chosen.length ? 0 : 1;
  } finally {
    copy.remove();
  }
}

/** A row per area: faults, and how many of them were noticed. */
function summary(chosen: readonly Fault[], survivors: readonly Fault[]): string {
  const areaOf = ({ file }: Fault): string => /^(?:compiler|src)\/\w+|^\w+/.exec(file)![0];
  const row = (area: string, of: readonly Fault[]): string => {
    const killed = of.filter((fault) => !survivors.includes(fault)).length;
    const part = of.length === 0 ? 0 : (100 * killed) / of.length;
    return `${area.padEnd(20)}${`${killed} of ${of.length}`.padStart(12)}${part.toFixed(1).padStart(8)} %`;
  };
  const rows = [...Map.groupBy(chosen, areaOf)].map(([area, of]) => row(area, of));
  return [...rows, row('all', chosen), ...survivors.map(({ name }) => `survived: ${name}`)].join('\n');
}

/** What fails in the project as it is. */
function withoutFaults(root: string, chosen: readonly Fault[], timeoutSeconds: number): string | undefined {
  const shares = Map.groupBy(chosen.flatMap(stagesOf), ({ share }) => share);
  for (const [share, stages] of shares) {
    const tests = [...new Set(stages.flatMap(({ tests }) => tests))].toSorted();
    const failure = firstFailure(root, { tests, share }, 5 * timeoutSeconds);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** What noticed the fault; undefined when nothing did. */
function attempt(root: string, fault: Fault, timeoutSeconds: number): string | undefined {
  const path = join(root, fault.file);
  const text = readFileSync(path, 'utf8');
  const seeded = seed(text, fault);
  const put = (content: string): void => {
    writeFileSync(path, content);
    // Emitted modules hold the runtime as text.
    if (fault.file.startsWith('runtime/')) {
      execFileSync(process.execPath, ['scripts/generate-runtime-text.ts'], { cwd: root, stdio: 'ignore' });
    }
  };
  put(seeded);
  try {
    for (const stage of stagesOf(fault)) {
      const failure = firstFailure(root, stage, timeoutSeconds);
      if (failure !== undefined) return failure;
    }
    return undefined;
  } finally {
    put(text);
  }
}
