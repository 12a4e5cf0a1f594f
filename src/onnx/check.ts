// What can be wrong with a model as a whole, before any of its nodes is looked at.

import type { GraphProto, Model } from './file/messages.ts';
import type { Problem } from './problem.ts';

/** Versions of the default operator set whose operators are known (ONNX 1.22); those before 6 had other forms of broadcasting. */
export const OLDEST_VERSION = 6;
export const NEWEST_VERSION = 27;

/** Everything that keeps the model from being read; empty where its nodes can be looked at. */
export function flawsOf({ opsetImport, graph, functions }: Model): readonly Problem[] {
  const version = opsetImport.findLast(({ domain }) => domain === '' || domain === 'ai.onnx')?.version;
  const flaws: Problem[] = [];
  if (version === undefined)
    flaws.push({
      what: 'the model does not say of which operator set it is (opset_import)',
      mend: 'get the whole file, or export it again',
    });
  else if (version < OLDEST_VERSION || version > NEWEST_VERSION)
    flaws.push({
      what: `the model is of operator set ${version}, and ${OLDEST_VERSION} to ${NEWEST_VERSION} are known`,
      mend: 'convert it by onnx.version_converter, or export it with another opset_version',
    });
  if (!graph) return [...flaws, { what: 'the file holds no graph', mend: 'export the model again' }];
  const keys = functions.map(({ domain, name, overload }) => [domain, name, overload].filter(Boolean).join('.'));
  return [...flaws, ...borderFlaws(graph), ...twice('functions', keys)];
}

function twice(kind: string, names: readonly string[]): readonly Problem[] {
  const seen = new Set<string>();
  const again = new Set(names.filter((name) => seen.size === seen.add(name).size));
  return [...again].map((name) => ({
    what: `two ${kind} are called ${JSON.stringify(name.slice(0, 80))}`,
    mend: 'export the model again',
  }));
}

function borderFlaws({ input, output, sparseInitializer }: GraphProto): readonly Problem[] {
  return [
    ...twice(
      'inputs',
      input.map(({ name }) => name),
    ),
    ...twice(
      'outputs',
      output.map(({ name }) => name),
    ),
    ...(output.length === 0 ? [{ what: 'the graph has no output', mend: 'export the model again' }] : []),
    ...(sparseInitializer.length === 0
      ? []
      : [{ what: `${sparseInitializer.length} initializers are sparse`, mend: 'export the model with dense tensors' }]),
  ];
}
