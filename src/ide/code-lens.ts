// What networks and blocks cost, over their names, and the budgets of `expect` that a network does not keep.

import { costOf } from '../../compiler/analysis/cost.ts';
import type { Network } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { BlockDefinition, Definition } from '../../grammar/ast.ts';
import { needsCompilation } from '../network/graph-budgets.ts';
import { grouped } from '../text/format.ts';
import type { Analysis } from './analysis.ts';
import { costOfCalls, costOfNetwork } from './cost.ts';
import type { Cost } from './cost.ts';
import type { CodeLens } from './types.ts';

/**
 * In the order of the text. Nothing stands over what has no shapes: uncalled blocks, networks without values of parameters. Where there
 * is a mistake, what is known is counted, so that no line of an editor comes and goes while somebody types. Never throws.
 */
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
  costs: ReadonlyMap<BlockDefinition, readonly CallCost[]>,
): readonly string[] {
  if (definition.kind === 'block') {
    const calls = costs.get(definition);
    return calls ? [blockTitle(calls)] : [];
  }
  if (definition.kind !== 'network' && definition.kind !== 'alias') return [];
  const { name } = definition.name;
  const network = analysis.networks.find((one) => one.name === name);
  if (!network) {
    const seen = analysis.seen.find((one) => one.name === name);
    return seen ? [`${costText(costOfNetwork(seen))}${partly}`] : [];
  }
  const { parameters, macs } = costOf(network.graph, operators).total;
  return [costText({ parameters, macs }), ...budgetTitles(analysis, network)];
}

const partly = ', as far as known';

interface CallCost extends Cost {
  /** False where the call has a mistake, or there is one before it. */
  readonly isWhole: boolean;
}

/** `3,072 parameters · 2.4M MACs`, of each call; from the least to the most where calls differ. Those with mistakes count where there are no others. */
function blockTitle(seen: readonly CallCost[]): string {
  const whole = seen.filter(({ isWhole }) => isWhole);
  const calls = whole.length > 0 ? whole : seen;
  const all = (of: (cost: Cost) => number): string => {
    const figures = calls.map(of);
    const least = figures.reduce((one, other) => Math.min(one, other));
    const most = figures.reduce((one, other) => Math.max(one, other));
    return least === most ? grouped(least) : `${grouped(least)} to ${grouped(most)}`;
  };
  const each = `${all(({ parameters }) => parameters)} parameters · ${all(({ macs }) => macs)} MACs`;
  const count = calls.length === 1 ? '1 call' : `${calls.length} calls`;
  return `${each} · ${count}${whole.length > 0 ? '' : partly}`;
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

/** The costs of each call, by block. */
function costsOfBlocks({ seen }: Analysis): ReadonlyMap<BlockDefinition, readonly CallCost[]> {
  const costs = new Map<BlockDefinition, CallCost[]>();
  for (const network of seen) {
    for (const [at, cost] of costOfCalls(network, network.blocks).entries()) {
      const { definition, result } = network.blocks[at]!;
      const call = { ...cost, isWhole: result !== undefined };
      const list = costs.get(definition);
      if (list) list.push(call);
      else costs.set(definition, [call]);
    }
  }
  return costs;
}
