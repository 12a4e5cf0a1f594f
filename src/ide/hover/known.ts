// What the language's own words mean: settings of sections and inputs, functions, types, and words that are values.

import { argumentText, settingTexts } from '../../../compiler/frontend/texts.ts';
import { outputSpecs } from '../../../compiler/frontend/build/output-facts.ts';
import { pictureSpecs } from '../../../compiler/frontend/build/pictures.ts';
import type { Known } from '../../../compiler/frontend/names/bindings.ts';
import { quantities } from '../../../compiler/frontend/sections/expect.ts';
import type { Quantity } from '../../../compiler/frontend/sections/expect.ts';
import { menus, scalars } from '../../../compiler/frontend/sections/train-menu.ts';
import type { AttributeSpec } from '../../../compiler/ir/operator.ts';
import type { Span } from '../../../grammar/source.ts';
import { inlineCode, paragraphOf } from '../../text/markdown.ts';
import type { Analysis } from '../analysis.ts';
import { functionSignature, settingSignature, signatureText } from '../completion/signatures.ts';
import { definitionAround } from './places.ts';

type Word = Exclude<Known, { readonly operator: unknown }>;

/** Paragraphs of Markdown about a word of the language; none where there is nothing to say. */
export function knownText(analysis: Analysis, { kind, name }: Word, span: Span): readonly string[] {
  const title = (text = name): string => `**${kind}** ${inlineCode(text)}`;
  switch (kind) {
    case 'type':
      return Object.hasOwn(types, name) ? [title(), types[name]!] : [];
    case 'function': {
      const signature = functionSignature(name);
      return signature && Object.hasOwn(functions, name) ? [title(signatureText(signature)), functions[name]!] : [];
    }
    case 'setting':
      return settingText(analysis, name, span, title());
    case 'word':
      return wordText(analysis, name, span);
    default:
      return kind satisfies never;
  }
}

const types: Readonly<Record<string, string>> = {
  int: 'A whole number.',
  float: 'A number.',
  bool: '`true` or `false`.',
  string: 'Text in double quotes.',
  size: 'A height and a width, such as `3x5`; one number is both.',
  block: 'A step: an operator or a block, with the arguments that are the same wherever it is called.',
};

const functions: Readonly<Record<string, string>> = {
  len: 'How many items a list or a tuple has.',
  min: 'The least of some numbers, or of a list of numbers.',
  max: 'The largest of some numbers, or of a list of numbers.',
  size: 'A size of a height and a width: `size(3, 5)` is `3x5`.',
};

const budgets: Readonly<Record<Quantity, string>> = {
  parameters: 'Elements of all learned tensors; a shared one counts once.',
  macs: 'Multiply–accumulates of convolutions and dense layers per image, without biases.',
  peak_memory: 'Bytes of the compiled network’s working memory for one image. It is not measured while typing.',
  module_size: 'Bytes of the emitted JavaScript, without weights. It is not measured while typing.',
  kernel_calls: 'Kernels that a run of the compiled network calls. It is not measured while typing.',
  receptive_field: 'Pixels of the input that one element of each output depends on, along an axis.',
  output: 'The shape of the output, without the batch axis.',
};

const wordsByName: Readonly<Record<string, string>> = {
  same: 'Padding with which a window of stride 1 keeps height and width.',
  channels: 'How many channels the value has.',
  height: 'The height of the value, in pixels.',
  width: 'The width of the value, in pixels.',
  length: 'How many tokens the value has.',
  features: 'How many features each token of the value has.',
  size: 'The height and width of the value together.',
};

function settingText(analysis: Analysis, name: string, span: Span, title: string): readonly string[] {
  const around = definitionAround(analysis, span);
  if (around?.kind === 'expect') {
    const quantity = quantities.find((one) => one === name);
    return quantity ? [title, budgets[quantity]] : [];
  }
  if (around?.kind !== 'train') {
    if (name === 'labels') return [title, 'Names of the classes, in their order: a list, or a file with one per line.'];
    const specs: Readonly<Record<string, AttributeSpec>> = { ...pictureSpecs, ...outputSpecs };
    const text = settingTexts.output[name] ?? settingTexts.input[name];
    return specText(title, Object.hasOwn(specs, name) ? specs[name] : undefined, text);
  }
  if (Object.hasOwn(scalars, name))
    return specText(title, scalars[name as keyof typeof scalars], settingTexts.train[name]);
  if (Object.hasOwn(menus, name)) {
    const choices = Object.keys(menus[name as keyof typeof menus]);
    return [title, `One of ${choices.map(inlineCode).join(', ')}.`];
  }
  const setting = around.settings.find(({ span: one }) => one.start <= span.start && span.end <= one.end);
  const menu = setting && Object.hasOwn(menus, setting.name.name) ? menus[setting.name.name as keyof typeof menus] : {};
  const steps = Object.entries(menu as Readonly<Record<string, Readonly<Record<string, AttributeSpec>>>>);
  const [step, specs] = steps.find(([, one]) => Object.hasOwn(one, name)) ?? [];
  return specText(title, specs?.[name], step && argumentText(step, name));
}

function specText(title: string, spec: AttributeSpec | undefined, text: string | undefined): readonly string[] {
  if (!spec) return [];
  const choices = spec.choices ? [`One of ${spec.choices.map(inlineCode).join(', ')}.`] : [];
  return [title, paragraphOf(text ?? ''), ...choices];
}

function wordText(analysis: Analysis, name: string, span: Span): readonly string[] {
  const around = definitionAround(analysis, span);
  if (around?.kind === 'train') {
    const setting = around.settings.find(({ span: one }) => one.start <= span.start && span.end <= one.end);
    const signature = setting && settingSignature(setting.name.name, name);
    return signature ? [`**${inlineCode(setting.name.name)}** ${inlineCode(signatureText(signature))}`] : [];
  }
  return Object.hasOwn(wordsByName, name) ? [`**word** ${inlineCode(name)}`, wordsByName[name]!] : [];
}
