// Attention of operator sets 23 and 24, softmax(q·kᵀ·scale + mask)·v: what ONNX defines it as, in products of which a head or all of them
// become one step where the language has it. What generates text from token to token, keys of the past, is refused.

import { castConstant, constantOf } from '../constant.ts';
import type { Constant } from '../constant.ts';
import type { Flow, Operand } from '../flow.ts';
import { refuse } from '../problem.ts';
import { along } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';
import { folded, multiplied, sum } from './arithmetic.ts';
import { asNumbers, isMask, selected } from './masks.ts';
import { permuted } from './permuting.ts';
import { product } from './products.ts';

/** Added to a score, it leaves no weight; the least of f32 stays finite. */
const NEVER = -(2 - 2 ** -23) * 2 ** 127;

const attention: Importer = (site) => {
  requirePlain(site);
  const given = [0, 1, 2].map((at) => site.flow(at)) as [Flow, Flow, Flow];
  const ranks = given.map(({ dims }) => dims.length + site.outer);
  if (ranks.some((rank) => rank !== ranks[0]) || ![3, 4].includes(ranks[0]!))
    refuse(`its operands have ${ranks.join(', ')} axes, expected 3 or 4`, 'see whether the model runs elsewhere');
  const isApart = ranks[0] === 4;
  const heads = isApart ? given.map(({ dims }) => dims.at(-3)!) : [0, 1, 1].map((at) => headsAt(site, at));
  if (heads[0] !== heads[1])
    refuse(
      `it has ${heads[1]} heads of keys for ${heads[0]} of queries`,
      'repeat the keys and values before (Expand, Reshape)',
    );
  const [q, k, v] = isApart ? given : (given.map((x, at) => divided(x, heads[at]!)) as [Flow, Flow, Flow]);
  const [queries, keys, size] = [given[0].dims.at(-2)!, given[1].dims.at(-2)!, q.dims.at(-1)!];
  const rows = isApart ? [0, 1, 2] : [1, 0, 2];
  const columns = isApart ? [0, 2, 1] : [1, 2, 0];
  const scores = product(site, turned(site, q, rows), turned(site, k, columns));
  const factor = site.attributes.float('scale', 1 / Math.sqrt(size));
  const scaled = site.result(site.helper('times', [scores.value], { factor }), scores.dims);
  const hidden = hiddenBy(site, queries, keys);
  const masked = hidden.added.reduce<Operand>((total, mask) => sum(site, total, mask), scaled) as Flow;
  const { shape, name: over } = along(masked.dims, masked.dims.length - 1, site.shapeOf(masked.value));
  const shares = site.result(site.helper('softmax', [site.shaped(masked.value, shape)], { over }), masked.dims);
  const weights = hidden.factors.reduce<Operand>((total, mask) => multiplied(site, total, mask), shares) as Flow;
  const mixed = product(site, weights, turned(site, v, rows));
  if (isApart) return [mixed];
  const together = turned(site, mixed, rows);
  const lead = together.dims.slice(0, -2);
  return [{ ...together, dims: [...lead, together.dims.at(-2)! * together.dims.at(-1)!] }];
};

function requirePlain(site: Site): void {
  if (site.attributes.float('softcap', 0) !== 0) refuse('it caps its scores (softcap)', 'write it in several nodes');
  if ([4, 5, 6].some((at) => site.optional(at)))
    refuse('it reads keys of the past', 'export the model as it sees a whole sequence at once');
  if ([1, 2, 3].some((at) => site.wants(at))) refuse('its keys, values or scores are read', 'do without them');
}

/** Heads of queries, or of keys and values. */
function headsAt(site: Site, at: number): number {
  const name = at === 0 ? 'q_num_heads' : 'kv_num_heads';
  return site.attributes.int(name, undefined) ?? refuse(`it has no ${name}`, 'export the model again');
}

/** [L,heads·d] → [L,heads,d] */
function divided({ dims, ...x }: Flow, heads: number): Flow {
  const features = dims.at(-1)!;
  if (!(heads > 0 && features % heads === 0))
    refuse(`it has ${heads} heads for ${features} features`, 'see whether the model runs elsewhere');
  return { ...x, dims: [...dims.slice(0, -1), heads, features / heads] };
}

/** With its last three axes in another order. */
function turned(site: Site, flow: Flow, last: readonly number[]): Flow {
  const lead = flow.dims.length - 3;
  const order = [...Array.from({ length: lead }, (_, at) => at), ...last.map((axis) => lead + axis)];
  const dims = order.map((axis) => flow.dims[axis]!);
  return order.every((axis, at) => axis === at) ? flow : site.result(permuted(site, flow, order), dims);
}

interface Hidden {
  /** Added to the scores. */
  readonly added: readonly Operand[];
  /** Of the weights: where all keys of a query are hidden, it has none of them. */
  readonly factors: readonly Operand[];
}

/** What a mask that is given hides, and what `is_causal` does: that which comes later. */
function hiddenBy(site: Site, queries: number, keys: number): Hidden {
  const seen = constantOf('', [queries, keys], 'bool', () =>
    Float64Array.from({ length: queries * keys }, (_, at) => Number(at % keys <= Math.floor(at / keys))),
  );
  const causal = site.attributes.flag('is_causal', false) ? [seen] : [];
  const given = site.optional(3);
  const later = causal.map(hiding);
  if (!given) return { added: later, factors: [] };
  if (given.is === 'constant' && given.kind === 'bool') {
    const both = causal.reduce((mask, other) => folded((a, b) => a * b, mask, other), given);
    return { added: [hiding(both)], factors: hidesAll(both) ? [castConstant(both, 'float')] : [] };
  }
  if (!isMask(given)) return { added: [given, ...later], factors: [] };
  const added = selected(site, given, numberOf(0), numberOf(NEVER));
  return {
    added: [added, ...later],
    factors: [asNumbers(site, given), ...causal.map((mask) => castConstant(mask, 'float'))],
  };
}

const numberOf = (value: number): Constant => constantOf('', [], 'float', () => Float32Array.of(value));

const hiding = (mask: Constant): Constant =>
  constantOf(mask.name, mask.dims, 'float', () => Float32Array.from(mask.data, (value) => (value === 0 ? NEVER : 0)));

/** Whether some row of a mask has nothing to see. */
function hidesAll({ data, dims }: Constant): boolean {
  const length = dims.at(-1) ?? 1;
  let last = -1;
  for (const [at, value] of data.entries()) {
    if (value !== 0) last = at;
    if ((at + 1) % length === 0 && last <= at - length) return true;
  }
  return false;
}

export const attentions = { Attention: attention } satisfies Record<string, Importer>;
