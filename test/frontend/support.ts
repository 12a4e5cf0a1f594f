// Helpers of the front end's tests: a file given as text, and what is read off its result.

import { expect } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import type { FrontendOptions, FrontendResult, Network } from '../../compiler/frontend/index.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { textOf } from '../../grammar/source.ts';

type Options = Omit<FrontendOptions, 'operators' | 'set' | 'read'> & {
  readonly set?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly path?: string;
};

export function compile(text: string, { set, files, path = 'main.cnn', ...rest }: Options = {}): FrontendResult {
  return frontend(
    { path, text },
    {
      ...rest,
      operators,
      ...(set && { set: new Map(Object.entries(set)) }),
      ...(files && { read: (name) => (Object.hasOwn(files, name) ? files[name] : undefined) }),
    },
  );
}

/** The only network of a file without mistakes or warnings. */
export function networkOf(text: string, options?: Options): Network {
  const { networks, diagnostics } = compile(text, options);
  expect(diagnostics.map(summary)).toEqual([]);
  expect(networks).toHaveLength(1);
  return networks[0]!;
}

/** A network around some statements; the input is [8, 16, 16]. */
export function body(statements: string): string {
  return `network A {\n  input x: [8, 16, 16]\n${statements}\n}\n`;
}

export const built = (statements: string): Network => networkOf(body(statements));

/** `conv/C4 "conv(6, kernel: 40)"`: the code and the text it points at. */
export function summary({ code, span }: Diagnostic): string {
  return span ? `${code} ${JSON.stringify(textOf(span))}` : code;
}

export function mistakes(text: string, options?: Options): readonly string[] {
  return compile(text, options).diagnostics.map(summary);
}

export const nodeNames = ({ graph }: Network): readonly string[] => graph.nodes.map(({ name }) => name);

export const weightNames = ({ graph }: Network): readonly string[] => graph.parameters.map(({ name }) => name);

/** `conv(x) relu(conv1)`: the nodes in order with their data operands by name. */
export function wiring({ graph }: Network): string {
  const made = new Map(
    graph.nodes.flatMap(({ name, results }) =>
      results.map((value, index) => [value, results.length > 1 ? `${name}.${index}` : name] as const),
    ),
  );
  for (const { name, value } of graph.inputs) made.set(value, name);
  return graph.nodes
    .map(({ name, operands }) => `${name}(${operands.flatMap((value) => made.get(value) ?? []).join(', ')})`)
    .join(' ');
}

export function shapeOf({ graph, taps }: Network, tap: string): readonly number[] | undefined {
  const value = taps.get(tap);
  return value === undefined ? undefined : graph.types.get(value)?.shape;
}

export function outputShapes({ graph }: Network): readonly (readonly number[])[] {
  return graph.outputs.map(({ value }) => graph.types.get(value)!.shape);
}

/** Elements of all parameters, without running statistics. */
export function parameterCount({ graph }: Network): number {
  return graph.parameters
    .filter(({ role }) => role === 'parameter')
    .reduce((sum, { value }) => sum + sizeOf(graph.types.get(value)!.shape), 0);
}

/** Multiply–accumulates by the operators' own counts. */
export function macCount({ graph }: Network): number {
  const typeOf = (value: number) => graph.types.get(value)!;
  return graph.nodes.reduce((sum, { op, operands, results, attributes }) => {
    const count = operators.get(op)!.macs?.(attributes, operands.map(typeOf), results.map(typeOf));
    return sum + (count ?? 0);
  }, 0);
}
