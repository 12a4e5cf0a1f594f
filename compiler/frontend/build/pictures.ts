// What `input` and `output` say: the shape of the input, how a picture becomes that tensor, and the names of the classes.

import type { Expression, InputStatement, ShapePattern } from '../../../grammar/ast.ts';
import type { Fix } from '../../../grammar/diagnostic.ts';
import { repair } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { InputSettings } from '../../ir/graph.ts';
import type { AttributeSpec } from '../../ir/operator.ts';
import { axisNames, formatShape } from '../../ir/tensor-type.ts';
import type { Shape } from '../../ir/tensor-type.ts';
import { attributeValue } from '../values/arguments.ts';
import { tooManyElements } from '../expand/element-limit.ts';
import { INT } from '../values/convert-at.ts';
import { evaluateAs } from '../values/evaluate.ts';
import type { Evaluation } from '../values/evaluation.ts';
import { suggest } from '../../../grammar/suggest.ts';
import { didYouMean, problem, replacement } from '../report.ts';
import { resizeValue, resizingSettings, resizingSpecs } from './resizing.ts';
import { bindSettings } from '../values/settings.ts';

/** Settings of an input whose tensor is made from a picture. */
export const pictureSpecs: Readonly<Record<string, AttributeSpec>> = {
  scale: { type: 'float', default: 1 / 255 },
  ...resizingSpecs,
  mean: { type: 'floats', default: null },
  std: { type: 'floats', default: null },
  colors: { type: 'choice', choices: ['rgb', 'bgr', 'gray'], default: null },
};

const foreign: ReadonlyMap<string, string> = new Map([
  ['rescale', 'scale'],
  ['center_crop', 'crop'],
  ['centre_crop', 'crop'],
  ['size', 'resize'],
  ['interpolation', 'filter'],
  ['resample', 'filter'],
  ['mode', 'filter'],
  ['padding_color', 'fill'],
  ['pad_color', 'fill'],
  ['fill_value', 'fill'],
  ['standard_deviation', 'std'],
  ['variance', 'std'],
  ['color', 'colors'],
  ['color_mode', 'colors'],
]);

/** Settings whose values are words, not variables, and what other frameworks call them. */
export const wordSettings: ReadonlySet<string> = new Set(
  [...Object.keys(pictureSpecs), ...foreign.keys()].filter(
    (name) => pictureSpecs[foreign.get(name) ?? name]!.type === 'choice',
  ),
);

/** `[C, H, W]` or `[features]`; undefined after reporting what is wrong with it. */
export function inputShape(item: InputStatement, at: Evaluation): Shape | undefined {
  // One without a shape has been reported.
  if (!item.shape) return undefined;
  const { items, span } = item.shape;
  const shape: number[] = [];
  let wrong = false;
  for (const extent of items) {
    if (!extent) {
      at.report(
        problem('input/shape', span, 'an input has a known extent on every axis: `_` is for checks', {
          found: textOf(span),
          expected: '[channels, height, width] or [features] in numbers',
          fixes: [{ message: 'write the numbers: `[1, 28, 28]`' }],
        }),
      );
      return undefined;
    }
    const value = evaluateAs(extent, INT, at, 'an extent');
    if (value?.kind === 'int' && value.value >= 1) shape.push(value.value);
    else {
      wrong = true;
      if (value?.kind === 'int') {
        at.report(
          problem('input/shape', extent.span, 'an extent is at least 1', {
            found: `${value.value}`,
            expected: 'at least 1',
            ...(items.length === 4 &&
              extent === items[0] && { notes: ['the batch axis is always there and never written'] }),
            fixes: [extentFix(item.shape, extent)],
          }),
        );
      }
    }
  }
  if (wrong) return undefined;
  if (!axisNames(shape.length)) {
    const batch = shape.length === 4;
    at.report(
      problem('input/shape', span, `an input has 1 to 3 axes, not ${shape.length}`, {
        found: formatShape(shape),
        expected: '[channels, height, width], [length, features] or [features]',
        ...(batch && { notes: ['the batch axis is always there and never written'] }),
        fixes: batch
          ? [replacement(span, formatShape(shape.slice(1)))]
          : [{ message: 'write [channels, height, width]; a list of numbers is [features]' }],
      }),
    );
    return undefined;
  }
  const excess = tooManyElements(shape, span, 'the input', 'choose a smaller input');
  if (!excess) return shape;
  at.report(excess);
  return undefined;
}

/** The first of four is the batch, whose size is never written. */
function extentFix({ items, span }: ShapePattern, extent: Expression): Fix {
  if (items.length !== 4 || extent !== items[0]) return { message: 'write a number from 1 on' };
  const others = items.slice(1).map((item) => (item ? textOf(item.span) : '_'));
  return replacement(span, `[${others.join(', ')}]`);
}

/** `[28, 28, 1]`: most likely written with the channels last, as other frameworks do. */
export function looksChannelsLast(shape: Shape): boolean {
  const [first = 0, second = 0, last = 0] = shape;
  return shape.length === 3 && [1, 3, 4].includes(last) && first > 4 && second > 4;
}

/** A single `mean` or `std` stands for all channels elsewhere; here each has its own. */
function perChannel(at: Evaluation, channels: number): Evaluation {
  return {
    ...at,
    report(diagnostic) {
      const { span, expected } = diagnostic;
      if (
        diagnostic.code !== 'type/mismatch' ||
        expected !== '[float]' ||
        !span ||
        !/^-?[\d._]+(e-?\d+)?$/.test(textOf(span))
      )
        return at.report(diagnostic);
      const list = `[${Array(Math.max(1, Math.min(channels, 3)))
        .fill(textOf(span))
        .join(', ')}]`;
      at.report({ ...diagnostic, expected: 'a number for each channel', fixes: [repair(span, list, list)] });
    },
  };
}

/** How pictures become the input; undefined where it is no picture, or after a report. */
export function inputSettings(item: InputStatement, shape: Shape, at: Evaluation): InputSettings | undefined {
  const bound = bindSettings(item.settings, Object.keys(pictureSpecs), 'an input', at.report, foreign);
  const values = new Map(
    [...bound].map(([name, setting]) => [
      name,
      name === 'resize'
        ? resizeValue(setting, at)
        : wordSettings.has(name)
          ? word(name, setting.value, at)
          : attributeValue(name, pictureSpecs[name]!, setting.value, perChannel(at, shape[0] ?? 1)),
    ]),
  );
  const [channels = 0, height = 0, width = 0] = shape;
  const picture = shape.length === 3 && (channels === 1 || channels === 3);
  if (!picture) {
    if (item.settings.length > 0) {
      at.report(
        problem(
          'input/picture',
          item.settings[0]!.span,
          'only inputs with 1 or 3 channels are pictures and have settings',
          {
            found: formatShape(shape),
            expected: 'no settings, or 1 or 3 channels',
            fixes: [{ message: 'leave the settings out: such an input is given as numbers' }],
          },
        ),
      );
    }
    return undefined;
  }
  const list = (name: string): readonly number[] | undefined => {
    const value = values.get(name) as readonly number[] | undefined;
    if (value === undefined) return undefined;
    const span = bound.get(name)!.value.span;
    if (value.length !== channels) {
      at.report(
        problem('input/channels', span, `\`${name}\` has one number per channel`, {
          found: `${value.length}`,
          expected: `${channels}`,
          fixes: [
            {
              message: `write ${channels === 1 ? 'one number' : `${channels} numbers`}: ${name}: [${value
                .slice(0, 1)
                .concat(Array(channels - 1).fill(value[0]))
                .join(', ')}]`,
            },
          ],
        }),
      );
    } else if (name === 'std' && value.includes(0)) {
      at.report(
        problem('value/divide-by-zero', span, '`std` divides and cannot be 0', {
          found: `[${value.join(', ')}]`,
          expected: 'numbers that are not 0',
          fixes: [{ message: 'leave `std` out to divide by 1' }],
        }),
      );
    }
    return value;
  };
  const mean = list('mean');
  const std = list('std');
  list('fill');
  const colors = (values.get('colors') as InputSettings['colors'] | undefined) ?? (channels === 1 ? 'gray' : 'rgb');
  if ((colors === 'gray') !== (channels === 1)) {
    at.report(
      problem(
        'input/channels',
        bound.get('colors')!.value.span,
        colors === 'gray' ? '`gray` has 1 channel' : `\`${colors}\` has 3 channels`,
        {
          found: `an input with ${channels}`,
          expected: channels === 1 ? 'gray' : 'rgb or bgr',
          fixes: [replacement(bound.get('colors')!.value.span, channels === 1 ? 'gray' : 'rgb')],
        },
      ),
    );
  }
  return {
    scale: (values.get('scale') as number | undefined) ?? 1 / 255,
    ...resizingSettings(values, bound, [height, width], at),
    ...(mean && { mean }),
    ...(std && { std }),
    colors,
  };
}

/** One of the setting's words; undefined after reporting another. */
function word(name: string, expression: Expression, at: Evaluation): string | undefined {
  const words = pictureSpecs[name]!.choices!;
  const found = textOf(expression.span);
  if (expression.kind === 'name' && words.includes(expression.name)) return expression.name;
  const unquoted = found.replace(/^"(.*)"$/, '$1').toLowerCase();
  const meant = words.includes(unquoted) ? unquoted : suggest(unquoted, words);
  const list = words.map((one) => `\`${one}\``).join(', ');
  at.report(
    problem('type/mismatch', expression.span, `\`${name}\` is one of ${list}`, {
      found,
      expected: words.join(', '),
      fixes: [meant === undefined ? { message: `write ${words.join(' or ')}` } : didYouMean(expression.span, meant)],
    }),
  );
  return undefined;
}
