// Inputs and outputs of a recovered network, with what they say of pictures and classes.

import type { Graph, GraphInput } from '../../compiler/ir/graph.ts';

/** `input image: [3, 224, 224] { scale: 1 }` */
export function inputText({ settings }: GraphInput, name: string, shape: readonly number[]): string {
  const head = `input ${name}: [${shape.join(', ')}]`;
  if (!settings) return head;
  const colors = shape[0] === 1 ? 'gray' : 'rgb';
  const entries = Object.entries(settings).flatMap(([key, value]: [string, unknown]) => {
    const isUsual = (key === 'scale' && value === 1 / 255) || (key === 'colors' && value === colors);
    return isUsual ? [] : [`  ${key}: ${settingText(key, value)}`];
  });
  return entries.length === 0 ? head : `${head} {\n${entries.join('\n')}\n}`;
}

function settingText(key: string, value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  if (key === 'resize' || key === 'crop')
    return value[0] === value[1] && key === 'crop' ? `${value[0]}` : value.join('x');
  return `[${value.join(', ')}]`;
}

/** `output a, b`, and the names of classes. Outputs with labels of their own have a statement that says so. */
export function outputText({ outputs }: Graph, names: readonly string[]): string {
  const labels = outputs.length === 1 ? outputs[0]!.labels : undefined;
  const text = labels === undefined ? '' : ` { labels: ${labelsText(labels)} }`;
  return `output ${names.join(', ')}${text}`;
}

function labelsText(labels: readonly string[] | string): string {
  return typeof labels === 'string' ? quoted(labels) : `[${labels.map(quoted).join(', ')}]`;
}

/** A string literal; control characters and what is not ASCII are escapes. */
export function quoted(text: string): string {
  const escaped = [...text].map((character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    const code = character.codePointAt(0)!;
    return code >= 32 && code < 127 ? character : `\\u{${code.toString(16)}}`;
  });
  return `"${escaped.join('')}"`;
}
