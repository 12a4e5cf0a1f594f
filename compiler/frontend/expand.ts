// Unfolds a network: calls its blocks, runs its loops, takes its conditions, names every step, and counts all of it against
// the limits. The result is a flat list over numbered values; nothing here knows a shape.

import type {
  Argument,
  Body,
  CallStep,
  Chain,
  ConstDefinition,
  Expression,
  FlowStatement,
  ForStatement,
  IfStatement,
  ParallelStep,
  Parameter,
  Pattern,
  RepeatStatement,
  Statement,
} from '../../grammar/ast.ts';
import type { BlockDefinition, InputStatement, NetworkDefinition, OutputStatement } from '../../grammar/ast.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import type { Span } from '../../grammar/source.ts';
import type { Attribute, Scope as OriginScope } from '../ir/graph.ts';
import type { Operator, OperatorTable } from '../ir/operator.ts';
import { attributeValue, bindArguments, callable, weightsOf, wordsOf } from './arguments.ts';
import type { WeightLiteral } from './arguments.ts';
import type { Budget } from './budget.ts';
import { BOOL, constantValue, evaluate, evaluateAs, INT, mismatch } from './evaluate.ts';
import type { Evaluation } from './evaluate.ts';
import type { Expansion, ExpandedInput, NodeItem } from './expansion.ts';
import { lookupOperator } from './foreign.ts';
import { createNaming } from './naming.ts';
import type { Naming } from './naming.ts';
import { problem } from './report.ts';
import type { Reporter } from './report.ts';
import { blockCallable, isValueArgument, valueChain } from './resolve.ts';
import { innerScope, lookup, moduleScope } from './scope.ts';
import type { Module, Ref, Scope } from './scope.ts';
import { inputSettings, inputShape, outputLabels } from './pictures.ts';
import { describeKind, formatValue, int } from './types.ts';
import type { Value } from './types.ts';

export interface Expander {
  readonly operators: OperatorTable;
  readonly reporter: Reporter;
  readonly budget: Budget;
  readonly constants: Map<ConstDefinition, Value | undefined>;
  /** Never entered: they would not end. */
  readonly recursive: ReadonlySet<BlockDefinition | ConstDefinition>;
}

/** What flows from one statement to the next; `none` says why nothing does. */
type Flow = { readonly ref: Ref } | { readonly none: string };

/** Where the walk is. */
interface Place {
  readonly scope: Scope;
  readonly naming: Naming;
  /** Blocks and paths around it. */
  readonly scopes: readonly OriginScope[];
  readonly calls: readonly Span[];
  /** Inside a loop of the innermost block or path: labels are numbered. */
  readonly looped: boolean;
  readonly depth: number;
}

const poison: Flow = { ref: undefined };

/** Expands a network whose parameters have the given values. */
export function expandNetwork(
  definition: NetworkDefinition,
  module: Module,
  bindings: ReadonlyMap<string, Value | undefined>,
  expander: Expander,
): Expansion {
  const { operators, reporter, budget, constants } = expander;
  const items: Expansion['items'][number][] = [];
  const inputs: ExpandedInput[] = [];
  const taps = new Map<string, Ref>();
  let outputs: Expansion['outputs'] = [];
  let outputStatement: OutputStatement | undefined;
  let refs = 0;
  let incomplete = false;

  const scope = innerScope(moduleScope(module));
  for (const { name } of definition.parameters) {
    scope.names.set(name.name, { kind: 'variable', value: bindings.get(name.name), span: name.span });
  }
  const start: Place = {
    scope,
    naming: createNaming((name, span, first) => {
      reporter.report(
        problem('name/collision', span, `two steps would both be called \`${name}\``, {
          related: [{ span: first, message: 'the other' }],
          notes: ['the names of weights must differ: give one of them another label'],
        }),
      );
    }),
    scopes: [],
    calls: [],
    looped: false,
    depth: 0,
  };
  const last = body(definition.body, start, { none: 'the network has no input' });
  if (inputs.length === 0 && !incomplete) {
    reporter.report(problem('flow/no-input', definition.name.span, `\`${definition.name.name}\` has no input`, {
      expected: 'for example `input image: [1, 28, 28]`',
    }));
  } else if (!outputStatement && !incomplete && !budget.exhausted) {
    if ('ref' in last) outputs = [{ name: 'output', ref: last.ref, span: definition.name.span }];
    else reporter.report(problem('flow/no-output', definition.name.span, `\`${definition.name.name}\` ends without a value: ${last.none}`));
  }
  return { incomplete, inputs, items, outputs, taps, ...(outputStatement && { outputStatement }) };

  function body(content: Body, outer: Place, flow: Flow): Flow {
    if (!budget.enter(outer.depth, content.span, reporter.report)) return poison;
    const place: Place = { ...outer, scope: innerScope(outer.scope), depth: outer.depth + 1 };
    const gap = content.incomplete === true;
    incomplete ||= gap;
    for (const item of content.statements) {
      if (budget.exhausted) return poison;
      flow = statement(item, place, gap ? poison : flow);
    }
    return gap ? poison : flow;
  }

  function statement(item: Statement, place: Place, flow: Flow): Flow {
    switch (item.kind) {
      case 'input':
        return input(item, place);
      case 'output':
        return output(item, place, flow);
      case 'flow':
        return flowStatement(item, place, flow);
      case 'const': {
        const value = constantValue(item, evaluation(place, item.span));
        place.scope.names.set(item.name.name, { kind: 'variable', value, span: item.name.span });
        return flow;
      }
      case 'repeat':
        return repeat(item, place, flow);
      case 'for':
        return loop(item, place, flow);
      case 'if':
        return condition(item, place, flow);
      default:
        return item satisfies never;
    }
  }

  function input(item: InputStatement, place: Place): Flow {
    const at = evaluation(place, item.span);
    const shape = inputShape(item, at);
    const settings = shape && inputSettings(item, shape, at);
    const ref = fresh();
    const name = place.naming.labelled(item.name.name, item.name.span, false);
    inputs.push({ name, ref, shape, statement: item, ...(settings && { settings }) });
    place.scope.names.set(item.name.name, { kind: 'value', ref, span: item.name.span });
    taps.set(name, ref);
    return inputs.length === 1 ? { ref } : { none: 'after several inputs a name must start the chain' };
  }

  function output(item: OutputStatement, place: Place, flow: Flow): Flow {
    if (outputStatement) return flow;
    outputStatement = item;
    const labels = outputLabels(item, evaluation(place, item.span));
    outputs = item.names.flatMap(({ name, span }) => {
      const entry = lookup(place.scope, name);
      if (entry?.kind !== 'value') return [];
      if (inputs.some(({ ref }) => ref === entry.ref)) {
        reporter.report(problem('flow/output-input', span, `\`${name}\` is an input, not a result`));
      }
      return [{ name, ref: entry.ref, span, ...(labels !== undefined && { labels }) }];
    });
    return flow;
  }

  function flowStatement(item: FlowStatement, place: Place, flow: Flow): Flow {
    const { chain: content, names } = item;
    const looked = content.steps[0]!;
    const startsFromName = looked.kind === 'step' && lookup(place.scope, looked.callee.name)?.kind === 'value';
    const built = content.steps.length - (startsFromName ? 1 : 0);
    const [label] = names;
    if (names.length !== 1 || !label) {
      const results = chain(content, place, flow, { names: names.map(({ name }) => name), statement: item });
      if (names.length === 0) return results;
      return { none: 'after several results a name must start the chain' };
    }
    const name = place.naming.labelled(label.name, label.span, place.looped);
    const naming = place.naming.inside(name);
    // The one step takes the label as its name; the steps of a chain are named inside it.
    const result =
      built === 1
        ? chain(content, place, flow, { label: { name, naming }, statement: item })
        : chain(content, { ...place, naming, looped: false }, flow, { statement: item });
    const ref = 'ref' in result ? result.ref : undefined;
    if ('none' in result) reporter.report(nothingFlows(content.span, result.none), place.calls);
    place.scope.names.set(label.name, { kind: 'value', ref, span: label.span });
    taps.set(name, ref);
    return { ref };
  }

  interface ChainOptions {
    /** The name that the only step takes, and the scope of what is inside it. */
    readonly label?: { readonly name: string; readonly naming: Naming };
    /** Names for the results of the last step. */
    readonly names?: readonly string[];
    /** The statement that the chain is, when it is one. */
    readonly statement?: FlowStatement;
  }

  function chain(content: Chain, place: Place, flow: Flow, options: ChainOptions = {}): Flow {
    const { names = [], label, statement: around } = options;
    let at = flow;
    for (const [index, step] of content.steps.entries()) {
      const isLast = index === content.steps.length - 1;
      const before =
        index === 0 && around && around.names.length > 0
          ? { offset: around.span.start, own: true }
          : { offset: step.span.start, own: false };
      if (step.kind === 'parallel') at = parallel(step, place, at, { label, before });
      else at = call(step, place, at, { label, before, names: isLast ? names : [], first: index === 0 });
      if (budget.exhausted) return poison;
    }
    if (content.shape && 'ref' in at) {
      const pattern = content.shape.items.map((extent) => {
        if (!extent) return undefined;
        const value = evaluateAs(extent, INT, evaluation(place, extent.span), 'an extent');
        return value?.kind === 'int' ? value.value : undefined;
      });
      const ref = fresh();
      items.push({ kind: 'check', ref: at.ref, result: ref, pattern, span: content.shape.span, origin: { span: content.span, scopes: place.scopes } });
      at = { ref };
    }
    return at;
  }

  interface StepOptions {
    readonly label: ChainOptions['label'];
    readonly before: NodeItem['before'];
  }

  function call(
    step: CallStep,
    place: Place,
    flow: Flow,
    { label, before, names, first }: StepOptions & { readonly names: readonly string[]; readonly first: boolean },
  ): Flow {
    const { name } = step.callee;
    const entry = lookup(place.scope, name);
    if (entry?.kind === 'value') return first ? { ref: entry.ref } : poison;
    if (entry?.kind === 'block') return blockCall(step, entry.definition, entry.module, place, flow, label);
    const operator = entry ? undefined : lookupOperator(operators, name);
    if (!operator) return poison;
    const title = label?.name ?? place.naming.numbered(name, step.span);
    const inside = label ? { ...place, naming: label.naming, looped: false } : place;
    const { values, attributes, weights, whole } = operatorArguments(step, operator, inside, flow);
    const operands = 'ref' in flow ? [flow.ref, ...values] : values;
    const { min, max } = operator.arity ?? { min: 1, max: 1 };
    if (operands.length < min || operands.length > max) {
      const code = 'none' in flow && max === 1 ? 'flow/nothing-flows' : 'argument/values';
      if (!reporter.repeats(code, step.span, place.calls)) {
        const diagnostic = code === 'flow/nothing-flows' && 'none' in flow ? nothingFlows(step.span, flow.none) : fewValues(operator, operands.length, step.span);
        reporter.report(diagnostic, place.calls);
      }
      return poison;
    }
    if (!budget.expand(1, step.span, 'the network', reporter.report)) return poison;
    const results = names.length > 0 ? names.map(fresh) : [fresh()];
    const item: NodeItem = {
      kind: 'node',
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
    items.push(item);
    taps.set(title, results[0]);
    if (names.length === 0) return { ref: results[0] };
    for (const [index, result] of names.entries()) nameResult(result, results[index], step.span, place);
    return { none: 'after several results a name must start the chain' };
  }

  function nameResult(name: string, ref: Ref, span: Span, place: Place): void {
    place.scope.names.set(name, { kind: 'value', ref, span });
    taps.set(place.naming.labelled(name, span, place.looped), ref);
  }

  function blockCall(
    step: CallStep,
    block: BlockDefinition,
    from: Module,
    place: Place,
    flow: Flow,
    label: ChainOptions['label'],
  ): Flow {
    const name = label?.name ?? place.naming.numbered(step.callee.name, step.span);
    if (expander.recursive.has(block)) return poison;
    if ('none' in flow) {
      reporter.report(nothingFlows(step.span, flow.none), place.calls);
      return poison;
    }
    if (!budget.expand(1, step.span, 'the network', reporter.report)) return poison;
    const inner = innerScope(moduleScope(from));
    const calls = [...place.calls, step.span];
    const bound = bindArguments(step.arguments ?? [], blockCallable(block), step.span);
    for (const parameter of block.parameters) {
      const argument = bound.get(parameter.name.name);
      const value = argument
        ? parameterValue(parameter, argument.value, evaluation(place, argument.span))
        : parameter.default && parameterValue(parameter, parameter.default, evaluation({ ...place, scope: inner, calls }, parameter.span));
      inner.names.set(parameter.name.name, { kind: 'variable', value, span: parameter.name.span });
    }
    const scopes: readonly OriginScope[] = [...place.scopes, { kind: 'block', name, of: block.name.name, span: step.span }];
    const result = body(
      block.body,
      { scope: inner, naming: (label?.naming ?? place.naming.inside(name)), scopes, calls, looped: false, depth: place.depth },
      flow,
    );
    if ('none' in result) {
      reporter.report(problem('flow/no-value', block.name.span, `the block \`${block.name.name}\` ends without a value: ${result.none}`), calls);
      return poison;
    }
    taps.set(name, result.ref);
    return result;
  }

  function parallel(step: ParallelStep, place: Place, flow: Flow, { label, before }: StepOptions): Flow {
    const { join } = step;
    const name = label?.name ?? place.naming.numbered(join.callee.name, step.span);
    const naming = label?.naming ?? place.naming;
    const looped = label ? false : place.looped;
    if ('none' in flow) {
      reporter.report(nothingFlows(step.span, flow.none), place.calls);
      return poison;
    }
    const paths: { name: string; span: Span }[] = [];
    const ends: Ref[] = [];
    for (const path of step.paths) {
      const pathName = path.name
        ? naming.labelled(path.name.name, path.name.span, looped)
        : naming.numbered('path', path.span);
      const scopes: readonly OriginScope[] = [...place.scopes, { kind: 'path', name: pathName, of: join.callee.name, span: path.span }];
      const end = body(path.body, { ...place, naming: naming.inside(pathName), scopes, looped: false }, flow);
      if (budget.exhausted) return poison;
      if ('none' in end) reporter.report(problem('flow/no-value', path.span, `a path ends without a value: ${end.none}`), place.calls);
      const ref = 'ref' in end ? end.ref : undefined;
      ends.push(ref);
      paths.push({ name: path.name?.name ?? pathName.slice(pathName.lastIndexOf('.') + 1), span: path.span });
      taps.set(pathName, ref);
    }
    incomplete ||= step.incomplete === true;
    const operator = lookup(place.scope, join.callee.name) ? undefined : lookupOperator(operators, join.callee.name);
    const { min, max } = operator?.arity ?? { min: 1, max: 1 };
    if (!operator || max < 2 || step.incomplete) return poison;
    const { values, attributes, weights, whole } = operatorArguments(join, operator, { ...place, naming, looped }, flow);
    const operands = [...ends, ...values];
    if (operands.length < min || operands.length > max) {
      reporter.report(fewValues(operator, operands.length, join.span), place.calls);
      return poison;
    }
    if (!budget.expand(1, step.span, 'the network', reporter.report)) return poison;
    const ref = fresh();
    items.push({
      kind: 'node',
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
  function operatorArguments(step: CallStep, operator: Operator, place: Place, flow: Flow) {
    const values: Ref[] = [];
    const given: Argument[] = [];
    const target = callable(operator.name, operator.attributes, operator.foreign?.attributes);
    for (const argument of step.arguments ?? []) {
      const slot = target.slots[given.length]?.name;
      const words = slot === undefined ? [] : wordsOf(operator.attributes[slot]!);
      const isWord = argument.value.kind === 'name' && words.includes(argument.value.name);
      if (argument.name || isWord || !isValueArgument(argument.value, place.scope, operators)) given.push(argument);
      else values.push(argumentValue(argument.value, place, flow));
    }
    let whole = true;
    const bound = bindArguments(given, target, step.span, () => (whole = false));
    const attributes = new Map<string, Attribute>();
    const weights = new Map<string, WeightLiteral>();
    for (const [name, argument] of bound) {
      const spec = operator.attributes[name]!;
      const at = evaluation(place, argument.span);
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

  function argumentValue(node: Expression, place: Place, flow: Flow): Ref {
    const content = valueChain(node);
    if (!content || !budget.enter(place.depth, node.span, reporter.report)) return undefined;
    const result = chain(content, { ...place, depth: place.depth + 1 }, flow);
    if ('ref' in result) return result.ref;
    reporter.report(nothingFlows(node.span, result.none), place.calls);
    return undefined;
  }

  function repeat(item: RepeatStatement, place: Place, flow: Flow): Flow {
    const count = evaluateAs(item.count, INT, evaluation(place, item.count.span), 'the count of `repeat`');
    if (count?.kind !== 'int') return poison;
    if (count.value < 0) {
      reporter.report(problem('value/negative', item.count.span, '`repeat` cannot run a negative number of times', { found: `${count.value}` }), place.calls);
      return poison;
    }
    if (!budget.expand(count.value, item.count.span, '`repeat`', reporter.report)) return poison;
    for (let index = 0; index < count.value; index += 1) {
      const scope = innerScope(place.scope);
      if (item.index) scope.names.set(item.index.name, { kind: 'variable', value: int(index), span: item.index.span });
      flow = body(item.body, { ...place, scope, looped: true }, flow);
      if (budget.exhausted) return poison;
    }
    return flow;
  }

  function loop(item: ForStatement, place: Place, flow: Flow): Flow {
    const list = evaluate(item.list, evaluation(place, item.list.span));
    if (!list) return poison;
    if (list.kind !== 'list') {
      reporter.report(mismatch(list, '[…]', item.list, 'what `for` runs over'), place.calls);
      return poison;
    }
    if (!budget.expand(list.items.length, item.list.span, '`for`', reporter.report)) return poison;
    for (const value of list.items) {
      const scope = innerScope(place.scope);
      bindPattern(item.pattern, value, scope, place);
      flow = body(item.body, { ...place, scope, looped: true }, flow);
      if (budget.exhausted) return poison;
    }
    return flow;
  }

  function bindPattern(pattern: Pattern, value: Value | undefined, scope: Scope, place: Place): void {
    if (pattern.kind === 'bind') {
      scope.names.set(pattern.name.name, { kind: 'variable', value, span: pattern.name.span });
      return;
    }
    const fits = value?.kind === 'tuple' && value.items.length === pattern.items.length;
    if (value && !fits) {
      const found = `${formatValue(value)}, ${describeKind(value)}`;
      const expected = `a tuple of ${pattern.items.length}`;
      reporter.report(problem('type/pattern', pattern.span, 'an item of the list does not fit the pattern', { found, expected }), place.calls);
    }
    for (const [index, inner] of pattern.items.entries()) bindPattern(inner, fits ? value.items[index] : undefined, scope, place);
  }

  function condition(item: IfStatement, place: Place, flow: Flow): Flow {
    for (const branch of item.branches) {
      const value = evaluateAs(branch.condition, BOOL, evaluation(place, branch.condition.span), 'the condition of `if`');
      if (value?.kind !== 'bool') return poison;
      if (value.value) return body(branch.body, place, flow);
    }
    return item.otherwise ? body(item.otherwise, place, flow) : flow;
  }

  function evaluation(place: Place, span: Span): Evaluation {
    const report = (diagnostic: Diagnostic): void => reporter.report(diagnostic, place.calls);
    return evaluationAt(place.scope, span, budget, constants, report);
  }

  function fresh(): number {
    refs += 1;
    return refs - 1;
  }
}

/** How expressions are evaluated at a place of the text. */
export function evaluationAt(
  scope: Scope,
  span: Span,
  budget: Budget,
  constants: Map<ConstDefinition, Value | undefined>,
  report: (diagnostic: Diagnostic) => void,
): Evaluation {
  return {
    scope,
    constants,
    report,
    work: () => budget.work(span, report),
    iterate: (count, at, what) => budget.expand(count, at, what, report),
  };
}

/** A parameter's argument or default as a value of its type. */
export function parameterValue(parameter: Parameter, expression: Expression, at: Evaluation): Value | undefined {
  return evaluateAs(expression, parameter.type, at, `\`${parameter.name.name}\``);
}

function nothingFlows(span: Span, why: string): Diagnostic {
  return problem('flow/nothing-flows', span, 'no value flows here', { notes: [why] });
}

function fewValues(operator: Operator, found: number, span: Span): Diagnostic {
  const { min, max } = operator.arity ?? { min: 1, max: 1 };
  const range = min === max ? `${min}` : Number.isFinite(max) ? `${min} to ${max}` : `${min} or more`;
  return problem('argument/values', span, `\`${operator.name}\` takes ${range} values`, {
    found: `${found}`,
    expected: range,
    notes: [`the flowing value counts; further ones are arguments: \`${operator.name}(stem)\``],
  });
}
