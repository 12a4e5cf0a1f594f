// Imports the nodes of a graph in the file's order: constants are folded, the rest becomes nodes of our graph.

import type { ValueId } from '../../compiler/ir/graph.ts';
import { knowingConditions } from './about.ts';
import { attributesOf } from './attributes.ts';
import { takenBranch } from './branches.ts';
import { MAX_RANK, settle } from './constant.ts';
import type { Constant } from './constant.ts';
import { knowingCodes } from './codes.ts';
import type { NodeProto } from './file/messages.ts';
import type { ReadExternal } from './file/tensor.ts';
import type { Entry, Flow, Operand } from './flow.ts';
import { unknown } from './flow.ts';
import { wishFor } from './naming.ts';
import { foldedNode } from './fold.ts';
import { takesImages, withAxis0, withoutAxis0 } from './one-image.ts';
import { importerOf } from './operators/index.ts';
import { BatchRefusal, imagesCounted, Refusal, refuse } from './problem.ts';
import type { Problem } from './problem.ts';
import type { Session } from './session.ts';
import { axisAt } from './shapes.ts';
import type { Importer, Site } from './site.ts';
import { placeOf } from './unsupported.ts';
import type { Unsupported } from './unsupported.ts';
import { withoutUnderscores } from '../text/ends.ts';

/** What is known while a file is imported. */
export interface Walk {
  readonly session: Session;
  readonly entries: Map<string, Entry>;
  /** 1 where axis 0 of everything that flows is the batch. */
  readonly outer: 0 | 1;
  /** Operator set → version. */
  readonly versions: ReadonlyMap<string, number>;
  readonly readExternal: ReadExternal | undefined;
  readonly problems: Problem[];
  readonly unsupported: Unsupported;
  /** Images that the file is for; undefined where their number is a name. */
  readonly images: number | undefined;
  readonly notes: Set<string>;
  /** How often each name is read, by nodes and as an output. */
  readonly readers: ReadonlyMap<string, number>;
  /** The file's names → what our graph calls them. */
  readonly names: Map<string, string>;
}

/** Imports one node; what is wrong with it becomes a problem, and its results unknown. Throws BatchRefusal. */
export function importNode(walk: Walk, node: NodeProto): void {
  const { entries, problems } = walk;
  const fail = (what: string, mend: string, constantInput?: string): void => {
    problems.push({ ...placeOf(node), what, mend, ...(constantInput !== undefined && { constantInput }) });
    leaveUnknown(entries, node);
  };
  if (!isBranch(node) && !importerOf(node)) {
    walk.unsupported.add(node, attributesOf(node).summary());
    leaveUnknown(entries, node);
    return;
  }
  const given = node.input.map((name) => (name === '' ? undefined : entries.get(name)));
  const missing = node.input.find((name, at) => name !== '' && given[at] === undefined);
  if (missing !== undefined)
    return fail(
      `nothing before it gives ${JSON.stringify(missing.slice(0, 80))}, which it reads`,
      'export the model again',
    );
  if (given.some((entry) => entry?.is === 'unknown')) {
    leaveUnknown(entries, node);
    return;
  }
  try {
    const operands = given as readonly (Operand | undefined)[];
    const results = applied(walk, node, operands);
    const known = operands.filter((operand): operand is Constant => operand?.is === 'constant');
    for (const result of results as readonly (Entry | undefined)[])
      if (result?.is === 'constant') settle(result, known);
    for (const [at, name] of node.output.entries()) {
      if (name === '') continue;
      const result = results[at];
      if (result && result.is !== 'unknown' && result.dims.length > MAX_RANK)
        refuse(`its result has ${result.dims.length} axes, more than ${MAX_RANK}`, 'export the model again');
      if (entries.has(name))
        refuse(
          `its result ${JSON.stringify(name.slice(0, 80))} has the name of another value`,
          'export the model again',
        );
      if (!result && walk.readers.has(name))
        refuse(`its result ${at} is read, and is not computed here`, 'do without it');
      entries.set(name, result ?? unknown);
      if (result?.is === 'flow' && !result.about) walk.names.set(name, walk.session.nameOf(result.value));
    }
  } catch (error) {
    // Where whole tensors are one image already, there is no other way left to take them.
    const isLast = walk.outer === 0;
    if (error instanceof BatchRefusal) error.place ??= placeOf(node);
    if (!(error instanceof Refusal) || (error instanceof BatchRefusal && !isLast)) throw error;
    fail(error.message, error.mend, error.constantInput);
  }
}

/** What a node would give; a value that has such a name already, as an input of the file may, stays what it is. */
function leaveUnknown(entries: Walk['entries'], { output }: NodeProto): void {
  for (const name of output) if (name !== '' && !entries.has(name)) entries.set(name, unknown);
}

const isBranch = ({ domain, opType }: NodeProto): boolean => opType === 'If' && (domain === '' || domain === 'ai.onnx');

function applied(walk: Walk, node: NodeProto, given: readonly (Operand | undefined)[]): readonly Entry[] {
  if (isBranch(node)) return takenBranch(walk, node, given[0], (inner) => importNode(walk, inner));
  const importer = importerOf(node)!;
  requireKnown(node, given);
  if (!movesBatch.has(node.opType) && given.some((operand) => operand?.is === 'flow' && operand.batchAt !== undefined))
    throw new BatchRefusal('the batch is not axis 0 of its input', 'transpose the input before');
  const run = (): readonly Entry[] => knowingCodes(node.opType, given, () => imported(walk, node, given, importer));
  return knowingConditions(node.opType, given, run);
}

function imported(
  walk: Walk,
  node: NodeProto,
  given: readonly (Operand | undefined)[],
  importer: Importer,
): readonly Entry[] {
  const results = foldedNode(node, given, importer, (inner, session, outer) =>
    siteOf({ ...walk, session, outer }, node, inner),
  );
  if (results) return results;
  if (walk.outer === 0 && takesImages(node.opType))
    return withAxis0(importer(siteOf({ ...walk, outer: 1 }, node, withoutAxis0(given))));
  return importer(siteOf(walk, node, given));
}

/** Operators that can compute with the number of images, which is not known. */
const countsImages: ReadonlySet<string> = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Where', 'Cast', 'Identity', 'Reshape', 'Resize'],
  'MaxUnpool',
  ...['Concat', 'Expand', 'Gather', 'Shape', 'Slice', 'Squeeze', 'Unsqueeze'],
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'],
]);
/** Operators that can read values of which the batch is not axis 0. */
const movesBatch: ReadonlySet<string> = new Set(['Cast', 'Gather', 'Identity', 'Split', 'Squeeze', 'Transpose']);
/** Those whose first operand alone may have it. */
const movesCounts: ReadonlySet<string> = new Set(['Gather', 'Slice', 'Squeeze', 'Unsqueeze']);

function requireKnown({ opType }: NodeProto, given: readonly (Operand | undefined)[]): void {
  const asked = movesCounts.has(opType) ? given.slice(1) : countsImages.has(opType) ? [] : given;
  if (asked.every((one) => one?.is !== 'constant' || !one.perImage)) return;
  throw imagesCounted();
}

function siteOf(walk: Walk, node: NodeProto, given: readonly (Operand | undefined)[]): Site {
  const { session, outer } = walk;
  const attributes = attributesOf(node, walk.readExternal);
  const weight = given.slice(1).find((operand) => operand?.is === 'constant')?.name;
  const wish = wishFor(node, weight);
  let used = false;
  const own = (): string | undefined => {
    if (used) return undefined;
    used = true;
    return wish;
  };
  const scope = wish?.includes('.') ? `${wish.slice(0, wish.lastIndexOf('.'))}.` : '';
  const optional = (at: number): Operand | undefined => given[at];
  const present = (at: number): Operand =>
    given[at] ?? refuse(`its input ${at} is absent`, 'see whether the model runs elsewhere');
  const operand = (at: number): Operand => {
    const found = present(at);
    if (found.is === 'flow' && found.alien)
      throw new BatchRefusal(
        `axis 0 of its input ${at} has not the extent of the batch`,
        'export the model with a batch of one image',
      );
    return found;
  };
  const flow = (at: number): Flow => {
    const found = operand(at);
    return found.is === 'flow' ? found : refuse(`its input ${at} is a constant`, 'simplify the model before');
  };
  const constant = (at: number, role: string): Constant => {
    const found = present(at);
    if (found.is === 'constant') return found;
    const hint =
      found.input === undefined
        ? 'simplify the model before'
        : `where ${found.input} is a constant, give it: --constant ${found.input}=FILE`;
    throw new Refusal(`${role} is not known before the network runs`, hint, found.input);
  };
  return {
    node,
    attributes,
    version: walk.versions.get('') ?? 1,
    outer,
    images: walk.images,
    count: given.length,
    operand,
    optional,
    flow,
    constant,
    optionalConstant: (at, role) => (optional(at) ? constant(at, role) : undefined),
    wants: (at) => (node.output[at] ?? '') !== '' && walk.readers.has(node.output[at]!),
    apply: (op, inputs, stored, weights) =>
      session.emit({
        op,
        name: own(),
        scope,
        inputs,
        ...(stored && { attributes: stored }),
        ...(weights && { weights }),
      })[0]!,
    applyAll: (op, inputs, stored) =>
      session.emit({ op, name: own(), scope, inputs, ...(stored && { attributes: stored }) }),
    exactly: (op, inputs, stored) =>
      session.emit({ op, name: own(), scope, inputs, ...(stored && { attributes: stored }), isExact: true })[0]!,
    helper: (op, inputs, stored, weights) =>
      session.emit({ op, scope, inputs, ...(stored && { attributes: stored }), ...(weights && { weights }) })[0]!,
    learned: (tensor, shape) => session.learned(tensor, shape, learnedName(tensor, wish)),
    shaped: session.shaped,
    shapeOf: (value) => session.typeOf(value).shape,
    madeBy: session.madeBy,
    result: (value: ValueId, dims) => ({ is: 'flow', value, dims, kind: 'float' }),
    axis: (axis, rank, batchAt = 0) => (outer === 0 ? axisAt(axis, rank) : axisBeside(batchAt, axisAt(axis, rank))),
    note: (text) => walk.notes.add(text),
  };
}

/** The index of an axis where that of the batch is left out. */
function axisBeside(batchAt: number, axis: number): number {
  if (axis === batchAt)
    throw new BatchRefusal(
      `it works along axis ${batchAt}, which is the batch`,
      'export the model with a batch of one image',
    );
  return axis > batchAt ? axis - 1 : axis;
}

/** A learned tensor's name: the file's, made legal, or that of the node that reads it. */
function learnedName({ name }: Constant, wish: string | undefined): string {
  const own = name
    .split(/[./]/)
    .map((part) => withoutUnderscores(part.replaceAll(/\W+/g, '_')))
    .filter(Boolean)
    .join('.');
  if (/^[A-Za-z_]/.test(own)) return own.slice(0, 96);
  return wish === undefined ? 'learned' : `${wish}.operand`;
}
