// Adds the steps of a network to its graph, one by one: asks the operators for shapes and parameters, and turns what they
// refuse into diagnostics. After a mistake a value is unknown, and whatever depends on it stays silent.

import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import { completeAttributes } from '../../ir/attributes.ts';
import type { Attributes, ValueId } from '../../ir/graph.ts';
import type { ParameterSpec, Violation } from '../../ir/operator.ts';
import { formatShape, sameShape, tensorType } from '../../ir/tensor-type.ts';
import type { TensorType } from '../../ir/tensor-type.ts';
import { MAX_MACS } from '../../ops/limits.ts';
import { tooManyElements } from '../expand/element-limit.ts';
import type { CheckItem, ExpandedInput, LearnedItem, NodeItem, Steps } from '../expand/expansion.ts';
import { inputSizeGiven } from '../names/traps.ts';
import { problem } from '../report.ts';
import { knownOf, tooMuch } from './building.ts';
import type { Building } from './building.ts';
import { explainMismatch, explainViolation } from './explain-shape.ts';
import type { Known } from './known.ts';
import { ownOrigin } from './own-origin.ts';
import { declareShare, learnedWeights, nodeWeights, takesWeights } from './weights.ts';

/** What an expansion tells its steps to. */
export function stepsOf(building: Building): Steps {
  return {
    input: (item) => addInput(building, item),
    node: (item) => addNode(building, item),
    check: (item) => addCheck(building, item),
    // The steps of a block are all there is of it in a graph.
    block: () => undefined,
    variable: () => undefined,
    share: (slot, within) => declareShare(building, slot, within),
    learned: (item) => addLearned(building, item),
    typeOf: (ref) => knownOf(building, ref)?.type,
  };
}

function addInput(building: Building, { name, ref, shape, settings, statement }: ExpandedInput): void {
  const { builder, known } = building;
  if (!shape) {
    building.whole = false;
    return;
  }
  const value = builder.input(name, shape, settings);
  known.set(ref, { value, type: builder.typeOf(value), name, span: statement.span });
}

function addLearned(building: Building, item: LearnedItem): void {
  const value = item.shape && learnedWeights(building, item, item.shape);
  if (value === undefined) building.whole = false;
  else building.known.set(item.ref, { value, type: building.builder.typeOf(value), name: item.name, span: item.span });
}

function addCheck(building: Building, item: CheckItem): void {
  const { known, reporter } = building;
  const found = knownOf(building, item.ref);
  const shape = found?.type.shape;
  const agrees =
    shape?.length === item.pattern.length &&
    item.pattern.every((extent, axis) => extent === undefined || extent === shape[axis]);
  if (found && agrees) known.set(item.result, found);
  else {
    building.whole = false;
    if (found) explainMismatch(item, found, reporter);
  }
}

function addNode(building: Building, item: NodeItem): void {
  building.nodes.push(item);
  const operands = item.operands.map((ref) => knownOf(building, ref));
  const added = operands.every((operand) => operand !== undefined) && applied(building, item, operands);
  building.whole &&= added;
}

/** Whether the operator takes the operands, and what comes of it is within the limits. */
function applied(building: Building, item: NodeItem, operands: readonly Known[]): boolean {
  const { builder, known, reporter } = building;
  const { operator, step, origin } = item;
  const types = operands.map(({ type }) => type);
  if (types.every(({ batched }) => !batched) && !takesWeights(building, item)) return false;
  const complete = completeAttributes(operator, item.attributes);
  const attributes = operator.canonical?.(complete, types) ?? complete;
  const results = inferred(building, item, attributes, operands);
  const [result, ...others] = results ?? [];
  if (!results || !result) return false;
  if (results.length !== item.results.length) {
    reporter.report(otherCount(item, results.length));
    return false;
  }
  if (!results.every((type) => fits(building, type, step.span))) return false;
  building.macs += operator.macs?.(attributes, types, results) ?? 0;
  if (building.macs > MAX_MACS) {
    const message = 'the network takes too many multiply–accumulates';
    return tooMuch(building, 'limit/macs', item, message, [building.macs, MAX_MACS]);
  }
  const trap = item.paths ? undefined : inputSizeGiven(step, operator, attributes, types);
  if (trap) reporter.report(trap);
  const specs = operator.parameters?.(attributes, types) ?? [];
  const parameters = nodeParameters(building, item, specs);
  if (!parameters) return false;
  const values = builder.node({
    op: operator.name,
    name: item.name,
    weightsName: item.weightsName,
    inputs: operands.map(({ value }) => value),
    parameters,
    origin: ownOrigin(origin),
    applied: { attributes, results: [result, ...others], parameters: specs },
  });
  for (const [index, value] of values.entries()) {
    known.set(item.results[index]!, {
      value,
      type: builder.typeOf(value),
      name: item.name,
      span: step.span,
      made: { item, attributes, inputs: operands },
    });
  }
  return true;
}

/** The types of the results; what the operator refuses is reported. */
function inferred(
  { reporter }: Building,
  item: NodeItem,
  attributes: Attributes,
  operands: readonly Known[],
): readonly TensorType[] | undefined {
  const refused: { constraint: string; violation: Violation }[] = [];
  const types = operands.map(({ type }) => type);
  const results = item.operator.infer(types, attributes, (constraint, violation = {}) => {
    refused.push({ constraint, violation });
    return undefined;
  });
  const [first] = refused;
  if (!first && results && results.length > 0) return results;
  const { constraint, violation } = first ?? { constraint: 'C1', violation: {} };
  explainViolation({ item, attributes, operands, constraint, violation }, reporter);
  return undefined;
}

function otherCount({ operator, step, results }: NodeItem, count: number) {
  const message = `\`${operator.name}\` gives ${count} ${count === 1 ? 'result' : 'results'} here`;
  const text = `${resultNames(count)} = ${textOf(step.span)}`;
  return problem('flow/result-count', step.span, message, {
    found: results.length === 1 ? 'one place for them' : `${results.length} names`,
    expected: text,
    fixes: [{ message: `${text}, then go on from one of the names` }],
  });
}

function resultNames(count: number): string {
  return count <= 4 ? ['a', 'b', 'c', 'd'].slice(0, count).join(', ') : `a, b, …`;
}

/** The operator's parameters: constants where the weights are written down. */
function nodeParameters(
  building: Building,
  item: NodeItem,
  specs: readonly ParameterSpec[],
): readonly ValueId[] | undefined {
  const { builder, reporter } = building;
  let right = true;
  for (const { name, shape } of specs) {
    const literal = item.weights.get(name);
    if (literal && !sameShape(literal.shape, shape)) {
      right = false;
      reporter.report(
        problem('weights/literal', literal.span, `\`${name}\` has the wrong shape`, {
          found: formatShape(literal.shape),
          expected: formatShape(shape),
          fixes: [
            {
              message: `write lists of ${formatShape(shape)} numbers; \`weight: …\` is not needed for weights that are learnt`,
            },
          ],
        }),
      );
    } else if (!fits(building, tensorType(shape, false), item.step.span)) right = false;
  }
  if (!right) return undefined;
  const values = specs.map((spec) => {
    const literal = item.weights.get(spec.name);
    return literal ? builder.constant(literal.shape, literal.data) : nodeWeights(building, item, spec);
  });
  return values.every((value) => value !== undefined) ? values : undefined;
}

function fits({ reporter }: Building, { shape }: TensorType, span: Span): boolean {
  const excess = tooManyElements(shape, span, 'a tensor', 'fewer channels, or a smaller input');
  if (excess) reporter.report(excess);
  return !excess;
}
