// A block as a step: its inputs are what flows and the values that it is given, and its output flows on.

import type { CallStep } from '../../../grammar/ast.ts';
import type { Scope as OriginScope } from '../../ir/graph.ts';
import { lacksValue, parted } from '../names/classify.ts';
import type { Classified, ScopeOf } from '../names/classify.ts';
import * as misuse from '../names/misuse.ts';
import { innerScope, moduleScope } from '../names/scope.ts';
import type { BlockValue, Module, Ref, Scope } from '../names/scope.ts';
import { problem } from '../report.ts';
import { bindArguments } from '../values/arguments.ts';
import { blockCallable, inputsOf } from '../values/calls.ts';
import type { Value } from '../values/types.ts';
import { operandsOf } from './flows.ts';
import { argumentValues } from './operator-arguments.ts';
import { evaluationAt, nothingFlows, parameterEntry, parameterValue, poison } from './walk.ts';
import type { BlockCall, Flow, Label, Place, Walk } from './walk.ts';

type Definition = Extract<BlockValue['target'], { kind: 'block' }>['definition'];

/** A block, and what it is given. */
export interface CalledBlock {
  readonly definition: Definition;
  readonly module: Module;
  readonly given: readonly Classified[];
  readonly scopeOf: ScopeOf;
  /** Whether its arguments are first looked at here: those of a parameter of type `block`. */
  readonly late: boolean;
}

/** Expands the call of a block. */
export function blockCall(
  walk: Walk,
  step: CallStep,
  called: CalledBlock,
  place: Place,
  flow: Flow,
  label: Label | undefined,
): Flow {
  const { reporter, budget, recursive, taps } = walk;
  const { definition: block } = called;
  const name = label?.name ?? place.naming.numbered(step.callee.name, step.span);
  if (recursive.has(block)) return poison;
  const taken = takenValues(
    walk,
    step,
    called,
    label ? { ...place, naming: label.naming, looped: false } : place,
    flow,
  );
  if (!taken || !budget.expand(1, step.span, 'the network', reporter.report)) return poison;
  walk.incomplete ||= block.partial === true;
  reporter.called(block.body.span, step.span);
  const scope = boundParameters(walk, step, called, place);
  const scopes: readonly OriginScope[] = [
    ...place.scopes,
    { kind: 'block', name, of: block.name.name, span: step.span },
  ];
  const call: BlockCall = { values: taken, taken: 0, result: undefined };
  const inside: Place = {
    ...place,
    scope,
    naming: label?.naming ?? place.naming.inside(name),
    scopes,
    looped: false,
    call,
  };
  const last = walk.body(block.body, inside, flow);
  reporter.returned();
  const result = call.result ?? last;
  const ref = 'ref' in result ? result.ref : undefined;
  const inputs = inputsOf(block).length > 0 ? taken : flowing(flow);
  walk.steps.block({ definition: block, step, name, inputs, parameters: valuesOf(block, scope), result: ref });
  if ('none' in result) {
    const message = `the block \`${block.name.name}\` ends without a value: ${result.none}`;
    reporter.report(problem('flow/no-value', block.name.span, message, { ...noValue }));
    return poison;
  }
  if ('ref' in result) taps.set(name, result.ref);
  return result;
}

/** What flows into a block that names no input. */
function flowing(flow: Flow): readonly Ref[] {
  if ('ref' in flow) return [flow.ref];
  return 'refs' in flow ? flow.refs : [];
}

/** The values of a block's parameters. */
function valuesOf({ parameters }: Definition, { names }: Scope): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const { name } of parameters) {
    const entry = names.get(name.name);
    if (entry?.kind === 'variable' && entry.value) values.set(name.name, entry.value);
  }
  return values;
}

/** What a block or path lacks that ends without a value. */
export const noValue = {
  found: 'nothing that flows',
  expected: 'a value as the last statement',
  fixes: [{ message: 'go on from a name: `NAME -> relu`' }],
};

/** The values of the block's inputs; undefined, and reported, where they are too few or too many. */
function takenValues(
  walk: Walk,
  step: CallStep,
  { definition, given, scopeOf, late }: CalledBlock,
  place: Place,
  flow: Flow,
): readonly Ref[] | undefined {
  const { reporter } = walk;
  const { name } = step.callee;
  const inputs = inputsOf(definition);
  const { values } = parted(given);
  if (inputs.length === 0) {
    if ('none' in flow) reporter.report(nothingFlows(step.span, flow.none));
    if (late && values[0]) reporter.report(misuse.valueForBlock(name, values[0].argument, 0));
    return 'none' in flow || values.length > 0 ? undefined : [];
  }
  const further = values.flatMap((value) =>
    argumentValues(walk, value, { ...place, scope: scopeOf(value.argument) }, flow),
  );
  const taken = [...operandsOf(walk, flow, step.span), ...further];
  const least = inputs.filter(({ list }) => !list).length;
  const fits = taken.length >= least && (taken.length === least || least < inputs.length);
  if (fits || definition.partial || definition.body.incomplete) return taken;
  if (lacksValue(given, scopeOf)) return undefined;
  if ('none' in flow && taken.length === 0) reporter.report(nothingFlows(step.span, flow.none));
  else if (!reporter.repeats('argument/value', values.at(-1)?.argument.span ?? step.span)) {
    const expected = least < inputs.length ? `${least} or more` : `${least}`;
    reporter.report(
      problem('argument/values', step.span, `\`${name}\` takes ${expected} ${expected === '1' ? 'value' : 'values'}`, {
        found: `${taken.length}`,
        expected: inputs.map((input) => `${input.name.name}${input.list ? '[]' : ''}`).join(', '),
        notes: ['the flowing value is the first, further ones are arguments'],
        fixes: [{ message: `give a value for each \`input\` of \`${definition.name.name}\`` }],
      }),
    );
  }
  return undefined;
}

/** The scope of the block's body, in which its parameters have their values. */
function boundParameters(
  walk: Walk,
  step: CallStep,
  { definition, module, given, scopeOf, late }: CalledBlock,
  place: Place,
): Scope {
  const inner = innerScope(moduleScope(module));
  const bound = bindArguments(parted(given).others, blockCallable(definition), step.span, (diagnostic) => {
    if (late) walk.reporter.report(diagnostic);
  });
  for (const parameter of definition.parameters) {
    const argument = bound.get(parameter.name.name);
    const scope = argument ? scopeOf(argument) : inner;
    const source = argument?.value ?? parameter.default;
    const at = evaluationAt(walk, { ...place, scope }, (argument ?? parameter).span);
    // Where parameters are missing, an argument without a name may be that of another one.
    const doubtful = definition.partial && argument && !argument.name;
    const value = source && parameterValue(parameter, source, doubtful ? { ...at, report: () => {} } : at);
    inner.names.set(parameter.name.name, parameterEntry(parameter, value));
  }
  return inner;
}
