// What exporters write out in several nodes, as the single operators of the language: activations, normalisations, biases, attention.

import type { Graph } from '../../../compiler/ir/graph.ts';
import { editGraph, removeDead } from '../../../compiler/ir/rewrite.ts';
import { operators } from '../../../compiler/ops/index.ts';
import type { Weight } from '../session.ts';
import { activation } from './activations.ts';
import { attention } from './attention.ts';
import { bias } from './biases.ts';
import { withoutDetours } from './detours.ts';
import { groupNorm, layerNorm } from './normalizations.ts';
import { paddedMaximum, paddedUnpooling } from './paddings.ts';
import type { Idiom } from './parts.ts';
import { pixelNorm } from './pixels.ts';
import { responseNorm } from './response-norms.ts';
import { rmsNorm } from './root-mean-square.ts';

export interface Recognised {
  readonly graph: Graph;
  /** By the names of the graph's parameters, and others. */
  readonly weights: ReadonlyMap<string, Weight>;
  /** Nodes that others took the place of → what those are called; undefined where nothing gives their values any more. */
  readonly renamed: ReadonlyMap<string, string | undefined>;
}

/** In this order: a normalisation ends with the sum that would otherwise be a bias. */
const idioms: readonly Idiom[] = [
  layerNorm,
  pixelNorm,
  rmsNorm,
  groupNorm,
  responseNorm,
  bias,
  activation,
  paddedMaximum,
  paddedUnpooling,
  attention,
];

/** The graph with such groups of nodes as one each. */
export function recognised(graph: Graph, given: ReadonlyMap<string, Weight>): Recognised {
  const editor = editGraph(graph, operators);
  const weights = new Map(given);
  const renamed = new Map<string, string | undefined>();
  const altered = new Set<string>();
  for (const idiom of idioms) {
    for (const node of editor.nodes()) {
      const result = idiom({ editor, weights, altered }, node);
      if (result === undefined) continue;
      renamed.set(node.name, editor.producerOf(result)!.name);
      editor.replace(node, [result]);
    }
  }
  for (const name of altered) renamed.set(name, undefined);
  return { graph: withoutDetours(removeDead(editor.finish())), weights, renamed };
}
