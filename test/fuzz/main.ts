// `npm run fuzz`: hostile inputs for every target, and a table of what came of it. Progress goes to stderr, the table to stdout, what was
// found to files. Exit code 1 where there is any.

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { tool, whole } from '../support/tool.ts';
import { runSession, type Session } from './session.ts';
import { bytesOf, type Find, type FindKind } from './target.ts';
import { targets } from './targets.ts';

interface Options {
  readonly seconds: number;
  readonly target?: readonly string[];
  readonly seed: number;
  readonly out: string;
  readonly json?: true;
}

const {
  seconds,
  seed,
  target: names,
  out,
  json,
} = tool('npm run fuzz --', 'Gives hostile inputs to every target, and prints what came of it.')
  .option('--seconds <seconds>', 'for all targets together', whole, 60)
  .addOption(new Option('--target <names...>', 'only these').choices(targets.map(({ name }) => name)))
  .option('--seed <number>', 'another seed gives other inputs', whole, 1)
  .option('--out <folder>', 'where inputs are kept that a target could not stand', 'fuzz-finds')
  .option('--json', 'print it as JSON')
  .parse()
  .opts<Options>();
const chosen = targets.filter(({ name }) => names?.includes(name) ?? true);

const KINDS: readonly FindKind[] = ['crash', 'hang', 'memory'];
const sessions: Session[] = [];
const shares = chosen.reduce((sum, { share = 1 }) => sum + share, 0);
for (const target of chosen) {
  process.stderr.write(`${target.name} …`);
  const session = await runSession(target, seed, (seconds * (target.share ?? 1)) / shares);
  process.stderr.write(` ${session.executions} executions, ${session.finds.length} finds\n`);
  for (const find of session.finds) process.stderr.write(`  ${keep(target.name, find)}\n`);
  sessions.push(session);
}
process.stdout.write(json ? `${JSON.stringify(asJson(sessions), null, 2)}\n` : table(sessions));
if (sessions.some(({ finds }) => finds.length > 0)) process.exitCode = 1;

/** Writes the input and what it does; returns the path. */
function keep(target: string, find: Find): string {
  fs.mkdirSync(out, { recursive: true });
  const bytes = bytesOf(find.input);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  const path = join(out, `${target}-${find.kind}-${hash}`);
  fs.writeFileSync(`${path}${typeof find.input === 'string' ? '.cnn' : '.bin'}`, bytes);
  fs.writeFileSync(`${path}.txt`, `${target}, ${find.kind}, seed ${find.seed}\n${find.message}\n`);
  return `${path}: ${find.message.split('\n')[0]}`;
}

function countOf({ finds }: Session, kind: FindKind): number {
  return finds.filter((find) => find.kind === kind).length;
}

function table(all: readonly Session[]): string {
  const rows = all.map((session) => [
    session.target,
    session.executions.toLocaleString('en'),
    ...KINDS.map((kind) => String(countOf(session, kind))),
  ]);
  const total = all.reduce((sum, { executions }) => sum + executions, 0).toLocaleString('en');
  const sums = KINDS.map((kind) => String(all.reduce((sum, session) => sum + countOf(session, kind), 0)));
  const head = ['target', 'executions', 'crashes', 'over 2 s', 'over 256 MiB'];
  const lines = [head, ...rows, ['all', total, ...sums]];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const print = (line: readonly string[]): string =>
    `| ${line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(' | ')} |\n`;
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |\n`;
  return print(head) + rule + lines.slice(1).map(print).join('');
}

function asJson(all: readonly Session[]): unknown {
  return {
    schemaVersion: 1,
    seed,
    targets: all.map((session) => ({
      target: session.target,
      executions: session.executions,
      seconds: Math.round(session.seconds),
      crashes: countOf(session, 'crash'),
      hangs: countOf(session, 'hang'),
      memory: countOf(session, 'memory'),
    })),
  };
}
