// Heads of chains that are expressions: arithmetic on values and numbers, items of lists, steps in parentheses.

import type { CallStep, Expression } from '../../../grammar/ast.ts';
import type { Ref } from '../names/scope.ts';
import { isValueArgument, valueChain } from '../values/calls.ts';
import { BOOL, FLOAT } from '../values/convert-at.ts';
import { evaluateAs, evaluateHeld } from '../values/evaluate.ts';
import type { Value } from '../values/types.ts';
import { joinOf } from '../values/numbers.ts';
import { oneOf } from './flows.ts';
import { addNode, applyNumber } from './operator-call.ts';
import { evaluationAt, fresh, poison } from './walk.ts';
import type { Flow, Place, StepOptions, Walk } from './walk.ts';

type Options = Pick<StepOptions, 'label' | 'before'>;

/** Expands an expression on values; what does not begin with a name starts from what flows. */
export function operation(walk: Walk, node: Expression, place: Place, flow: Flow, options: Options): Flow {
  const { budget, reporter } = walk;
  if (!budget.enter(place.depth, node.span, reporter.report)) return poison;
  const inner = { ...place, depth: place.depth + 1 };
  switch (node.kind) {
    case 'tuple':
    case 'list':
      return { refs: node.items.map((item) => oneOf(walk, operand(walk, item, inner, flow), item.span)) };
    case 'index':
      return heldFlow(evaluateHeld(node, evaluationAt(walk, place, node.span)));
    case 'conditional': {
      const at = evaluationAt(walk, place, node.condition.span);
      const condition = evaluateAs(node.condition, BOOL, at, 'the condition of `if`');
      if (condition?.kind !== 'bool') return poison;
      return operation(walk, condition.value ? node.then : node.otherwise, inner, flow, options);
    }
    case 'unary':
    case 'binary':
      return arithmetic(walk, node, inner, flow, options);
    case 'name':
    case 'call':
      return walk.chain(valueChain(node), inner, flow, options);
    case 'chain': {
      const { label } = options;
      const { steps } = node.chain;
      if (label && steps.length === 1) return walk.chain(node.chain, inner, flow, { label });
      return walk.chain(node.chain, label ? { ...inner, naming: label.naming, looped: false } : inner, flow);
    }
    default:
      // What is no value has been reported.
      return poison;
  }
}

/** An operand, whose steps are named without the label of the whole. */
function operand(walk: Walk, node: Expression, place: Place, flow: Flow): Flow {
  return operation(walk, node, place, flow, { label: undefined, before: { offset: node.span.start, own: false } });
}

/** An item of a list of values, or a list. */
function heldFlow(value: Value | undefined): Flow {
  if (value?.kind === 'flowing') return { ref: value.ref };
  if (value?.kind !== 'list') return poison;
  return { refs: value.items.map((item) => (item.kind === 'flowing' ? item.ref : undefined)) };
}

type Side = { readonly ref: Ref } | { readonly number: number };

function arithmetic(
  walk: Walk,
  node: Extract<Expression, { kind: 'unary' | 'binary' }>,
  place: Place,
  flow: Flow,
  { label, before }: Options,
): Flow {
  const join = node.kind === 'binary' ? joinOf(node.operator) : 'mul';
  if (!join) return poison;
  const inside = label ? { ...place, naming: label.naming, looped: false } : place;
  const left = side(walk, node.kind === 'binary' ? node.left : node.operand, inside, flow);
  // −x is x · −1.
  const right = node.kind === 'binary' ? side(walk, node.right, inside, flow) : { number: -1 };
  const title = label?.name ?? place.naming.numbered(join, node.span);
  const step: CallStep = { kind: 'step', callee: { name: join, span: node.span }, span: node.span };
  if ('number' in left && 'number' in right) return poison;
  if ('number' in right && 'ref' in left) {
    const operands = { value: left.ref, number: right.number, side: 'right' } as const;
    return applyNumber(walk, step, join, operands, place, { before, title });
  }
  if ('number' in left && 'ref' in right) {
    const operands = { value: right.ref, number: left.number, side: 'left' } as const;
    return applyNumber(walk, step, join, operands, place, { before, title });
  }
  if (!('ref' in left && 'ref' in right)) return poison;
  if (!walk.budget.expand(1, node.span, 'the network', walk.reporter.report)) return poison;
  const ref = fresh(walk);
  addNode(walk, place, {
    operator: walk.operators.get(join)!,
    name: title,
    operands: [left.ref, right.ref],
    results: [ref],
    attributes: {},
    weights: new Map(),
    step,
    before,
  });
  return { ref };
}

/** A number that is known when compiling, or a value; the value is unknown after a mistake in either. */
function side(walk: Walk, node: Expression, place: Place, flow: Flow): Side {
  if (isValueArgument(node, place.scope, walk.operators))
    return { ref: oneOf(walk, operand(walk, node, place, flow), node.span) };
  const number = evaluateAs(node, FLOAT, evaluationAt(walk, place, node.span), 'an operand');
  return number?.kind === 'float' ? { number: number.value } : { ref: undefined };
}
