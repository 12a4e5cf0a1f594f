// Names that mean nothing here: what another framework's word is in this language, else the nearest name.

import type { Argument, CallStep, Identifier } from '../../../grammar/ast.ts';
import type { Diagnostic, Fix } from '../../../grammar/diagnostic.ts';
import { repair } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import { suggest } from '../../../grammar/suggest.ts';
import type { Operator, OperatorTable } from '../../ir/operator.ts';
import type { Framework } from '../../ir/foreign.ts';
import { read } from './foreign/read.ts';
import type { Reading } from './foreign/read.ts';
import { chainOfSequence } from './foreign/sequence.ts';
import { argumentsNamed, informally, layersLike, layersNamed, missingLayer } from './foreign/tables.ts';
import type { NamedLayer } from './foreign/tables.ts';
import type { UnknownStep } from './foreign/together.ts';
import { ourValue } from './foreign/values.ts';
import { didYouMean, problem, replacement } from '../report.ts';
import { inputBefore, inputsJoined } from './traps.ts';
import { libraryFix } from './library-import.ts';
import { lookup, visible } from './scope.ts';
import type { Scope } from './scope.ts';

/** The operator of that name, if the language knows it. */
export function lookupOperator(operators: OperatorTable, name: string): Operator | undefined {
  const operator = operators.get(name);
  return operator?.internal ? undefined : operator;
}

/** Whether it is a layer of another framework, with or without the module it comes from. */
export function isForeign(written: string): boolean {
  const { name, framework } = withoutModule(written);
  return (
    framework !== undefined ||
    layersLike(name).length > 0 ||
    missingLayer(name) !== undefined ||
    informally(name) !== undefined
  );
}

export interface StepContext {
  readonly scope: Scope;
  readonly operators: OperatorTable;
  /** Whether the step begins its chain, so that a value could be meant. */
  readonly first: boolean;
  /** False where there are too many mistakes for the nearest name to be looked for. */
  readonly suggests: boolean;
  isFlowing(argument: Argument): boolean;
}

/** A step that is no operator, block or value. */
export function unknownStep(step: CallStep, context: StepContext): UnknownStep {
  const { name: written, span } = step.callee;
  const { name, framework } = withoutModule(written);
  const functional = firstFlowing(step, context);
  if (functional) return unknownStep(functional, context);
  const isFunction = framework === 'PyTorch' && step.input !== undefined && /^[a-z]/.test(name);
  const found = { found: written, expected: 'an operator, a block or a value' };
  const say = (fixes: readonly Fix[], notes: readonly string[] = [], message = noStep(written)): UnknownStep => ({
    diagnostic: problem('name/unknown-step', span, message, { ...found, ...(notes.length > 0 && { notes }), fixes }),
  });
  const sayCertainly = (said: UnknownStep, of: readonly Framework[]): UnknownStep => {
    const { fixes = [] } = said.diagnostic;
    return fixes.length === 1 && fixes[0]!.safe ? { ...said, of } : said;
  };

  const known = layersNamed(name);
  // `F.log_softmax(x, dim=1)` takes what the layer of that name does.
  const named = ofFramework(known.length === 0 && isFunction ? layersLike(name) : known, framework);
  // `conv2d(16, 3)`, without a value that goes in, is a layer in small letters rather than PyTorch's function of weights.
  const isLayer = !framework && !isFunction && named.length > 0 && named.every(({ layer }) => layer.differs);
  const layers = isLayer ? layersLike(name).filter(({ layer }) => !layer.differs) : [];
  const asLayers = readAll(step, layers, context);
  if (asLayers.length > 0) return say(allShown(step, asLayers));
  const readings = readAll(step, named, context);
  if (readings.length > 0) {
    const [fixes, notes] = explainReadings(step, readings, context);
    const common = fixes.some(({ edits }) => edits) ? undefined : informally(name);
    // `conv2d(16, kernel: 3)` has the name of PyTorch's function of weights, and our arguments.
    const own =
      !/^[a-z]/.test(name) || framework || common !== undefined || fixes.some(({ edits }) => edits)
        ? []
        : ourOwn(step, named[0]!, context);
    return sayCertainly(
      say(
        [...(common === undefined ? [] : [didYouMean(span, common)]), ...own.filter(({ edits }) => edits), ...fixes],
        notes,
      ),
      readings.map(({ of }) => of.framework),
    );
  }
  if (named.length > 0) return say(ourOwn(step, named[0]!, context), named.map(takes));
  if (framework && lookupOperator(context.operators, name))
    return sayCertainly(say(ourStep(step, name, context)), [framework]);
  const missing = missingLayer(name);
  if (missing) {
    const message = `${possessive(missing.framework)} \`${missing.name}\` has no counterpart here`;
    const chain = missing.name === 'Sequential' ? chainOfSequence(step) : undefined;
    const instead = missing.instead.replace(/\{(\d)\|(\w+)\}/g, (_, at: string, other: string) => {
      const given = step.arguments?.[Number(at)]?.value;
      return given?.kind === 'number' || given?.kind === 'size' ? textOf(given.span) : other;
    });
    return say([chain ?? { message: instead || '`cnnc help operators` lists what there is' }], [], message);
  }
  const alike = ofFramework(layersLike(name), framework);
  const suggestions = readAll(step, alike, context);
  if (suggestions.length > 0) return say(allShown(step, suggestions));
  const sized = convolutionOfSize(step);
  if (sized) return say([sized]);
  const imported = framework ? undefined : libraryFix(context.scope.module.file, step.callee);
  if (imported) return say([imported]);
  const ours = informally(name) ?? alike[0]?.layer.operator ?? suggest(name, candidates(step, context));
  const word = statementWord(name);
  if (word !== undefined) return say([word]);
  if (ours !== undefined) return say([didYouMean(span, ours)]);
  return say([{ message: `define it with \`block ${name} { … }\`; \`cnnc help operators\` lists what there is` }]);
}

/** What each reading comes to, once where several come to the same. */
function allShown(step: CallStep, readings: readonly Reading[]): readonly Fix[] {
  const fixes = readings.flatMap((reading) => shown(step, reading));
  const text = (fix: Fix): string => fix.edits?.map((edit) => edit.text).join('\n') ?? fix.message;
  return fixes.filter((fix, at) => fixes.findIndex((other) => text(other) === text(fix)) === at);
}

/** What closes a body in other languages. */
export const closingWords: ReadonlySet<string> = new Set([
  'end',
  'done',
  'endfor',
  'endif',
  'fi',
  'esac',
  'endfunction',
]);
/** Statements of other languages, and words before a step, that a description of a network has none of. */
const needlessWords: ReadonlySet<string> = new Set([
  ...[
    'pass',
    'break',
    'continue',
    'print',
    'assert',
    'del',
    'global',
    'await',
    'async',
    'new',
    'call',
    'use',
    'then',
    'do',
  ],
  ...['begin', 'export', 'public', 'static', 'yield', 'raise', 'throw', 'exit', 'goto'],
]);

/** `pass`, `end` */
function statementWord(name: string): Fix | undefined {
  if (closingWords.has(name)) return { message: 'braces hold what a loop or a condition is about: write }' };
  return needlessWords.has(name) ? { message: 'leave it out: a network is described by its steps alone' } : undefined;
}

/** `conv3x3(16)`, as in ResNet's code. */
function convolutionOfSize({ callee, arguments: given = [], span }: CallStep): Fix | undefined {
  const [, height, width] = /^conv_?(\d+)x(\d+)$/i.exec(callee.name) ?? [];
  if (height === undefined || given.filter(({ name }) => !name).length !== 1) return undefined;
  const kernel = height === width ? height : `${height}x${width}`;
  const text = `conv(${[...given.map((argument) => textOf(argument.span)), `kernel: ${kernel}`].join(', ')})`;
  return replacement(span, text, `${text}, with padding: same if the size stays`);
}

/** `F.relu(x)` as `F.relu()(x)`, and `cat([a, b])` as `cat()([a, b])`: functions take the value, or a list of values, first. */
function firstFlowing(step: CallStep, { isFlowing, scope }: StepContext): CallStep | undefined {
  const { name } = step.callee;
  const [first, ...others] = step.arguments ?? [];
  const isFunction = /^(F|torch|functional|torch\.nn\.functional)\.\w+$/.test(name);
  const isJoin = /^([\w.]+\.)?(cat|concatenate)$/.test(name);
  if (!first || first.name || step.input || !(isFunction || isJoin)) return undefined;
  const { value } = first;
  const isList = (value.kind === 'list' || value.kind === 'tuple') && value.items.some(({ kind }) => kind === 'name');
  // What the name of a layer of this file gives flows, too, and so does a name whose statement could not be read.
  const mayFlow = value.kind === 'call' || (value.kind === 'name' && !lookup(scope, value.name));
  if (!isList && !(isFunction && (isFlowing(first) || mayFlow))) return undefined;
  return { ...step, arguments: others, input: [first] };
}

function noStep(name: string): string {
  return `there is no operator, block or value \`${name}\``;
}

/** Modules that say whose word follows. */
const modules: ReadonlyMap<string, Framework> = new Map([
  ['nn', 'PyTorch'],
  ['F', 'PyTorch'],
  ['torch', 'PyTorch'],
  ['functional', 'PyTorch'],
  ['keras', 'Keras'],
  ['layers', 'Keras'],
  ['tf', 'Keras'],
  ['torchvision', 'PyTorch'],
]);

function withoutModule(written: string): { readonly name: string; readonly framework?: Framework } {
  const parts = written.split('.');
  const framework = modules.get(parts[0]!);
  return parts.length > 1 && framework ? { name: parts.at(-1)!, framework } : { name: written };
}

function ofFramework(layers: readonly NamedLayer[], framework: Framework | undefined): readonly NamedLayer[] {
  return framework ? layers.filter((layer) => layer.framework === framework) : layers;
}

function readAll(step: CallStep, layers: readonly NamedLayer[], { operators, isFlowing }: StepContext): Reading[] {
  const readings = layers.flatMap((layer) => read(step, layer, operators, isFlowing) ?? []);
  // A word with all its own arguments is more likely than one with some of ours.
  const pure = readings.filter(({ mixed }) => !mixed);
  return pure.length > 0 ? pure : readings;
}

/** One step that all frameworks mean can be applied; of several, or of none that is certain, all are shown. */
function explainReadings(
  step: CallStep,
  readings: readonly Reading[],
  context: StepContext,
): readonly [readonly Fix[], readonly string[]] {
  const texts = new Set(readings.map(({ text }) => text));
  const [first] = readings;
  const { text } = first!;
  if (texts.size > 1 || text === undefined) return [readings.flatMap((reading) => shown(step, reading)), []];
  const whose = readings.map(({ of }) => possessive(of.framework)).join(' or ');
  const known = first!.known.map((argument) => `${argument} is left out: it follows from what flows in`);
  return [[whatIsMeant(step, first!, context)], [`read as ${whose} ${first!.signature}`, ...known]];
}

/** Keras calls a layer with its input; that `Add()([a, b])` is `a -> add(b)` is for the user to decide. */
function whatIsMeant(step: CallStep, { of, text = '' }: Reading, context: StepContext): Fix {
  const { operators, first: begins } = context;
  const before = inputText(step, context);
  if (before !== undefined) return repair(step.span, before + text, before + text);
  const joins = (operators.get(of.layer.operator)?.arity?.max ?? 1) > 1;
  const joined = joins && /^\w+$/.test(text) ? inputsJoined(step, begins, text) : undefined;
  return joined === undefined ? { message: `x -> ${text}, x being what goes in` } : replacement(step.span, joined);
}

/** What stands before a step that is called with its input: `x -> ` of `relu()(x)`, and the inner step of `F.max_pool2d(F.relu(x), 2)`. */
function inputText(step: CallStep, context: StepContext): string | undefined {
  const [only, ...others] = step.input ?? [];
  if (!only) return '';
  if (only.value.kind !== 'call' || only.name || others.length > 0 || !context.first)
    return inputBefore(step, context.first);
  const { callee, arguments: given, span } = only.value;
  const { diagnostic, of } = unknownStep({ kind: 'step', callee, arguments: given, span }, context);
  const [edit] = of ? (diagnostic.fixes?.[0]?.edits ?? []) : [];
  return edit && `${edit.text} -> `;
}

function shown(step: CallStep, { of, signature, text, reason }: Reading): readonly Fix[] {
  const whose = `${possessive(of.framework)} ${signature}`;
  if (text !== undefined) return [replacement(step.span, text, `${text}, if it is ${whose}`)];
  return [{ message: `compare ${whose} with \`${of.layer.operator}\`${reason ? `: ${reason}` : ''}` }];
}

/** Arguments that do not fit the layer may be ours already, behind foreign names. */
function ourOwn(step: CallStep, { layer }: NamedLayer, { operators }: StepContext): readonly Fix[] {
  const operator = operators.get(layer.operator)!;
  const slots = Object.entries(operator.attributes);
  const signature = `${operator.name}(${slots.map(([name]) => name).join(', ')})`;
  const given = (step.arguments ?? []).map((argument, at) => {
    const given = argument.name?.name ?? slots[at]?.[0] ?? '';
    // `Conv(16, Kernel: 3)`
    const name = argument.name && Object.hasOwn(operator.attributes, given.toLowerCase()) ? given.toLowerCase() : given;
    if (Object.hasOwn(operator.attributes, name)) {
      const value = textOf(argument.value.span);
      return { name, text: argument.name ? `${name}: ${value}` : value };
    }
    const rule = argumentsNamed(operator.name, name).find((meaning) => meaning.argument.kind === 'ours')?.argument;
    const value = rule?.kind === 'ours' && ourValue(argument.value, operator.attributes[rule.name]!, rule.form);
    return value ? { name: rule.name, text: `${rule.name}: ${value}` } : undefined;
  });
  const needed = slots.filter(([, { default: known, type }]) => known === undefined && type !== 'weights');
  const fits = given.every(Boolean) && needed.every(([name]) => given.some((one) => one?.name === name));
  if (!fits) return [{ message: `write ${signature}` }];
  const text = given.length === 0 ? operator.name : `${operator.name}(${given.map((one) => one!.text).join(', ')})`;
  return [replacement(step.span, text, `${text}, if the arguments are those of ${signature}`)];
}

/** `F.relu` */
function ourStep(step: CallStep, name: string, context: StepContext): readonly Fix[] {
  const before = inputText(step, context);
  if ((step.arguments ?? []).length > 0 || before === undefined)
    return [{ message: `compare the arguments with \`cnnc help ${name}\`; what flows is none of them` }];
  // `F.relu()` keeps nothing but the name.
  return [repair(step.span, `${before}${name}`, `${before}${name}`)];
}

function takes({ framework, name, layer }: NamedLayer): string {
  const given = Object.entries(layer.arguments ?? {});
  const needed = given.filter(([, rule]) => rule.kind !== 'silent').map(([argument]) => argument);
  return `${possessive(framework)} arguments are ${name}(${needed.join(', ')})`;
}

function possessive(framework: Framework): string {
  return framework.endsWith('s') ? `${framework}'` : `${framework}'s`;
}

function candidates({ arguments: given }: CallStep, context: StepContext): readonly string[] {
  const { scope, operators, first } = context;
  if (!context.suggests) return [];
  const known = [...operators.values()].filter(({ internal }) => !internal).map(({ name }) => name);
  for (const [name, entry] of visible(scope)) {
    if (entry.kind === 'block' || (entry.kind === 'value' && first && !given)) known.push(name);
  }
  return known;
}

const yesNo: ReadonlyMap<string, string> = new Map([
  ...['yes', 'on'].map((word) => [word, 'true'] as const),
  ...['no', 'off'].map((word) => [word, 'false'] as const),
]);

/** The error of a name that nothing in `known` has, with the nearest one as a fix. `what` says what was looked for, such as `block`. */
export function unknownName(
  name: Pick<Identifier, 'name' | 'span'>,
  known: Iterable<string>,
  what: string,
): Diagnostic {
  const suggestion = suggest(name.name, known);
  return problem('name/unknown', name.span, `there is no ${what} \`${name.name}\``, {
    found: name.name,
    expected: `the name of a ${what}`,
    fixes: [
      ['None', 'none', 'null', 'nil'].includes(name.name)
        ? { message: 'leave it out: what is not given has its default, and the batch axis is never written' }
        : yesNo.has(name.name)
          ? replacement(name.span, yesNo.get(name.name)!)
          : suggestion === undefined
            ? { message: `define \`${name.name}\` before it` }
            : didYouMean(name.span, suggestion),
    ],
  });
}
