// Every pass opens with what it does, what it requires, when it pays, where it comes from and small examples:
//
//   // One or more sentences.
//   //
//   // Requires: …
//   // Cost: when it fires.
//   // Source: a paper, or the compilers that have it.
//   //
//   // before:
//   //   %0 = input x : [N,3]
//   //   …
//   // after:
//   //   …
//
// Here the examples are run: the text must match, and both sides must compute the same numbers.

import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { legalisation, lower, optimisation } from '../../compiler/pipeline.ts';
import type { Pass } from '../../compiler/passes/pass.ts';
import { runPasses } from '../../compiler/passes/pass.ts';
import type { Outputs } from '../support/executors.ts';
import { runKernels, runOracle } from '../support/executors.ts';
import { graphOf } from '../support/pass.ts';
import { feedsOf } from '../support/random-network.ts';

const folder = new URL('../../compiler/passes/', import.meta.url);

interface PassFile {
  readonly file: string;
  readonly pass: Pass;
  readonly header: readonly string[];
}

const files: readonly PassFile[] = (
  await Promise.all(
    readdirSync(folder).map(async (file) => {
      const exported = Object.values((await import(new URL(file, folder).href)) as Record<string, unknown>);
      const header = headerOf(readFileSync(new URL(file, folder), 'utf8'));
      return exported.filter(isPass).map((pass) => ({ file, pass, header }));
    }),
  )
).flat();

test('every pass has its file, and every file its place in the pipeline', () => {
  const names = [...legalisation, ...optimisation].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(files.map(({ file }) => file)).toEqual(names.map((name) => `${name}.ts`).toSorted());
  expect(files.map(({ pass }) => `${pass.name}.ts`)).toEqual(files.map(({ file }) => file));
});

describe.each(files)('$file', ({ pass, header }) => {
  test('says what it requires, when it pays and where it comes from', () => {
    expect(header[0]).toMatch(/^[A-Z0-9].{20}/);
    for (const section of ['Requires', 'Cost', 'Source']) {
      expect(header.filter((line) => new RegExp(`^${section}: \\S`).test(line))).toHaveLength(1);
    }
  });

  const pairs = examplesOf(header);
  test('has an example', () => expect(pairs).not.toEqual([]));

  test.each(pairs.map((pair, at) => [at + 1, pair] as const))('example %i', (_, [before, after]) => {
    const start = graphOf(before);
    const found = untilSettled(pass, start);
    const expected = graphOf(after);
    expect(verifyGraph(start, operators)).toEqual([]);
    expect(printGraph(found, operators)).toBe(printGraph(expected, operators));
    expect(verifyGraph(found, operators)).toEqual([]);

    const feeds = feedsOf(start, 2);
    const oracle = runOracle(start, feeds);
    const bound = pass.exact ? 0 : 1e-12 * oracle.largest;
    expect(differences(oracle.outputs, runOracle(found, feeds).outputs, bound)).toEqual([]);

    const compiled = (graph: Graph) => runKernels(lower(graph, operators, 0).program, feeds, feeds.batch);
    const rounded = pass.exact ? 0 : 1e-5 * oracle.largest;
    expect(differences(compiled(start), compiled(found), rounded)).toEqual([]);
  });
});

function isPass(value: unknown): value is Pass {
  return typeof value === 'object' && value !== null && 'modes' in value && 'run' in value;
}

/** The comment a file opens with, without its slashes. */
function headerOf(text: string): readonly string[] {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  return lines.slice(0, end).map((line) => line.slice(3));
}

/** Bodies of graph text: each `before:` with the `after:` that follows it. */
function examplesOf(header: readonly string[]): readonly (readonly [string, string])[] {
  const body = (start: number): string => {
    const end = header.findIndex((line, at) => at > start && !line.startsWith('  '));
    return header.slice(start + 1, end === -1 ? undefined : end).join('\n');
  };
  const starts = (label: string): number[] => header.flatMap((line, at) => (line === label ? [at] : []));
  const [befores, afters] = [starts('before:'), starts('after:')];
  if (befores.length !== afters.length || befores.some((at, index) => at > afters[index]!)) {
    throw new Error('every `before:` needs its `after:`');
  }
  return befores.map((at, index) => [body(at), body(afters[index]!)]);
}

function untilSettled(pass: Pass, graph: Graph, left = 10): Graph {
  const next = runPasses(graph, [pass], operators).graph;
  if (next === graph) return graph;
  if (left === 0) throw new Error(`${pass.name} never settles`);
  return untilSettled(pass, next, left - 1);
}

/** Where two runs differ by more than `bound`; with 0 in any bit. */
function differences(expected: Outputs, found: Outputs, bound: number): readonly string[] {
  return [...expected].flatMap(([name, values]) => {
    const others = found.get(name)!;
    const same = (value: number, other: number): boolean => Object.is(value, other) || Math.abs(value - other) < bound;
    return Array.from(values).flatMap((value, at) =>
      same(value, others[at]!) ? [] : [`${name}[${at}]: ${value} before, ${others[at]} after`],
    );
  });
}
