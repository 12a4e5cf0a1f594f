// Names: every name of a file means something, is defined once, and stands where it may. This looks at the text alone,
// so it also sees what is never called or never taken; values and shapes come later.

import type {
  Argument,
  BlockDefinition,
  Body,
  CallStep,
  Chain,
  ConstDefinition,
  Expression,
  Identifier,
  InputStatement,
  NetworkDefinition,
  OutputStatement,
  Parameter,
  ParallelStep,
  Pattern,
  Statement,
} from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Operator, OperatorTable } from '../../ir/operator.ts';
import { bindArguments, operatorCallable } from '../values/arguments.ts';
import { wordsOf } from '../values/written.ts';
import { wordSettings } from '../build/pictures.ts';
import { blockCallable, isValueArgument, valueChain } from '../values/calls.ts';
import { isBlank } from '../blanks.ts';
import { findCycle } from './cycles.ts';
import { functions } from '../values/evaluate.ts';
import { suggest } from '../../../grammar/suggest.ts';
import { visit } from '../../../grammar/visit.ts';
import { isForeign, lookupOperator, unknownName, unknownStep } from './foreign.ts';
import { foreignArguments } from './foreign/arguments.ts';
import { together } from './foreign/together.ts';
import type { UnknownStep } from './foreign/together.ts';
import { duplicate } from './project.ts';
import type { Project } from './project.ts';
import * as misuse from './misuse.ts';

import { calledWithInput, flowingPart, listOfValues, pythonRange, sumOfValues } from './traps.ts';
import type { Reporter } from '../report.ts';
import { innerScope, lookup, moduleScope, networksOf, variablesOf } from './scope.ts';
import type { Entry, Module, Scope } from './scope.ts';

export interface Resolution {
  /** Blocks and constants that depend on themselves: never to be expanded. */
  readonly recursive: ReadonlySet<BlockDefinition | ConstDefinition>;
  /** Shapes of the file itself that hold nothing but `_`. */
  readonly blanks: readonly Span[];
}

/** Finds what each name of the project stands for, before anything is expanded. Errors are reported. */
export function resolve(project: Project, operators: OperatorTable, reporter: Reporter): Resolution {
  const recursive = new Set<BlockDefinition | ConstDefinition>();
  let blanks: readonly Span[] = [];
  for (const module of project.modules) {
    const result = resolveModule(module, operators, reporter);
    for (const definition of result.recursive) recursive.add(definition);
    if (module === project.root) blanks = result.blanks;
  }
  return { recursive, blanks };
}

/** A name or an argument that stands where the text could not be read is no second mistake. */
function isNameError({ code, fixes, found = '' }: Diagnostic): boolean {
  if (code === 'argument/missing' || code === 'name/unknown') return true;
  return code === 'name/unknown-step' && !fixes?.some(({ edits }) => edits) && !isForeign(found);
}

/** Whether a name that means nothing is what an import that failed was to bring. */
function isFailedImport({ names }: Module, name = ''): boolean {
  const missing = [...names].flatMap(([known, { kind }]) => (kind === 'missing' ? [known] : []));
  return missing.length > 0 && suggest(name, missing) !== undefined;
}

function resolveModule(module: Module, operators: OperatorTable, reporter: Reporter): Resolution {
  /** How many of the bodies around are known in part only. */
  let gaps = module.incomplete ? 1 : 0;
  // After that many mistakes no nearest name is looked for.
  const few = (): boolean => reporter.errors < 200;
  const report = (diagnostic: Diagnostic): void => {
    if (gaps > 0 && isNameError(diagnostic)) return;
    if (few() && diagnostic.code.startsWith('name/unknown') && isFailedImport(module, diagnostic.found)) return;
    reporter.report(diagnostic);
  };
  /** Steps of other frameworks in the definition at hand. */
  let foreign: UnknownStep[] = [];
  const used = new Set<Entry>();
  /** Values whose name was given again. */
  const renamed = new Set<Entry>();
  const blanks: Span[] = [];
  /** What each block or constant of this file depends on. */
  const uses = new Map<BlockDefinition | ConstDefinition, Map<BlockDefinition | ConstDefinition, Span>>();
  let within: Map<BlockDefinition | ConstDefinition, Span> = new Map();
  const top = moduleScope(module);

  for (const [name, entry] of module.names) warnHiding(name, entry.span);
  for (const definition of module.file.definitions) {
    within = new Map();
    if (definition.kind === 'block' || definition.kind === 'const') uses.set(definition, within);
    switch (definition.kind) {
      case 'block':
      case 'network':
        resolveDefinition(definition);
        break;
      case 'const':
        expression(definition.value, top);
        break;
      case 'alias':
        resolveAlias(definition.target, definition.arguments, definition.span);
        break;
      case 'train':
      case 'expect':
        break;
      default:
        definition satisfies never;
    }
    together(foreign).forEach(report);
    foreign = [];
  }
  if (module.file.definitions.some(({ kind }) => kind === 'network' || kind === 'alias')) warnUnused(top);
  const recursive = findCycle(uses, report);
  return { recursive, blanks };

  function resolveDefinition(definition: BlockDefinition | NetworkDefinition): void {
    const scope = innerScope(top);
    for (const parameter of definition.parameters) resolveParameter(parameter, scope);
    body(definition.body, innerScope(scope), definition.kind === 'network');
    warnUnused(scope);
  }

  function resolveParameter(parameter: Parameter, scope: Scope): void {
    if (parameter.default) expression(parameter.default, scope);
    define(parameter.name, { kind: 'variable', value: undefined, span: parameter.name.span }, scope);
  }

  function resolveAlias(target: Identifier, given: readonly Argument[], span: Span): void {
    const entry = lookup(top, target.name);
    if (entry?.kind === 'network') {
      used.add(entry);
      const { definition } = entry;
      if (definition.kind === 'network') bindArguments(given, blockCallable(definition), span, report);
      else if (given.length > 0) {
        report(misuse.argumentsOfAlias(target, given));
      }
    } else if (entry?.kind === 'missing') {
      used.add(entry);
    } else if (entry) {
      report(misuse.notANetwork(target, entry));
    } else report(unknownName(target, networksOf(module), 'network'));
    for (const argument of given) expression(argument.value, top);
  }

  function body({ statements, incomplete }: Body, scope: Scope, network: boolean): void {
    if (incomplete) gaps += 1;
    let output: OutputStatement | undefined;
    let flowed = false;
    let previous: Statement | undefined;
    for (const item of statements) {
      if (output) {
        report(misuse.afterOutput(item, output));
      }
      if (item.kind === 'output') output ??= item;
      statement(item, scope, network, flowed, previous);
      previous = item;
      if (item.kind !== 'input' && item.kind !== 'const') flowed = true;
    }
    if (incomplete) gaps -= 1;
    warnUnused(scope);
  }

  function inner(content: Body, scope: Scope): void {
    body(content, innerScope(scope), false);
  }

  function statement(item: Statement, scope: Scope, network: boolean, flowed: boolean, previous?: Statement): void {
    switch (item.kind) {
      case 'input':
        return resolveInput(item, scope, network, flowed);
      case 'output':
        return resolveOutput(item, scope, network, previous);
      case 'flow':
        chain(item.chain, scope);
        for (const name of item.names) {
          const entry: Entry = { kind: 'value', ref: undefined, span: name.span };
          define(name, entry, scope);
          // A single name is of use by itself: it names the weights.
          if (item.names.length === 1) used.add(entry);
        }
        return;
      case 'const':
        expression(item.value, scope);
        define(item.name, { kind: 'variable', value: undefined, span: item.name.span }, scope);
        return;
      case 'repeat': {
        expression(item.count, scope);
        const loop = innerScope(scope);
        if (item.index) define(item.index, { kind: 'variable', value: undefined, span: item.index.span }, loop);
        inner(item.body, loop);
        return warnUnused(loop);
      }
      case 'for': {
        expression(item.list, scope);
        const loop = innerScope(scope);
        const known = item.list.kind !== 'call' || functions.has(item.list.callee.name);
        for (const name of namesOf(item.pattern))
          define(name, { kind: 'variable', value: undefined, span: name.span }, loop);
        // Where the list is a mistake, what its variables are for is not known.
        if (!known) for (const entry of loop.names.values()) used.add(entry);
        inner(item.body, loop);
        return warnUnused(loop);
      }
      case 'if':
        for (const branch of item.branches) {
          expression(branch.condition, scope);
          inner(branch.body, scope);
        }
        if (item.otherwise) inner(item.otherwise, scope);
        return;
      default:
        item satisfies never;
    }
  }

  function resolveInput(item: InputStatement, scope: Scope, network: boolean, flowed: boolean): void {
    if (!network) report(misuse.inputInside(item));
    else if (flowed) {
      report(misuse.inputAfterStep(item));
    }
    for (const extent of item.shape.items) if (extent) expression(extent, scope);
    for (const setting of item.settings) {
      if (!wordSettings.has(setting.name.name)) expression(setting.value, scope);
    }
    const entry: Entry = { kind: 'value', ref: undefined, span: item.name.span };
    used.add(entry);
    define(item.name, entry, scope);
  }

  function resolveOutput(item: OutputStatement, scope: Scope, network: boolean, previous?: Statement): void {
    if (!network) report(misuse.outputInside(item));
    const seen = new Set<string>();
    for (const [index, name] of item.names.entries()) {
      if (seen.has(name.name)) {
        report(misuse.outputTwice(item, index));
      }
      seen.add(name.name);
      const entry = lookup(scope, name.name);
      if (entry?.kind === 'value') used.add(entry);
      else if (entry) report(misuse.outputOfNoValue(item, index, entry));
      else report(misuse.unknownOutput(name, scope, previous));
    }
    for (const setting of item.settings) expression(setting.value, scope);
  }

  function chain({ steps, shape }: Chain, scope: Scope): void {
    for (const [index, step] of steps.entries()) {
      if (step.kind === 'parallel') parallel(step, scope);
      else call(step, scope, index === 0);
    }
    if (shape && isBlank(shape)) blanks.push(shape.span);
    for (const extent of shape?.items ?? []) if (extent) expression(extent, scope);
  }

  function parallel(step: ParallelStep, scope: Scope): void {
    for (const path of step.paths) inner(path.body, scope);
    call(step.join, scope, false);
    const operator = lookup(scope, step.join.callee.name)
      ? undefined
      : lookupOperator(operators, step.join.callee.name);
    if (operator && (operator.arity?.max ?? 1) < 2) {
      report(misuse.joinOfOne(operator, step.join.callee.span));
    }
  }

  function call(step: CallStep, scope: Scope, first: boolean): void {
    const { name, span } = step.callee;
    const given = step.arguments ?? [];
    const entry = lookup(scope, name);
    if (entry) use(entry, span);
    if (step.input && (entry || lookupOperator(operators, name)))
      return whole(step, scope, () => report(calledWithInput(step, first)));
    const operator = entry ? undefined : lookupOperator(operators, name);
    if (operator) return operatorCall(operator, step, scope, first);
    if (entry?.kind === 'block') {
      for (const argument of given) {
        if (!isValueArgument(argument.value, scope, operators)) expression(argument.value, scope);
        else report(misuse.valueForBlock(name, argument));
      }
      // Nothing is known about parameters that could not be read.
      if (entry.definition.body.incomplete) return;
      const plain = given.filter(({ value }) => !isValueArgument(value, scope, operators));
      bindArguments(plain, blockCallable(entry.definition), step.span, report);
      return;
    }
    // One mistake: its arguments are read with it, in that framework's words.
    if (!entry && isForeign(name)) return whole(step, scope, () => foreign.push(unknownStepAt(step, scope, first)));
    for (const { value } of given) {
      // Whether a step that is not known takes values is not known either.
      if (entry || !flows(value, scope)) expression(value, scope);
      else valueArgument(value, scope);
    }
    if (entry?.kind === 'missing') return;
    if (!entry) report(unknownStepAt(step, scope, first).diagnostic);
    else if (entry.kind === 'network') {
      report(misuse.networkAsStep(name, span));
    } else if (entry.kind !== 'value') {
      report(misuse.notAStep(name, span, entry));
    } else if (!first) {
      report(misuse.valueInChain(step));
    } else if (step.arguments) {
      report(misuse.valueWithArguments(step));
    }
  }

  function unknownStepAt(step: CallStep, scope: Scope, first: boolean): UnknownStep {
    const isFlowing = ({ value }: Argument): boolean => isValueArgument(value, scope, operators);
    return unknownStep(step, { scope, operators, first, isFlowing, suggests: few() });
  }

  /** A step that is one mistake, whatever its arguments are; what stands in it is not unused. */
  function whole(step: CallStep, scope: Scope, tell: () => void): void {
    tell();
    reporter.covers(step.span);
    for (const argument of [...(step.arguments ?? []), ...(step.input ?? [])]) markUsed(argument.value, scope);
  }

  function markUsed(node: Expression, scope: Scope): void {
    visit(node, ({ name }) => {
      const entry = typeof name === 'string' ? lookup(scope, name) : undefined;
      if (entry) used.add(entry);
    });
  }

  /** Whether an expression names a value or is a step. */
  function flows(node: Expression, scope: Scope): boolean {
    return isValueArgument(node, scope, operators);
  }

  function operatorCall(operator: Operator, step: CallStep, scope: Scope, first: boolean): void {
    for (const { value } of step.arguments ?? []) {
      const part = flowingPart(value, (node) => flows(node, scope));
      if (!part) continue;
      for (const argument of step.arguments ?? []) markUsed(argument.value, scope);
      const joins = (operator.arity?.max ?? 1) > 1;
      report(part.kind === 'binary' ? sumOfValues(step, part, first) : listOfValues(step, part, first, joins));
      return;
    }
    const written = foreignArguments(step, operator);
    if (written) return whole(step, scope, () => report(written));
    const values: Argument[] = [];
    const attributes: Argument[] = [];
    const target = operatorCallable(operator);
    const several = (operator.arity?.max ?? 1) > 1;
    let position = 0;
    for (const argument of step.arguments ?? []) {
      const slot = argument.name?.name ?? target.slots[position]?.name;
      const spec =
        slot !== undefined && Object.hasOwn(operator.attributes, slot) ? operator.attributes[slot] : undefined;
      const words = spec ? wordsOf(spec) : [];
      const isWord = argument.value.kind === 'name' && words.includes(argument.value.name);
      if (!isWord && !argument.name && isValueArgument(argument.value, scope, operators)) {
        values.push(argument);
        valueArgument(argument.value, scope);
        continue;
      }
      attributes.push(argument);
      if (!argument.name) position += 1;
      // What is given to an argument that does not exist says nothing by itself.
      if (!isWord && (spec || !argument.name)) expression(argument.value, scope, words);
    }
    if (values.length > 0 && !several) {
      report(misuse.valueForOperator(operator, step, values[0]!, first));
    } else bindArguments(attributes, target, step.span, report);
  }

  function valueArgument(value: Expression, scope: Scope): void {
    const argument = valueChain(value);
    if (argument) chain(argument, scope);
  }

  function expression(node: Expression, scope: Scope, words: readonly string[] = []): void {
    const child = (inside: Expression): void => expression(inside, scope);
    switch (node.kind) {
      case 'number':
      case 'string':
      case 'boolean':
      case 'size':
        return;
      case 'name': {
        const entry = lookup(scope, node.name);
        if (entry) {
          use(entry, node.span);
          if (!['variable', 'const', 'missing'].includes(entry.kind)) {
            report(misuse.noNumber(node, entry));
          }
          return;
        }
        if (words.includes('same') && node.name.toLowerCase() === 'valid')
          return report(misuse.validPadding(node.name, node.span));
        const variables = few() ? [...words, ...variablesOf(scope)] : words;
        const unknown = {
          ...unknownName(node, variables, words.length > 0 ? 'variable or word' : 'variable'),
          ...(words.length > 0 && { expected: `${words.join(', ')}, or the name of a variable` }),
        };
        // What was most likely meant is not unused.
        const meant = lookup(scope, unknown.fixes?.[0]?.edits?.[0]?.text ?? '');
        if (meant) used.add(meant);
        report(unknown);
        return;
      }
      case 'call': {
        const arity = functions.get(node.callee.name);
        const count = node.arguments.length;
        if (!arity && isForeign(node.callee.name)) {
          const step: CallStep = { kind: 'step', callee: node.callee, arguments: node.arguments, span: node.span };
          return whole(step, scope, () => foreign.push(unknownStepAt(step, scope, false)));
        }
        for (const argument of node.arguments) child(argument.value);
        if (!arity) report(unknownFunction(node));
        else if (node.arguments.some(({ name }) => name)) {
          report(misuse.namedForFunction(node));
        } else if (count < arity.min || count > arity.max) {
          const expected = arity.min === arity.max ? `${arity.min}` : `${arity.min} or more`;
          report(misuse.argumentCount(node, expected));
        }
        return;
      }
      case 'tuple':
      case 'list':
        return node.items.forEach(child);
      case 'unary':
        return child(node.operand);
      case 'binary':
        child(node.left);
        return child(node.right);
      case 'conditional':
        child(node.condition);
        child(node.then);
        return child(node.otherwise);
      case 'member':
        return child(node.tuple);
      case 'index':
        child(node.list);
        return child(node.index);
      case 'chain':
        // Reported when it is evaluated, unless it is an argument that may be a chain.
        return chain(node.chain, scope);
      default:
        node satisfies never;
    }
  }

  function unknownFunction(node: Extract<Expression, { kind: 'call' }>): Diagnostic {
    return node.callee.name === 'range' ? pythonRange(node) : unknownName(node.callee, functions.keys(), 'function');
  }

  function use(entry: Entry, span: Span): void {
    used.add(entry);
    if ((entry.kind === 'block' || entry.kind === 'const') && !within.has(entry.definition))
      within.set(entry.definition, span);
  }

  function define(name: Identifier, entry: Entry, scope: Scope): void {
    const first = lookup(scope, name.name);
    if (first) {
      if (entry.kind !== 'value' || first.kind !== 'value') return report(duplicate(name.name, name.span, first.span));
      // A name that goes from line to line, as in Python, is one mistake.
      if (!renamed.has(first)) report(misuse.namedAgain(name, first));
      renamed.add(first);
      return reporter.covers(name.span);
    }
    warnHiding(name.name, name.span);
    scope.names.set(name.name, entry);
  }

  function warnHiding(name: string, span: Span): void {
    if (!lookupOperator(operators, name)) return;
    report(misuse.hidesOperator(name, span));
  }

  function warnUnused(scope: Scope): void {
    if (module.broken) return;
    for (const [name, entry] of scope.names) {
      if (used.has(entry) || name.startsWith('_')) continue;
      const imported = 'module' in entry && entry.module !== module;
      if (entry.kind === 'block' && !imported) continue;
      if (entry.kind === 'network' || entry.kind === 'missing') continue;
      report(misuse.unused(name, entry.span));
    }
  }
}

export function* namesOf(pattern: Pattern): Generator<Identifier> {
  if (pattern.kind === 'bind') yield pattern.name;
  else for (const item of pattern.items) yield* namesOf(item);
}
