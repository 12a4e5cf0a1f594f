// What networks and blocks cost, over their names, and the budgets of `expect` that a network does not keep.

import { costOf } from '../../compiler/analysis/cost.ts';
import type { Network } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { BlockDefinition, Definition } from '../../grammar/ast.ts';
import { needsCompilation } from '../network/graph-budgets.ts';
import { grouped } from '../text/format.ts';
import type { Analysis } from './analysis.ts';
import { costOfCalls } from './cost.ts';
import type { Cost } from './cost.ts';
import type { CodeLens } from './types.ts';

/** In the order of the text. Nothing stands over what is not known: uncalled blocks, networks with mistakes. Never throws. */
export function codeLens(analysis: Analysis): readonly CodeLens[] {
  const costs = costsOfBlocks(analysis);
  return analysis.file.definitions.flatMap((definition): CodeLens[] => {
    if (!('name' in definition)) return [];
    const { start, end } = definition.name.span;
    return titlesOf(analysis, definition, costs).map((title) => ({ range: { start, end }, title }));
  });
}

function titlesOf(
  analysis: Analysis,
  definition: Definition,
  costs: ReadonlyMap<BlockDefinition, readonly Cost[]>,
): readonly string[] {
  if (definition.kind === 'block') {
    const calls = costs.get(definition);
    return calls ? [blockTitle(calls)] : [];
  }
  if (definition.kind !== 'network' && definition.kind !== 'alias') return [];
  const network = analysis.networks.find(({ name }) => name === definition.name.name);
  if (!network) return [];
  const { parameters, macs } = costOf(network.graph, operators).total;
  return [costText({ parameters, macs }), ...budgetTitles(analysis, network)];
}

/** `3,072 parameters · 2.4M MACs`, of each call; from the least to the most where calls differ. */
function blockTitle(calls: readonly Cost[]): string {
  const all = (of: (cost: Cost) => number): string => {
    const figures = calls.map(of);
    const [least, most] = [Math.min(...figures), Math.max(...figures)];
    return least === most ? grouped(least) : `${grouped(least)} to ${grouped(most)}`;
  };
  const each = `${all(({ parameters }) => parameters)} parameters · ${all(({ macs }) => macs)} MACs`;
  return calls.length === 1 ? `${each} · 1 call` : `${each} · ${calls.length} calls`;
}

function costText({ parameters, macs }: Cost): string {
  return `${grouped(parameters)} parameters · ${grouped(macs)} MACs`;
}

function budgetTitles({ diagnostics }: Analysis, network: Network): readonly string[] {
  const failed = network.expect.flatMap(({ span, quantity, text }) => {
    const found = diagnostics.find((one) => one.code === 'expect/failed' && one.span === span)?.found;
    return found === undefined ? [] : [`${quantity} ${text} is not kept: ${found}`];
  });
  return needsCompilation(network)
    ? [...failed, 'memory, size and kernel calls are not measured while typing']
    : failed;
}

/** The costs of each call whose steps are all known, by block. */
function costsOfBlocks({ seen }: Analysis): ReadonlyMap<BlockDefinition, readonly Cost[]> {
  const costs = new Map<BlockDefinition, Cost[]>();
  for (const network of seen) {
    const known = network.blocks.filter(({ result }) => result !== undefined);
    for (const [at, cost] of costOfCalls(network, known).entries()) {
      const { definition } = known[at]!;
      const list = costs.get(definition);
      if (list) list.push(cost);
      else costs.set(definition, [cost]);
    }
  }
  return costs;
}
