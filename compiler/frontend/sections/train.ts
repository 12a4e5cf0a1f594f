// `train` sections as plain data: loss, optimizer, schedule, augmentation and the rest, with PyTorch's names and defaults.

import type { Argument, CallStep, Expression, TrainSection } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Attribute, Attributes } from '../../ir/graph.ts';
import type { AttributeSpec } from '../../ir/operator.ts';
import { attributeValue, bindArguments, callable } from '../values/arguments.ts';
import type { Evaluation } from '../values/evaluate.ts';
import { textOf } from '../../../grammar/source.ts';
import { unknownName } from '../names/foreign.ts';
import { lookup, visible } from '../names/scope.ts';
import { didYouMean, problem } from '../report.ts';
import { bindSettings } from '../values/settings.ts';
import { wordsOf } from '../values/written.ts';
import { suggest } from '../../../grammar/suggest.ts';
import { augmentMenu, foreignAugmentArguments, foreignAugmentations } from './augmentations.ts';

/** A named choice with its arguments, all filled in: `sgd(learning_rate: 0.9, momentum: 0, weight_decay: 0)`. */
export interface Choice {
  readonly name: string;
  readonly arguments: Attributes;
}

export interface TrainSettings {
  readonly loss: Choice;
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
  readonly span: Span;
}

type Specs = Readonly<Record<string, AttributeSpec>>;
type Menu = Readonly<Record<string, Specs>>;

const share = (value: number, doc: string): AttributeSpec => ({ type: 'float', default: value, minimum: 0, doc });
const learningRate: AttributeSpec = { type: 'float', minimum: 0, doc: 'Size of a step.' };
const adam: Specs = {
  learning_rate: share(0.001, 'Size of a step.'),
  beta1: { ...share(0.9, 'Memory of the mean of the gradients.'), maximum: 1 },
  beta2: { ...share(0.999, 'Memory of the mean of their squares.'), maximum: 1 },
  epsilon: share(1e-8, 'Added to the divisor.'),
  weight_decay: share(0, 'Pull of the weights towards 0.'),
};

const menus = {
  loss: {
    cross_entropy: { label_smoothing: { ...share(0, 'Share of the target spread over all classes.'), maximum: 1 } },
    mean_squared_error: {},
  },
  optimizer: {
    sgd: {
      learning_rate: learningRate,
      momentum: share(0, 'Share of the last step that is kept.'),
      weight_decay: share(0, 'Pull of the weights towards 0.'),
      nesterov: { type: 'bool', default: false, doc: 'Look ahead along the momentum.' },
    },
    adam,
    adamw: { ...adam, weight_decay: share(0.01, 'Pull of the weights towards 0, apart from the gradient.') },
  },
  init: {
    default: {},
    xavier_uniform: {},
    xavier_normal: {},
    kaiming_uniform: {},
    kaiming_normal: {},
    normal: { deviation: share(0.01, 'Standard deviation.') },
  },
  schedule: {
    constant: { warmup: { type: 'int', default: 0, minimum: 0, doc: 'Epochs in which the rate rises from 0.' } },
    step: {
      every: { type: 'int', minimum: 1, doc: 'Epochs between reductions.' },
      factor: share(0.1, 'The rate is multiplied by it.'),
      warmup: { type: 'int', default: 0, minimum: 0, doc: 'Epochs in which the rate rises from 0.' },
    },
    cosine: {
      final: share(0, 'Learning rate at the end.'),
      warmup: { type: 'int', default: 0, minimum: 0, doc: 'Epochs in which the rate rises from 0.' },
    },
  },
  augment: augmentMenu,
} as const satisfies Record<string, Menu>;

const numbers: Specs = {
  batch: { type: 'int', default: 128, minimum: 1, doc: 'Images per step.' },
  epochs: { type: 'int', default: 10, minimum: 1, doc: 'Times that all images are seen.' },
  seed: { type: 'int', default: 0, minimum: 0, maximum: 2 ** 32 - 1, doc: 'Of all random choices.' },
};

const settingNames = ['loss', 'optimizer', 'batch', 'epochs', 'init', 'schedule', 'augment', 'seed'];

const foreignSettings: ReadonlyMap<string, string> = new Map([
  ['optim', 'optimizer'],
  ['criterion', 'loss'],
  ['batch_size', 'batch'],
  ['num_epochs', 'epochs'],
  ['max_epochs', 'epochs'],
  ['initializer', 'init'],
  ['lr_schedule', 'schedule'],
  ['scheduler', 'schedule'],
  ['augmentation', 'augment'],
  ['transforms', 'augment'],
  ['random_seed', 'seed'],
]);

/** Settings that other frameworks keep outside the optimizer. */
const optimizerArguments: ReadonlyMap<string, string> = new Map([
  ['lr', 'learning_rate'],
  ['learning_rate', 'learning_rate'],
  ['momentum', 'momentum'],
  ['weight_decay', 'weight_decay'],
]);

const foreignArguments: Readonly<Record<string, string>> = {
  lr: 'learning_rate',
  rate: 'learning_rate',
  wd: 'weight_decay',
  eps: 'epsilon',
  step_size: 'every',
  gamma: 'factor',
  eta_min: 'final',
  std: 'deviation',
  ...foreignAugmentArguments,
};

const foreignChoices: ReadonlyMap<string, string> = new Map([
  ['SGD', 'sgd'],
  ['Adam', 'adam'],
  ['AdamW', 'adamw'],
  ['CrossEntropyLoss', 'cross_entropy'],
  ['softmax_cross_entropy', 'cross_entropy'],
  ['MSELoss', 'mean_squared_error'],
  ['mse', 'mean_squared_error'],
  ['xavier', 'xavier_uniform'],
  ['glorot_uniform', 'xavier_uniform'],
  ['glorot_normal', 'xavier_normal'],
  ['he_uniform', 'kaiming_uniform'],
  ['he_normal', 'kaiming_normal'],
  ['he', 'kaiming_normal'],
  ['StepLR', 'step'],
  ['CosineAnnealingLR', 'cosine'],
  ...foreignAugmentations,
]);

/** The section's settings with defaults, or undefined after reporting what is wrong. */
export function readTrainSettings(section: TrainSection, at: Evaluation): TrainSettings | undefined {
  let wrong = false;
  const watched: Evaluation = {
    ...at,
    report(diagnostic) {
      wrong = true;
      at.report(diagnostic);
    },
  };
  const settings = section.settings.filter(({ name }) => {
    const inside = optimizerArguments.get(name.name);
    if (inside === undefined) return true;
    watched.report(
      problem('setting/unknown', name.span, `\`${name.name}\` belongs to the optimizer`, {
        found: textOf(name.span),
        expected: settingNames.join(', '),
        fixes: [{ message: `optimizer: sgd(${inside}: …)` }],
      }),
    );
    return false;
  });
  const bound = bindSettings(settings, settingNames, '`train`', watched.report, foreignSettings);
  const choose = (name: Exclude<keyof typeof menus, 'augment'>, fallback: Choice): Choice => {
    const setting = bound.get(name);
    return setting ? (choice(setting.value, menus[name], name, watched) ?? fallback) : fallback;
  };
  const number = (name: string): number => {
    const [spec, setting] = [numbers[name]!, bound.get(name)];
    return ((setting && settingValue(name, spec, setting.value, watched)) ?? spec.default) as number;
  };
  if (!bound.has('optimizer') && !wrong) {
    watched.report(
      problem('setting/missing', section.target.span, '`train` needs an optimizer', {
        found: bound.size > 0 ? [...bound.keys()].join(', ') : 'no settings',
        expected: 'optimizer: sgd(learning_rate: 0.1)',
        fixes: [{ message: 'write `optimizer: sgd(learning_rate: 0.1)` or `optimizer: adam` into it' }],
      }),
    );
  }
  const result: TrainSettings = {
    loss: choose('loss', { name: 'cross_entropy', arguments: { label_smoothing: 0 } }),
    optimizer: choose('optimizer', { name: 'sgd', arguments: {} }),
    batch: number('batch'),
    epochs: number('epochs'),
    init: choose('init', { name: 'default', arguments: {} }),
    schedule: choose('schedule', { name: 'constant', arguments: { warmup: 0 } }),
    augment: augmentations(bound.get('augment')?.value, watched),
    seed: number('seed'),
    span: section.span,
  };
  return wrong ? undefined : result;
}

function augmentations(value: Expression | undefined, at: Evaluation): readonly Choice[] {
  if (!value) return [];
  if (value.kind !== 'chain') {
    const single = choice(value, menus.augment, 'augment', at);
    return single ? [single] : [];
  }
  return value.chain.steps.flatMap((step) => {
    if (step.kind === 'parallel') {
      at.report(
        problem('setting/value', step.span, '`augment` is a chain of steps, without `parallel`', {
          found: 'parallel',
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
  at.report(
    problem('setting/value', value.span, `\`${setting}\` is one of its words`, {
      found: textOf(value.span),
      expected,
      fixes: [{ message: `${setting}: ${first}` }],
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
    const foreign = foreignChoices.get(callee.name);
    const suggestion = foreign !== undefined && names.includes(foreign) ? foreign : suggest(callee.name, names);
    at.report(
      problem('setting/value', callee.span, `\`${setting}\` has no \`${callee.name}\``, {
        found: callee.name,
        expected: names.join(', '),
        fixes: [
          suggestion === undefined
            ? { message: `write one of ${names.join(', ')}` }
            : didYouMean(callee.span, suggestion),
        ],
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
  if (expression.kind !== 'name' || words.includes(expression.name) || lookup(at.scope, expression.name))
    return attributeValue(name, spec, expression, at);
  if (words.length === 0) {
    const constants = [...visible(at.scope)].flatMap(([known, { kind }]) => (kind === 'const' ? [known] : []));
    at.report(unknownName(expression, constants, 'constant'));
    return undefined;
  }
  const suggestion = suggest(expression.name, words);
  at.report(
    problem('setting/value', expression.span, `\`${name}\` has no \`${expression.name}\``, {
      found: expression.name,
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
