// What a random network is compiled with: a level, one pass alone, a subset, or any order of passes; and how it then runs.

import * as fc from 'fast-check';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { runPasses } from '../../compiler/passes/pass.ts';
import type { Level, PipelineOptions } from '../../compiler/pipeline.ts';
import { legalisation, lower, optimisation, passes } from '../../compiler/pipeline.ts';
import type { Program } from '../../compiler/program/program.ts';
import { schedule, scheduleSteps } from '../../compiler/schedule/schedule.ts';
import { scalarTarget, vectorTarget } from '../../compiler/templates/target.ts';

export type Configuration =
  | { readonly kind: 'level'; readonly level: Level }
  /** The pipeline with these passes and steps only. */
  | { readonly kind: 'only'; readonly names: readonly string[] }
  /** Passes in this order, each as often as it stands here, and steps of the schedule. */
  | { readonly kind: 'order'; readonly names: readonly string[] };

const graphPasses = optimisation.map(({ name }) => name);
const steps: readonly string[] = scheduleSteps.map(({ name }) => name);
const all = [...graphPasses, ...steps];
const exactNames = passes.filter(({ level }) => level === 1).map(({ name }) => name);
const only = (names: readonly string[]): Configuration => ({ kind: 'only', names });
const order = (names: readonly string[]): Configuration => ({ kind: 'order', names });

export const configuration: fc.Arbitrary<Configuration> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Configuration>({ kind: 'level', level: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom<Configuration>({ kind: 'level', level: 1 }) },
  { weight: 3, arbitrary: fc.constantFrom(...all).map((name) => only([name])) },
  { weight: 1, arbitrary: fc.subarray(all).map(only) },
  { weight: 1, arbitrary: fc.subarray(exactNames).map(only) },
  { weight: 2, arbitrary: fc.shuffledSubarray([...all, ...graphPasses]).map(order) },
  { weight: 1, arbitrary: fc.shuffledSubarray([...exactNames, ...exactNames]).map(order) },
);

/** Whether it promises every bit of level 0. */
export function isExact(chosen: Configuration): boolean {
  if (chosen.kind === 'level') return chosen.level < 2;
  return chosen.names.every((name) => exactNames.includes(name));
}

/** For titles and cases: `level 2`, `only fold-scale`, `order fold-scale, dead-code`. */
export function configurationText(chosen: Configuration): string {
  return chosen.kind === 'level' ? `level ${chosen.level}` : `${chosen.kind} ${chosen.names.join(', ')}`.trim();
}

export function parseConfiguration(text: string): Configuration {
  const [kind, ...rest] = text.split(' ');
  if (kind === 'level') return { kind, level: Number(rest[0]) as Level };
  const names = rest.join(' ').split(', ').filter(Boolean);
  return kind === 'only' ? only(names) : order(names);
}

export function compile(
  graph: Graph,
  chosen: Configuration,
  options: Pick<PipelineOptions, 'target'> = {},
): { readonly graph: Graph; readonly program: Program } {
  if (chosen.kind === 'level') return lower(graph, operators, { ...options, level: chosen.level });
  if (chosen.kind === 'only') return lower(graph, operators, { ...options, only: chosen.names });
  const ordered = chosen.names.flatMap((name) => optimisation.find((pass) => pass.name === name) ?? []);
  const { graph: optimised } = runPasses(graph, [...legalisation, ...ordered], operators);
  const wanted = new Set(scheduleSteps.flatMap(({ name }) => (chosen.names.includes(name) ? [name] : [])));
  const target = options.target === 'wasm' ? vectorTarget : scalarTarget;
  return { graph: optimised, program: schedule(optimised, operators, { steps: wanted, target }) };
}
