// The steps of a chain: values, operators, blocks and `parallel`, with their arguments and the names they get.

import type { Argument, CallStep, Chain, FlowStatement, ParallelStep } from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Attribute, Scope as OriginScope } from '../../ir/graph.ts';
import type { Operator } from '../../ir/operator.ts';
import { attributeValue, bindArguments, operatorCallable, weightsOf } from '../values/arguments.ts';
import type { WeightLiteral } from '../values/arguments.ts';
import { blockCallable } from '../values/calls.ts';
import { evaluateAs, INT } from '../values/evaluate.ts';
import type { Evaluation } from '../values/evaluate.ts';
import type { NodeItem } from './expansion.ts';
import type { Call, ValueArgument } from '../names/bindings.ts';
import type { Naming } from './naming.ts';
import { problem } from '../report.ts';
import { flowsTwice, inputFirst, loneJoin } from '../names/traps.ts';
import { innerScope, lookup, moduleScope } from '../names/scope.ts';
import type { Ref } from '../names/scope.ts';
import { evaluationAt, flowingType, fresh, nothingFlows, parameterValue, poison } from './walk.ts';
import type { Flow, Place, Walk } from './walk.ts';

interface StepOptions {
  readonly label: ChainOptions['label'];
  readonly before: NodeItem['before'];
}

interface ChainOptions {
  /** The name that the only step takes, and the scope of what is inside it. */
  readonly label?: { readonly name: string; readonly naming: Naming };
  /** Names for the results of the last step. */
  readonly names?: readonly string[];
  /** The statement that the chain is, when it is one. */
  readonly statement?: FlowStatement;
}

/** Expands the steps of a chain, one after the other; the result is what flows out of the last. */
export function chain(walk: Walk, content: Chain, place: Place, flow: Flow, options: ChainOptions = {}): Flow {
  const { budget } = walk;
  const { names = [], label, statement: around } = options;
  let at = flow;
  for (const [index, step] of content.steps.entries()) {
    const isLast = index === content.steps.length - 1;
    const before =
      index === 0 && around && around.names.length > 0
        ? { offset: around.span.start, own: true }
        : { offset: step.span.start, own: false };
    if (step.kind === 'parallel') at = parallel(walk, step, place, at, { label, before });
    else at = call(walk, step, place, at, { label, before, names: isLast ? names : [], first: index === 0 });
    if (budget.exhausted) return poison;
  }
  if (content.shape && 'ref' in at) {
    const pattern = content.shape.items.map((extent) => {
      if (!extent) return undefined;
      const value = evaluateAs(extent, INT, evaluationAt(walk, place, extent.span), 'an extent');
      return value?.kind === 'int' ? value.value : undefined;
    });
    const ref = fresh(walk);
    walk.steps.check({
      ref: at.ref,
      result: ref,
      pattern,
      written: content.shape.items.map((extent) => (extent ? textOf(extent.span) : '_')),
      span: content.shape.span,
      origin: { span: content.span, scopes: place.scopes },
    });
    at = { ref };
  }
  const type = flowingType(walk, at);
  if (type) walk.chains.push({ span: content.span, shape: type.shape });
  return at;
}

function call(
  walk: Walk,
  step: CallStep,
  place: Place,
  flow: Flow,
  { label, before, names, first }: StepOptions & { readonly names: readonly string[]; readonly first: boolean },
): Flow {
  const { bindings, reporter, budget, steps, taps } = walk;
  const { name } = step.callee;
  // A step that is called with its input has been reported.
  if (step.input) return poison;
  const found = bindings.calls.get(step);
  if (!found) return poison;
  if (found.kind === 'value') return valueNamed(name, place);
  if (found.kind === 'block') return blockCall(walk, step, found, place, flow, label);
  const { operator } = found;
  const title = label?.name ?? place.naming.numbered(name, step.span);
  const inside = label ? { ...place, naming: label.naming, looped: false } : place;
  const { values, attributes, weights, whole } = operatorArguments(walk, step, found, inside, flow);
  const operands = 'ref' in flow ? [flow.ref, ...values] : values;
  const { min, max } = operator.arity ?? { min: 1, max: 1 };
  // A value given to an operator that takes one has been reported.
  if (max === 1 && values.length > 0) return poison;
  if (operands.length < min || operands.length > max) {
    const code = 'none' in flow && max === 1 ? 'flow/nothing-flows' : 'argument/values';
    if (!reporter.repeats(code, step.span)) {
      const diagnostic =
        code === 'flow/nothing-flows' && 'none' in flow
          ? nothingFlows(step.span, flow.none)
          : fewValues(operator, operands.length, step.span);
      reporter.report(diagnostic);
    }
    return poison;
  }
  if (max > 1 && operands.length === 1 && values.length === 0 && whole) reporter.report(loneJoin(step));
  const again = first && 'ref' in flow && flow.ref !== undefined ? flowingArgument(step, place, flow.ref) : undefined;
  if (max > 1 && again) reporter.report(flowsTwice(step, again));
  if (!budget.expand(1, step.span, 'the network', reporter.report)) return poison;
  const results = names.length > 0 ? names.map(() => fresh(walk)) : [fresh(walk)];
  const item: NodeItem = {
    operator,
    name: title,
    operands: whole ? operands : operands.map(() => undefined),
    results,
    attributes,
    weights,
    step,
    before,
    origin: { span: step.span, scopes: place.scopes },
  };
  steps.node(item);
  taps.set(title, results[0]);
  if (names.length === 0) return { ref: results[0] };
  for (const [index, result] of names.entries()) nameResult(walk, result, results[index], step.span, place);
  return { none: 'after several results a name must start the chain' };
}

function valueNamed(name: string, { scope }: Place): Flow {
  const entry = lookup(scope, name);
  return entry?.kind === 'value' ? { ref: entry.ref } : poison;
}

/** The argument that is a name for what flows. */
function flowingArgument({ arguments: given = [] }: CallStep, { scope }: Place, ref: Ref): Argument | undefined {
  return given.find(({ value }) => {
    const entry = value.kind === 'name' ? lookup(scope, value.name) : undefined;
    return entry?.kind === 'value' && entry.ref === ref;
  });
}

function nameResult(walk: Walk, name: string, ref: Ref, span: Span, place: Place): void {
  const { taps } = walk;
  place.scope.names.set(name, { kind: 'value', ref, span });
  taps.set(place.naming.labelled(name, span, place.looped), ref);
}

function blockCall(
  walk: Walk,
  step: CallStep,
  { definition: block, module: from }: Extract<Call, { kind: 'block' }>,
  place: Place,
  flow: Flow,
  label: ChainOptions['label'],
): Flow {
  const { reporter, budget, recursive, taps } = walk;
  const name = label?.name ?? place.naming.numbered(step.callee.name, step.span);
  if (recursive.has(block)) return poison;
  if ('none' in flow) {
    reporter.report(nothingFlows(step.span, flow.none));
    return poison;
  }
  if (!budget.expand(1, step.span, 'the network', reporter.report)) return poison;
  const inner = innerScope(moduleScope(from));
  reporter.called(block.body.span, step.span);
  const bound = bindArguments(step.arguments ?? [], blockCallable(block), step.span);
  for (const parameter of block.parameters) {
    const argument = bound.get(parameter.name.name);
    const value = argument
      ? parameterValue(parameter, argument.value, evaluationAt(walk, place, argument.span))
      : parameter.default &&
        parameterValue(parameter, parameter.default, evaluationAt(walk, { ...place, scope: inner }, parameter.span));
    inner.names.set(parameter.name.name, { kind: 'variable', value, span: parameter.name.span });
  }
  const scopes: readonly OriginScope[] = [
    ...place.scopes,
    { kind: 'block', name, of: block.name.name, span: step.span },
  ];
  const result = walk.body(
    block.body,
    {
      scope: inner,
      naming: label?.naming ?? place.naming.inside(name),
      scopes,
      looped: false,
      depth: place.depth,
    },
    flow,
  );
  reporter.returned();
  if ('none' in result) {
    reporter.report(
      problem(
        'flow/no-value',
        block.name.span,
        `the block \`${block.name.name}\` ends without a value: ${result.none}`,
        { ...noValue },
      ),
    );
    return poison;
  }
  taps.set(name, result.ref);
  return result;
}

function parallel(walk: Walk, step: ParallelStep, place: Place, flow: Flow, { label, before }: StepOptions): Flow {
  const { bindings, reporter, budget, steps, taps } = walk;
  const { join } = step;
  const name = label?.name ?? place.naming.numbered(join.callee.name, step.span);
  const naming = label?.naming ?? place.naming;
  const looped = label ? false : place.looped;
  if ('none' in flow) {
    reporter.report(nothingFlows(step.span, flow.none));
    return poison;
  }
  const paths: { name: string; span: Span }[] = [];
  const ends: Ref[] = [];
  for (const path of step.paths) {
    if (!budget.expand(1, path.span, 'the network', reporter.report)) return poison;
    const pathName = path.name
      ? naming.labelled(path.name.name, path.name.span, looped)
      : naming.numbered('path', path.span);
    const scopes: readonly OriginScope[] = [
      ...place.scopes,
      { kind: 'path', name: pathName, of: join.callee.name, span: path.span },
    ];
    const end = walk.body(path.body, { ...place, naming: naming.inside(pathName), scopes, looped: false }, flow);
    if (budget.exhausted) return poison;
    if ('none' in end)
      reporter.report(problem('flow/no-value', path.span, `a path ends without a value: ${end.none}`, { ...noValue }));
    const ref = 'ref' in end ? end.ref : undefined;
    ends.push(ref);
    paths.push({ name: path.name?.name ?? pathName.slice(pathName.lastIndexOf('.') + 1), span: path.span });
    taps.set(pathName, ref);
  }
  if (step.incomplete) walk.incomplete = true;
  const found = bindings.calls.get(join);
  if (found?.kind !== 'operator') return poison;
  const { operator } = found;
  const { min, max } = operator.arity ?? { min: 1, max: 1 };
  if (max < 2 || step.incomplete) return poison;
  const { values, attributes, weights, whole } = operatorArguments(
    walk,
    join,
    found,
    { ...place, naming, looped },
    flow,
  );
  const operands = [...ends, ...values];
  if (operands.length < min || operands.length > max) {
    reporter.report(fewValues(operator, operands.length, join.span));
    return poison;
  }
  if (!budget.expand(1, step.span, 'the network', reporter.report)) return poison;
  const ref = fresh(walk);
  steps.node({
    operator,
    name,
    operands: whole ? operands : operands.map(() => undefined),
    results: [ref],
    attributes,
    weights,
    step: join,
    paths,
    before,
    origin: { span: join.span, scopes: place.scopes },
  });
  taps.set(name, ref);
  return { ref };
}

/** `whole` is false when an argument was wrong: the step is then not looked at further. */
function operatorArguments(
  walk: Walk,
  step: CallStep,
  { operator, values: flowing, attributes: given }: Extract<Call, { kind: 'operator' }>,
  place: Place,
  flow: Flow,
) {
  const values = flowing.map((argument) => argumentValue(walk, argument, place, flow));
  let whole = true;
  const bound = bindArguments(given, operatorCallable(operator), step.span, () => (whole = false));
  const attributes = new Map<string, Attribute>();
  const weights = new Map<string, WeightLiteral>();
  for (const [name, argument] of bound) {
    const spec = operator.attributes[name]!;
    const evaluation = evaluationAt(walk, place, argument.span);
    const second = given.indexOf(argument) === 1 && !argument.name;
    const at: Evaluation = {
      ...evaluation,
      report: (diagnostic) =>
        evaluation.report(
          second && operator.name === 'dense' && diagnostic.code === 'type/mismatch'
            ? inputFirst(step, operator)
            : diagnostic,
        ),
    };
    if (spec.type === 'weights') {
      const literal = weightsOf(name, argument.value, at);
      if (literal) weights.set(name, literal);
      else whole = false;
    } else {
      const value = attributeValue(name, spec, argument.value, at);
      if (value === undefined) whole = false;
      else attributes.set(name, value);
    }
  }
  return { values, attributes: Object.fromEntries(attributes), weights, whole };
}

function argumentValue(walk: Walk, { argument, chain: content }: ValueArgument, place: Place, flow: Flow): Ref {
  const { budget, reporter } = walk;
  const { span } = argument.value;
  if (!budget.enter(place.depth, span, reporter.report)) return undefined;
  const result = chain(walk, content, { ...place, depth: place.depth + 1 }, flow);
  if ('ref' in result) return result.ref;
  reporter.report(nothingFlows(span, result.none));
  return undefined;
}

const noValue = {
  found: 'nothing that flows',
  expected: 'a value as the last statement',
  fixes: [{ message: 'go on from a name: `NAME -> relu`' }],
};

function fewValues(operator: Operator, found: number, span: Span): Diagnostic {
  const { min, max } = operator.arity ?? { min: 1, max: 1 };
  const range = min === max ? `${min}` : Number.isFinite(max) ? `${min} to ${max}` : `${min} or more`;
  return problem('argument/values', span, `\`${operator.name}\` takes ${range} values`, {
    found: `${found}`,
    expected: range,
    notes: ['the flowing value counts, further ones are arguments'],
    fixes: [{ message: `name another value and give it: \`${operator.name}(stem)\`` }],
  });
}
