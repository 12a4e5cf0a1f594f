// `npm run fuzz -- --seconds 60 --target parser --seed 7 --out DIR --json`: hostile inputs for every target, and a table of
// what came of it. Progress goes to stderr, the table to stdout, what was found to files in DIR. Exit code 1 where there is any.

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runSession, type Session } from './session.ts';
import { bytesOf, type Find, type FindKind } from './target.ts';
import { targets } from './targets.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: 'fuzz-finds' },
    json: { type: 'boolean', default: false },
  },
});

const seconds = whole('--seconds', values.seconds);
const seed = whole('--seed', values.seed);
const chosen = values.target ? targets.filter(({ name }) => values.target!.includes(name)) : targets;
const unknown = values.target?.find((name) => targets.every((target) => target.name !== name));
if (unknown !== undefined)
  refuse(`there is no target ${unknown}; there are ${targets.map(({ name }) => name).join(', ')}`);

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
process.stdout.write(values.json ? `${JSON.stringify(asJson(sessions), null, 2)}\n` : table(sessions));
if (sessions.some(({ finds }) => finds.length > 0)) process.exitCode = 1;

function whole(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) refuse(`${option} takes a whole number; found ${text}`);
  return Number(text);
}

function refuse(message: string): never {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
}

/** Writes the input and what it does; returns the path. */
function keep(target: string, find: Find): string {
  fs.mkdirSync(values.out, { recursive: true });
  const bytes = bytesOf(find.input);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  const path = join(values.out, `${target}-${find.kind}-${hash}`);
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
