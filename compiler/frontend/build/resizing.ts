// The settings of an input that say how pictures get its height and width: `resize`, `fit`, `filter`, `fill`, `crop`.

import type { Setting } from '../../../grammar/ast.ts';
import type { Fix } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Attribute, InputSettings } from '../../ir/graph.ts';
import type { AttributeSpec } from '../../ir/operator.ts';
import { attributeValue } from '../values/arguments.ts';
import { evaluate } from '../values/evaluate.ts';
import type { Evaluation } from '../values/evaluation.ts';
import { problem, replacement } from '../report.ts';

export const resizingSpecs = {
  resize: {
    type: 'int',
    minimum: 1,
    default: null,
  },
  fit: { type: 'choice', choices: ['stretch', 'cover', 'contain'], default: null },
  filter: {
    type: 'choice',
    choices: ['nearest', 'bilinear', 'bicubic'],
    default: null,
  },
  fill: { type: 'ints', minimum: 0, maximum: 255, default: null },
  crop: { type: 'size', minimum: 1, default: null },
} as const satisfies Readonly<Record<string, AttributeSpec>>;

/** `resize` is a number or a size, which one setting of an operator never is. */
export function resizeValue({ value: expression }: Setting, at: Evaluation): Attribute | undefined {
  const value = evaluate(expression, at);
  if (!value) return undefined;
  const type = value.kind === 'int' ? 'int' : 'size';
  return attributeValue('resize', { ...resizingSpecs.resize, type }, expression, at);
}

/** Reports what does not lead to pictures of height × width. `fit` alone resizes to just that. */
export function resizingSettings(
  values: ReadonlyMap<string, Attribute | undefined>,
  bound: ReadonlyMap<string, Setting>,
  [height, width]: readonly [number, number],
  at: Evaluation,
): Pick<InputSettings, 'resize' | 'fit' | 'filter' | 'fill' | 'crop'> {
  const fit = values.get('fit') as InputSettings['fit'];
  const filter = values.get('filter') as InputSettings['filter'];
  const fill = values.get('fill') as InputSettings['fill'];
  const crop = values.get('crop') as InputSettings['crop'];
  const given = values.get('resize') as InputSettings['resize'];
  const resize = given ?? (fit !== undefined && !bound.has('resize') ? [height, width] : undefined);
  const spanOf = (name: string) => bound.get(name)!.value.span;
  const size = (h: number, w: number): string => (h === w ? `${h}` : `${h}x${w}`);
  const report = (code: string, name: string, message: string, found: string, expected: string, fix: Fix): void =>
    at.report(problem(code, spanOf(name), message, { found, expected, fixes: [fix] }));

  if (crop && (crop[0] !== height || crop[1] !== width)) {
    report(
      'input/crop',
      'crop',
      'the crop is not the height and width of the input',
      crop.join('×'),
      `${height}×${width}`,
      replacement(spanOf('crop'), size(height, width)),
    );
  }
  if (typeof given === 'number' && given < Math.max(height, width)) {
    report(
      'input/crop',
      'resize',
      'the resized picture is smaller than the input',
      `${given}`,
      `at least ${Math.max(height, width)}`,
      replacement(spanOf('resize'), `${Math.max(height, width)}`),
    );
  }
  if (
    typeof given === 'object' &&
    (given[0] < height || given[1] < width || (!crop && (given[0] > height || given[1] > width)))
  ) {
    report(
      'input/crop',
      'resize',
      'the resized picture does not have the height and width of the input',
      given.join('×'),
      `${height}×${width}${crop ? ', or more' : ', or more and a crop'}`,
      replacement(spanOf('resize'), `${height}x${width}`),
    );
  }
  if (fit !== undefined && typeof given === 'number') {
    report(
      'input/fit',
      'fit',
      '`fit` needs a height and a width to resize to',
      `resize: ${textOf(spanOf('resize'))}, the pixels of the shorter side`,
      `resize: ${given}x${given}`,
      replacement(spanOf('resize'), `${given}x${given}`),
    );
  }
  if (fill && fit !== 'contain') {
    report(
      'input/fit',
      'fill',
      '`fill` is what lies beside a picture with `fit: contain`',
      fit === undefined ? 'no fit' : `fit: ${fit}`,
      'fit: contain',
      { message: 'leave `fill` out, or write fit: contain' },
    );
  }
  if (filter !== undefined && resize === undefined && !bound.has('resize')) {
    report('input/fit', 'filter', '`filter` says how pictures are resized', 'no resize', 'resize or fit', {
      message: `write resize: ${height}x${width}, or leave \`filter\` out`,
    });
  }
  return {
    ...(resize !== undefined && { resize: resize as NonNullable<InputSettings['resize']> }),
    ...(fit !== undefined && { fit }),
    ...(filter !== undefined && { filter }),
    ...(fill && { fill }),
    ...(crop && { crop }),
  };
}
