// `train` sections as plain data: loss, optimizer, schedule, augmentation and the rest, with PyTorch's names and defaults.

import { repair } from '../../../grammar/diagnostic.ts';
import { wordOf } from '../names/foreign/values.ts';
import type { Argument, CallStep, Expression, Identifier, TrainSection } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Attribute } from '../../ir/graph.ts';
import type { AttributeSpec } from '../../ir/operator.ts';
import { attributeValue, bindArguments, callable } from '../values/arguments.ts';
import type { Evaluation } from '../values/evaluation.ts';
import { textOf } from '../../../grammar/source.ts';
import { didYouMean, problem } from '../report.ts';
import { bindSettings } from '../values/settings.ts';
import { wordsOf } from '../values/written.ts';
import { suggest } from '../../../grammar/suggest.ts';
import {
  foreignArguments,
  foreignChoices,
  foreignSettings,
  plainWord,
  menus,
  optimizerArguments,
  scalars,
  settingNames,
} from './train-menu.ts';
import type { Menu } from './train-menu.ts';
import { namedLosses } from './losses.ts';
import type { Choice, LossChoice } from './losses.ts';
import { unknownIn, unknownNumber } from './unknown.ts';

export type { Choice };

export interface TrainSettings {
  readonly loss: LossChoice;
  /** The outputs of which the losses are, as they are written. */
  readonly outputs?: readonly Identifier[];
  readonly optimizer: Choice;
  /** Images per step. */
  readonly batch: number;
  readonly epochs: number;
  readonly init: Choice;
  /** How the learning rate changes. */
  readonly schedule: Choice;
  /** Applied in order to every image of every epoch. */
  readonly augment: readonly Choice[];
  readonly seed: number;
  /** Share of the images that is kept for validation. */
  readonly validation: number;
  /** What becomes of images that do not fill the last batch of an epoch. */
  readonly last: 'keep' | 'drop';
  /** Which weights are the result. */
  readonly weights: 'last' | 'best';
  /** Whether validation and test judge each image alone, or together with its mirror image. */
  readonly evaluate: 'plain' | 'flip';
  /** Largest norm of all gradients together. */
  readonly clip?: number;
  /** How much of the moving average of the weights a step keeps. */
  readonly average?: number;
  readonly span: Span;
}

/** The section's settings with defaults, or undefined after reporting what is wrong. */
export function readTrainSettings(section: TrainSection, at: Evaluation): TrainSettings | undefined {
  let wrong = section.incomplete === true;
  const watched: Evaluation = {
    ...at,
    report(diagnostic) {
      wrong = true;
      at.report(diagnostic);
    },
  };
  const chosen = section.settings.find(({ name }) => name.name === 'optimizer')?.value;
  const word = chosen && Object.keys(menus.optimizer).find((one) => one === wordOf(chosen));
  const settings = section.settings.filter(({ name, value }) => {
    const inside = optimizerArguments.get(name.name);
    if (inside === undefined) return true;
    watched.report(
      problem('setting/unknown', name.span, `\`${name.name}\` belongs to the optimizer`, {
        found: textOf(name.span),
        expected: settingNames.join(', '),
        fixes: [{ message: `optimizer: ${word ?? 'sgd'}(${inside}: ${textOf(value.span)})` }],
      }),
    );
    return false;
  });
  const bound = bindSettings(settings, settingNames, '`train`', watched.report, foreignSettings);
  const choose = (name: Exclude<keyof typeof menus, 'augment'>, fallback: Choice): Choice => {
    const setting = bound.get(name);
    return setting ? (choice(setting.value, menus[name], name, watched) ?? fallback) : fallback;
  };
  const scalar = (name: keyof typeof scalars): Attribute | null => {
    const spec: AttributeSpec = scalars[name];
    const setting = bound.get(name);
    return (setting && settingValue(name, spec, setting.value, watched)) ?? spec.default ?? null;
  };
  const [clip, average] = [scalar('clip'), scalar('average')];
  if (!bound.has('optimizer') && !wrong) {
    watched.report(
      problem('setting/missing', section.target.span, '`train` needs an optimizer', {
        found: bound.size > 0 ? [...bound.keys()].join(', ') : 'no settings',
        expected: 'optimizer: sgd(learning_rate: 0.1)',
        fixes: [{ message: 'write `optimizer: sgd(learning_rate: 0.1)` or `optimizer: adam` into it' }],
      }),
    );
  }
  const optimizer = choose('optimizer', { name: 'sgd', arguments: {} });
  if (chosen) refuseIdleNesterov(optimizer, chosen, watched);
  const written = bound.get('loss')?.value;
  const losses = written && namedLosses(written, lossReaders(watched), watched);
  const cross: Choice = { name: 'cross_entropy', arguments: { label_smoothing: 0 } };
  const result: TrainSettings = {
    ...(typeof losses === 'object'
      ? losses
      : { loss: losses === undefined && written ? cross : choose('loss', cross) }),
    optimizer,
    batch: scalar('batch') as number,
    epochs: scalar('epochs') as number,
    init: choose('init', { name: 'default', arguments: {} }),
    schedule: choose('schedule', { name: 'constant', arguments: { warmup: 0 } }),
    augment: augmentations(bound.get('augment')?.value, watched),
    seed: scalar('seed') as number,
    validation: scalar('validation') as number,
    last: scalar('last') as TrainSettings['last'],
    weights: scalar('weights') as TrainSettings['weights'],
    evaluate: scalar('evaluate') as TrainSettings['evaluate'],
    ...(clip !== null && { clip: clip as number }),
    ...(average !== null && { average: average as number }),
    span: section.span,
  };
  return wrong ? undefined : result;
}

const lossReaders = (at: Evaluation): Parameters<typeof namedLosses>[1] => ({
  choose: (call, inner) => called(call, menus.loss, 'loss', inner),
  // A product of losses is no number.
  factor: (value) =>
    Object.hasOwn(menus.loss, unknownIn(value, at.scope)?.name ?? '')
      ? NaN
      : (settingValue('loss', { type: 'float' }, value, at) as number | undefined),
});

/** Without momentum there is nothing to look ahead along; PyTorch refuses it, too. */
function refuseIdleNesterov({ name, arguments: given }: Choice, { span }: Expression, at: Evaluation): void {
  if (given['nesterov'] !== true || given['momentum'] !== 0) return;
  at.report(
    problem('setting/value', span, '`nesterov` looks ahead along the momentum, which is 0', {
      found: textOf(span),
      expected: 'a momentum above 0',
      fixes: [
        { message: `${name}(learning_rate: ${given['learning_rate'] as number}, momentum: 0.9, nesterov: true)` },
      ],
    }),
  );
}

function augmentations(value: Expression | undefined, at: Evaluation): readonly Choice[] {
  if (!value) return [];
  if (value.kind !== 'chain') {
    const single = choice(value, menus.augment, 'augment', at);
    return single ? [single] : [];
  }
  return value.chain.steps.flatMap((step) => {
    if (step.kind !== 'step') {
      at.report(
        problem('setting/value', step.span, '`augment` is a chain of steps, without `parallel` and arithmetic', {
          found: step.kind === 'parallel' ? 'parallel' : textOf(step.span),
          expected: Object.keys(menus.augment).join(', '),
          fixes: [{ message: 'write its steps one after the other: random_crop(28) -> random_flip' }],
        }),
      );
      return [];
    }
    const one = called(step, menus.augment, 'augment', at);
    return one ? [one] : [];
  });
}

function choice(value: Expression, menu: Menu, setting: string, at: Evaluation): Choice | undefined {
  if (value.kind === 'name') return called({ callee: value, span: value.span }, menu, setting, at);
  if (value.kind === 'call') return called(value, menu, setting, at);
  const expected = Object.keys(menu).join(', ');
  const [first = ''] = Object.keys(menu);
  const quoted = value.kind === 'string' ? value.value : '';
  const meant = suggestedWord(quoted, Object.keys(menu)) ?? first;
  at.report(
    problem('setting/value', value.span, `\`${setting}\` is one of its words`, {
      found: textOf(value.span),
      expected,
      fixes: [Object.hasOwn(menu, quoted) ? repair(value.span, quoted) : { message: `${setting}: ${meant}` }],
    }),
  );
  return undefined;
}

function called(
  {
    callee,
    arguments: given = [],
    span,
  }: Pick<CallStep, 'span'> & {
    readonly callee: { readonly name: string; readonly span: Span };
    readonly arguments?: readonly Argument[];
  },
  menu: Menu,
  setting: string,
  at: Evaluation,
): Choice | undefined {
  const names = Object.keys(menu);
  if (!names.includes(callee.name)) {
    const suggestion = suggestedWord(callee.name, names);
    at.report(
      problem('setting/value', callee.span, `\`${setting}\` has no \`${callee.name}\``, {
        found: callee.name,
        expected: names.join(', '),
        fixes: [
          suggestion === undefined
            ? { message: `write one of ${names.join(', ')}` }
            : didYouMean(callee.span, suggestion),
        ],
        ...(suggestion === 'huber' &&
          /smooth/i.test(callee.name) && { notes: ['huber(delta: b) is b times smooth_l1(beta: b)'] }),
      }),
    );
    return undefined;
  }
  const specs = menu[callee.name]!;
  const bound = bindArguments(given, callable(callee.name, specs, foreignArguments), span, at.report);
  const values = Object.entries(specs).flatMap(([name, spec]): [string, Attribute][] => {
    const argument = bound.get(name);
    const value = argument ? settingValue(name, spec, argument.value, at) : spec.default;
    return value === undefined || value === null ? [] : [[name, value]];
  });
  return { name: callee.name, arguments: Object.fromEntries(values) };
}

/** As `attributeValue`; a name that stands for nothing is reported here, because no step resolves it. */
function settingValue(
  name: string,
  spec: AttributeSpec,
  expression: Expression,
  at: Evaluation,
): Attribute | undefined {
  const words = wordsOf(spec);
  if (expression.kind === 'name' && words.includes(expression.name)) return expression.name;
  const unknown = unknownIn(expression, at.scope);
  if (!unknown) return attributeValue(name, spec, expression, at);
  if (words.length === 0) {
    at.report(unknownNumber(unknown, at.scope));
    return undefined;
  }
  const suggestion = words.includes(unknown.name) ? unknown.name : suggestedWord(unknown.name, words);
  const found = textOf(expression.span);
  at.report(
    problem('setting/value', expression.span, `\`${name}\` has no \`${found}\``, {
      found,
      expected: words.join(', '),
      fixes: [
        suggestion === undefined
          ? { message: `write one of ${words.join(', ')}` }
          : didYouMean(expression.span, suggestion),
      ],
    }),
  );
  return undefined;
}

/** What another framework's word is called here, or else a word that is spelt alike. */
function suggestedWord(found: string, known: readonly string[]): string | undefined {
  const plain = plainWord(found);
  const foreign =
    foreignChoices.get(found) ?? foreignChoices.get(plain) ?? known.find((word) => plainWord(word) === plain);
  return foreign !== undefined && known.includes(foreign) ? foreign : suggest(found, known);
}
