// Faults around the command line: it is killed at a random moment, its output is closed, its disk is full. Afterwards every
// file is as it was before or as an undisturbed run writes it, and the next run mends what is left.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from '../target.ts';
import { expectThat, textOf } from '../target.ts';

const cli = fileURLToPath(new URL('../../../bin/cnnc.js', import.meta.url));
const source = fs.readFileSync(new URL('../../../examples/lenet/lenet.cnn', import.meta.url), 'utf8');
const loose = source.replaceAll('\n', '\n\n\n');

const commands: readonly (readonly string[])[] = [
  ['compile', 'a.cnn', '--weights', 'random:1', '-o', 'out'],
  ['compile', 'a.cnn', '--target', 'wasm', '--weights', 'random:1', '-o', 'out'],
  ['fmt', 'a.cnn'],
  ['report', 'a.cnn', '--html', 'out.html'],
  ['check', 'a.cnn'],
];
const kinds = ['kill', 'closed output', 'full disk'] as const;

interface Fault {
  readonly kind: (typeof kinds)[number];
  readonly command: number;
  readonly afterMs: number;
}

type Files = ReadonlyMap<string, string>;

export const faultsTarget: Target = {
  name: 'faults',
  share: 3,
  generate: (random) =>
    JSON.stringify({ kind: random.pick(kinds), command: random.below(commands.length), afterMs: random.below(900) }),
  async run(input) {
    const fault = JSON.parse(textOf(input)) as Fault;
    if (fault.kind === 'full disk' && process.getuid?.() !== 0) return;
    const command = commands[fault.command]!;
    const expected = await undisturbed(fault.command);
    const folder = fs.mkdtempSync(join(tmpdir(), 'cnnc-fuzz-'));
    const isSmall = fault.kind === 'full disk';
    if (isSmall) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    try {
      prepare(folder);
      const before = filesIn(folder);
      const child = start(command, folder);
      const ended = end(child);
      if (fault.kind === 'kill') setTimeout(() => child.kill('SIGKILL'), fault.afterMs);
      if (fault.kind === 'closed output') for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      const { code, stderr } = await ended;
      expectThat(code !== 70 && !/\n\s+at .*:\d+:\d+/.test(stderr), `exit code ${code}: ${stderr.slice(0, 300)}`);
      checkFiles(filesIn(folder), before, expected, `${command[0]} after ${fault.kind}`, true);
      if (isSmall) return;
      const again = await end(start(command, folder));
      expectThat(again.code === 0, `the next run: exit code ${again.code}: ${again.stderr.slice(0, 300)}`);
      checkFiles(filesIn(folder), expected, expected, `the next run of ${command[0]}`, false);
    } finally {
      if (isSmall) execFileSync('umount', [folder]);
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Files that a killed run leaves behind may be there where `leftovers` are allowed; the next run takes them away. */
function checkFiles(found: Files, before: Files, expected: Files, what: string, leftovers: boolean): void {
  for (const [path, text] of found) {
    if (leftovers && /(^|\/)\.[^/]*$/.test(path)) continue;
    expectThat(text === before.get(path) || text === expected.get(path), `${what}: ${path} is neither old nor new`);
  }
}

const known = new Map<number, Promise<Files>>();

function undisturbed(command: number): Promise<Files> {
  const result = known.get(command) ?? writtenBy(commands[command]!);
  known.set(command, result);
  return result;
}

async function writtenBy(command: readonly string[]): Promise<Files> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'cnnc-fuzz-'));
  prepare(folder);
  const { code, stderr } = await end(start(command, folder));
  expectThat(code === 0, `${command.join(' ')}: exit code ${code}: ${stderr.slice(0, 300)}`);
  const files = filesIn(folder);
  fs.rmSync(folder, { recursive: true });
  return files;
}

function prepare(folder: string): void {
  fs.writeFileSync(join(folder, 'a.cnn'), loose);
}

function start(command: readonly string[], folder: string): ChildProcess {
  return spawn(process.execPath, [cli, ...command], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
}

function end(child: ChildProcess): Promise<{ readonly code: number | null; readonly stderr: string }> {
  let stderr = '';
  child.stderr?.on('data', (part) => (stderr += String(part)));
  child.stdout?.resume();
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stderr })));
}

function filesIn(folder: string): Files {
  const paths = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    paths
      .filter((path) => fs.statSync(join(folder, path)).isFile())
      .map((path) => [path, fs.readFileSync(join(folder, path), 'latin1')]),
  );
}
