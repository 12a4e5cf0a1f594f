// Class names that stand in a file of their own become part of the network that is compiled.

import { resolvePath } from '../../compiler/frontend/names/project.ts';
import { labelLines } from '../data/labels.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { InputError, printable } from '../data/input-error.ts';

/** `linesOf` gives the names in a file. Throws `InputError` where there are not as many as classes. */
export function withLabels(graph: Graph, linesOf: (path: string) => readonly string[]): Graph {
  const outputs = graph.outputs.map((output) => {
    if (output.labels === undefined) return output;
    const labels = typeof output.labels === 'string' ? linesOf(output.labels) : output.labels;
    const classes = typeOf(graph, output.value).shape[0];
    if (labels.length !== classes)
      throw new InputError(`there are ${labels.length} labels, but ${output.name} has ${classes} classes`);
    return { ...output, labels };
  });
  return { ...graph, outputs };
}

/** With the classes that files name beside the source `path`. Throws `InputError` for one that `read` does not have. */
export function withLabelsBeside(graph: Graph, path: string, read: (path: string) => string | undefined): Graph {
  return withLabels(graph, (file) => {
    const full = resolvePath(path, /^\.\.?\//.test(file) ? file : `./${file}`);
    const text = full === undefined ? undefined : read(full);
    if (text === undefined) throw new InputError(`the labels ${printable(file)} cannot be read`);
    return labelLines(text);
  });
}
