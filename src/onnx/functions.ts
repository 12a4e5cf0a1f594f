// Calls of the model's own functions become the nodes of their bodies, so that what follows sees nodes of operator sets only.

import type { Message } from '@bufbuild/protobuf';
import { Refusal, refuse } from './problem.ts';
import type { Problem } from './problem.ts';
import type { AttributeProto, FunctionProto, GraphProto, Model, NodeProto } from './file/messages.ts';

/** Nodes that all calls together may become. */
const MAX_NODES = 100_000;
const MAX_DEPTH = 64;

/** The model's graph without calls, or why they are too many or too deep, as where functions call themselves. */
export function withoutCalls(model: Model): GraphProto | Problem {
  try {
    return changed(model.graph!, { node: inlined(model) });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { what: error.message, mend: error.mend };
  }
}

function inlined({ functions, graph }: Model): readonly NodeProto[] {
  const byName = new Map(functions.map((one) => [keyOf(one.domain, one.name, one.overload), one]));
  const nodes: NodeProto[] = [];
  let calls = 0;
  const visit = (node: NodeProto, depth: number): void => {
    const called = byName.get(keyOf(node.domain, node.opType, node.overload));
    if (!called) {
      if (nodes.push(node) > MAX_NODES)
        refuse(`the functions of the model make more than ${MAX_NODES} nodes`, 'export it without functions');
      return;
    }
    if (depth >= MAX_DEPTH)
      refuse(
        `functions are called more than ${MAX_DEPTH} deep, in ${JSON.stringify(called.name.slice(0, 80))}`,
        'export the model without functions',
      );
    if ((calls += 1) > MAX_NODES)
      refuse(`the functions of the model are called more than ${MAX_NODES} times`, 'export it without functions');
    requireFormals(node, called);
    for (const inner of bodyOf(node, called, `${node.name || node.output[0] || node.opType}/${calls}`))
      visit(inner, depth + 1);
  };
  for (const node of (graph as GraphProto).node) visit(node, 0);
  return nodes;
}

/** A call may leave operands and results out at the end, and has no others. */
function requireFormals({ input, output }: NodeProto, { name, ...formal }: FunctionProto): void {
  if (input.length <= formal.input.length && output.length <= formal.output.length) return;
  const counts = `${formal.input.length} operands and ${formal.output.length} results`;
  refuse(
    `the function ${JSON.stringify(name.slice(0, 80))} has ${counts}, and is called with ${input.length} and ${output.length}`,
    'export the model again',
  );
}

/** A message with other fields. Fields that are absent keep their defaults, which a spread would lose. */
function changed<Shape extends Message>(message: Shape, fields: Partial<Shape>): Shape {
  return Object.assign(Object.create(Object.getPrototypeOf(message) as object) as Shape, message, fields);
}

const keyOf = (domain: string, name: string, overload: string): string =>
  JSON.stringify([domain === 'ai.onnx' ? '' : domain, name, overload]);

/** The body with the caller's names and attributes; inner names get `scope` before them, as slashes in PyTorch's names do. */
function bodyOf(call: NodeProto, called: FunctionProto, scope: string): readonly NodeProto[] {
  const names = new Map<string, string>();
  for (const [at, formal] of called.input.entries()) names.set(formal, call.input[at] ?? '');
  for (const [at, formal] of called.output.entries()) {
    const actual = call.output[at] ?? '';
    names.set(formal, actual === '' ? `${scope}/${formal}` : actual);
  }
  const named = (name: string): string => (name === '' ? '' : (names.get(name) ?? `${scope}/${name}`));
  const given = new Map([...called.attributeProto, ...call.attribute].map((one) => [one.name, one]));
  return called.node.map((node) =>
    changed(node, {
      name: node.name === '' ? '' : `/${scope}/${node.name}/${node.opType}`,
      input: node.input.map(named),
      output: node.output.map(named),
      attribute: node.attribute.flatMap((one) => passed(one, given)),
    }),
  );
}

/** An attribute of the body; one that refers to the call's has its value, or is absent with it. */
function passed(attribute: AttributeProto, given: ReadonlyMap<string, AttributeProto>): readonly AttributeProto[] {
  if (attribute.refAttrName === '') return [attribute];
  const value = given.get(attribute.refAttrName);
  return value ? [changed(value, { name: attribute.name })] : [];
}
