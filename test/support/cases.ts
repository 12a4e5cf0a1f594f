// Kept cases: the text of a graph with the configuration and the executor on which it once failed.

import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph, printGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Configuration } from './configuration.ts';
import { configurationText, parseConfiguration } from './configuration.ts';
import type { Executor } from './one-run.ts';

export interface Case {
  readonly graph: Graph;
  readonly configuration: Configuration;
  readonly executor: Executor;
  readonly batch: number;
}

/** What a file under test/property/cases holds: lines of settings, then the graph. A line `# …` says what went wrong. */
export function caseText({ graph, configuration, executor, batch }: Case): string {
  const settings = [`configuration: ${configurationText(configuration)}`, `executor: ${executor}`, `batch: ${batch}`];
  return `${settings.join('\n')}\n${printGraph(graph, operators)}`;
}

export function parseCase(text: string): Case {
  const start = text.search(/^graph /m);
  const setting = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(text.slice(0, start))?.[1] ?? '';
  return {
    graph: parseGraph(text.slice(start), operators),
    configuration: parseConfiguration(setting('configuration')),
    executor: setting('executor') as Executor,
    batch: Number(setting('batch')),
  };
}
