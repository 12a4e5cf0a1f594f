// Runs ONNX's conformance cases and the trained models beside the checkout, and networks that the machine's PyTorch exports, on the
// interpreter and on both targets, and prints what became of each: `npm run conformance`.

import { basename } from 'node:path';
import { tool } from '../support/tool.ts';
import { allWays, casesIn, runCase, targets } from './cases.ts';
import type { Verdict } from './cases.ts';
import { runExports, whyNot } from './pytorch-exports.ts';

const folders = ['onnx-node', 'onnx-pytorch-converted', 'models'] as const;
const { only, json } = tool(
  'npm run conformance --',
  "Runs ONNX's conformance cases, trained models, and what PyTorch exports, and prints what became of each.",
)
  .option('--only <text>', 'cases that have it in their name')
  .option('--json', 'print it as JSON')
  .parse()
  .opts<{ readonly only?: string; readonly json?: true }>();

interface Row {
  readonly name: string;
  readonly verdict: Verdict;
}

/** All cases of a folder, one after the other, trained models in all ways; how far it is goes to stderr. */
async function rowsOf(folder: string): Promise<readonly Row[]> {
  const paths = casesIn(folder).filter((path) => only === undefined || path.includes(only));
  const rows: Row[] = [];
  for (const [at, path] of paths.entries()) {
    if (process.stderr.isTTY) process.stderr.write(`\r${folder} ${at + 1} of ${paths.length} `);
    rows.push({ name: basename(path), verdict: await runCase(path, folder === 'models' ? allWays : targets) });
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  return rows;
}

function reasonOf(verdict: Verdict): string {
  if (verdict.kind === 'refused')
    return verdict.problems.map(({ operator, what }) => (operator ? `${operator}: ${what}` : what)).join('; ');
  return verdict.kind === 'wrong' ? verdict.what : '';
}

const table: { readonly folder: string; readonly rows: readonly Row[] }[] = [];
for (const folder of folders) table.push({ folder, rows: await rowsOf(folder) });
const missing = whyNot();
if (missing === undefined) {
  const rows = await runExports([], (name) => only === undefined || name.includes(only));
  table.push({ folder: 'pytorch-exports', rows });
} else process.stderr.write(`pytorch-exports: skipped, ${missing}\n`);
for (const folder of folders)
  if (casesIn(folder).length === 0) process.stderr.write(`${folder}: skipped, no ../shared/data/${folder}\n`);
if (table.every(({ rows }) => rows.length === 0)) {
  const isHere = folders.some((folder) => casesIn(folder).length > 0);
  const why = isHere
    ? `no case has ${JSON.stringify(only)} in its name`
    : 'no cases: they are read from ../shared/data beside the checkout';
  process.stderr.write(`${why}\n`);
  process.exitCode = 1;
} else if (json) {
  process.stdout.write(`${JSON.stringify({ schemaVersion: 1, folders: table }, null, 2)}\n`);
} else {
  for (const { folder, rows } of table) {
    const count = (kind: Verdict['kind']): number => rows.filter(({ verdict }) => verdict.kind === kind).length;
    process.stdout.write(
      `${folder}: ${count('passed')} passed, ${count('refused')} refused, ${count('wrong')} wrong\n`,
    );
    for (const { name, verdict } of rows)
      if (verdict.kind !== 'passed') process.stdout.write(`  ${verdict.kind}  ${name}  ${reasonOf(verdict)}\n`);
  }
}
if (table.some(({ rows }) => rows.some(({ verdict }) => verdict.kind === 'wrong'))) process.exitCode = 1;
