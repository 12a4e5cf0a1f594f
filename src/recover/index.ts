// From a graph back to a text that a person would write: blocks, loops, parallel paths. The text's graph is compared with the one
// that it was made of, each time.

import { frontend } from '../../compiler/frontend/index.ts';
import type { Network } from '../../compiler/frontend/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import type { OperatorTable } from '../../compiler/ir/operator.ts';
import { operatorOf } from '../../compiler/ir/signature.ts';
import { hasErrors, type Diagnostic } from '../../grammar/diagnostic.ts';
import { format } from '../../grammar/format.ts';
import { findBranches, findSequences, nameRegions } from './blocks.ts';
import type { Program } from './blocks.ts';
import { createEncoder } from './encode.ts';
import type { Encoder, IsDefault } from './encode.ts';
import { requireExpressible, Unrecoverable } from './expressible.ts';
import { flowOf } from './flow.ts';
import { bodyLoops, findLoops } from './loops.ts';
import { matchGraphs } from './match.ts';
import type { Match } from './match.ts';
import { printProgram } from './print.ts';
import { structureOf } from './structure.ts';
import { tidied } from './tidied.ts';
import { defaultsOf } from './values-text.ts';

export { Unrecoverable } from './expressible.ts';

export interface Recovered {
  readonly text: string;
  /** What the text says. */
  readonly network: Network;
  /** What corresponds to what: from the graph that was given to the text's. */
  readonly match: Match;
}

export interface RecoverOptions {
  readonly operators: OperatorTable;
  /** What the network is, in words. */
  readonly doc?: string;
}

/** What a list of loops must save, in operators and numbers: before blocks of any sequence are looked for, and behind. */
const CLEAR = 12;
const SHORT = 2;

/** Nodes of the largest graph in which blocks and loops are looked for; the text of a larger one is long, and quickly there. */
const MOST_NODES = 3000;

/** The text of a network, one definition after the other. Throws `Unrecoverable` where the language cannot say it. */
export function recover(given: Graph, { operators, doc }: RecoverOptions): Recovered {
  const graph = tidied(given);
  requireExpressible(graph, operators);
  const isDefault = defaultsOf((name) => operatorOf(operators, name));
  const program = programOf(graph, operators, isDefault);
  const formatted = format({ path: 'net.cnn', text: printProgram(program, { graph, operators, isDefault }, doc) });
  if (!('text' in formatted)) throw new Unrecoverable(messages(formatted.diagnostics));
  const { text } = formatted;
  const { networks, diagnostics } = frontend({ path: 'net.cnn', text }, { operators });
  const [network] = networks;
  if (!network || hasErrors(diagnostics)) throw new Unrecoverable(messages(diagnostics));
  const match = matchGraphs(graph, network.graph);
  if ('difference' in match) throw new Unrecoverable([`its text would be another network: ${match.difference}`]);
  return { text, network, match };
}

function messages(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
}

function programOf(graph: Graph, operators: OperatorTable, isDefault: IsDefault): Program {
  const program: Program = { body: structureOf(flowOf(graph, operators)), blocks: [] };
  const encoderOf = (): Encoder => createEncoder(isDefault);
  if (graph.nodes.length > MOST_NODES) {
    nameRegions(program, isDefault);
    return program;
  }
  findBranches(program, isDefault);
  loopsOf(program, CLEAR, encoderOf);
  nameRegions(program, isDefault);
  findSequences(program, isDefault);
  loopsOf(program, SHORT, encoderOf);
  nameRegions(program, isDefault);
  return program;
}

function loopsOf({ body, blocks }: Program, least: number, encoderOf: () => Encoder): void {
  for (const { items } of blocks) findLoops(items, least, encoderOf);
  bodyLoops(body, least, encoderOf);
}
