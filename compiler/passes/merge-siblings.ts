// Merges convolutions of the same value with the same windows into one, whose channels are split afterwards: three of the four paths of
// an Inception block start with a 1×1 convolution. An activation that follows all of them moves before the split.
//
// Requires: the same kernel, stride, padding, dilation, mode and activation; one group.
// Cost: fires for those whose results other convolutions read, which read a slice of the common map for free. A convolution is left
// alone if its result is written straight into a concatenation, or is pooled or added in its own kernel.
// Source: TVM's CombineParallelConv2D, NN-512's stage 12; Szegedy et al., 2015, for the shape of the graph.
//
// before:
//   %0 = input x : [N,2,4,4]
//   %1 = parameter a.weight : [3,2,1,1] he(2, 3)
//   %2 = parameter a.bias : [3] constant(0)
//   %3 = parameter b.weight : [1,2,1,1] he(2, 1)
//   %4 = parameter b.bias : [1] constant(0)
//   %5 = parameter c.weight : [2,3,3,3] he(27, 18)
//   %6 = parameter d.weight : [2,1,3,3] he(9, 18)
//   %7 = conv(%0, %1, %2) {channels=3, kernel=1} as a
//   %8 = relu(%7) as a.relu
//   %9 = conv(%0, %3, %4) {channels=1, kernel=1} as b
//   %10 = relu(%9) as b.relu
//   %11 = conv(%8, %5) {channels=2, kernel=3, bias=false} as c
//   %12 = conv(%10, %6) {channels=2, kernel=3, bias=false} as d
//   %13 = concat(%11, %12) as concat
//   output y = %13
// after:
//   %0 = input x : [N,2,4,4]
//   %1 = parameter a.weight : [3,2,1,1] he(2, 3)
//   %2 = parameter a.bias : [3] constant(0)
//   %3 = parameter b.weight : [1,2,1,1] he(2, 1)
//   %4 = parameter b.bias : [1] constant(0)
//   %5 = parameter c.weight : [2,3,3,3] he(27, 18)
//   %6 = parameter d.weight : [2,1,3,3] he(9, 18)
//   %7 = concat(%1, %3) as a.concat
//   %8 = concat(%2, %4) as a.concat_2
//   %9 = conv(%0, %7, %8) {channels=4, kernel=1} as a
//   %10 = relu(%9) as a.relu
//   %11, %12 = split(%10) {sizes=[3, 1]} as a.split
//   %13 = conv(%11, %5) {channels=2, kernel=3, bias=false} as c
//   %14 = conv(%12, %6) {channels=2, kernel=3, bias=false} as d
//   %15 = concat(%13, %14) as concat
//   output y = %15

import { sameAttribute } from '../ir/attributes.ts';
import type { Node, ValueId } from '../ir/graph.ts';
import { readsSlices } from '../ir/lowering.ts';
import { editGraph, removeDead } from '../ir/rewrite.ts';
import { inferNode, operatorOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { numberOf } from '../ops/attributes.ts';
import type { Edit, Pass } from './pass.ts';
import { about } from './pass.ts';
import { layerOperands, weightArithmetic, withBias } from './weights.ts';

/** Attributes that siblings have in common, with their names in messages. */
const geometry = {
  kernel: 'windows',
  stride: 'strides',
  padding: 'paddings',
  dilation: 'dilations',
  mode: 'modes',
} as const;

/** A convolution, and the activation that is its only reader. */
interface Branch {
  readonly conv: Node;
  readonly activation: Node | undefined;
}

export const mergeSiblings: Pass = {
  name: 'merge-siblings',
  modes: ['infer'],
  exact: false,
  run(graph, context) {
    const editor = editGraph(graph, context.operators);
    const edit = { editor, context };
    const families = Map.groupBy(
      graph.nodes.filter(({ op }) => op === 'conv'),
      ({ operands }) => operands[0]!,
    );
    for (const family of families.values()) {
      const branches = family
        .map((node) => branchOf(edit, node))
        .filter(({ conv, activation }) => !isSplit(edit, activation ?? conv));
      if (branches.length > 1) consider(edit, branches);
    }
    return removeDead(editor.finish());
  },
};

function branchOf({ editor, context }: Edit, conv: Node): Branch {
  const reader = editor.soleUserOf(conv.results[0]!);
  const pointwise = reader && operatorOf(context.operators, reader.op).pointwise && reader.operands.length === 1;
  return { conv, activation: pointwise ? reader : undefined };
}

/** Whether the node was merged from siblings before. */
function isSplit({ editor }: Edit, node: Node): boolean {
  return editor.soleUserOf(node.results[0]!)?.op === 'split';
}

/** Merges the branches of a family, all of the same value, that have the same windows and whose results may be slices. */
function consider(edit: Edit, family: readonly Branch[]): void {
  const groups = classesOf(edit, family, (a, b) => difference(a.conv, b.conv), 'siblings');
  for (const group of groups.filter(({ length }) => length > 1)) {
    const merging = group.filter((branch) => !leftAlone(edit, branch));
    for (const same of classesOf(edit, merging, activationDifference, 'activations'))
      if (same.length > 1) merge(edit, same);
  }
}

/** The branches in classes between which `differ` sees no difference. Records in what the first of each class differ. */
function classesOf(
  { context }: Edit,
  branches: readonly Branch[],
  differ: (a: Branch, b: Branch) => string | undefined,
  rule: string,
): readonly (readonly Branch[])[] {
  const classes: Branch[][] = [];
  for (const branch of branches) {
    const known = classes.find(([first]) => differ(first!, branch) === undefined);
    if (known) known.push(branch);
    else classes.push([branch]);
  }
  const [first, ...others] = classes.map(([leader]) => leader!);
  for (const other of others) {
    context.miss({ ...about(rule, first!.conv, other.conv), reason: differ(first!, other)! });
  }
  return classes;
}

function leftAlone(edit: Edit, branch: Branch): boolean {
  const { context } = edit;
  const reason = ownPlace(edit, branch);
  if (reason) context.miss({ ...about('siblings', branch.conv), reason });
  return reason !== undefined;
}

/** Why a branch is better left alone: its result is not only read by convolutions. */
function ownPlace({ editor, context }: Edit, { conv, activation }: Branch): string | undefined {
  const value = (activation ?? conv).results[0]!;
  const { nodes, output } = editor.usesOf(value);
  const reader = nodes.find(({ op }) => !readsSlices(operatorOf(context.operators, op).lowering));
  if (reader?.op === 'concat') return `${conv.name} is written straight into ${reader.name}`;
  if (reader) return `${reader.name} reads ${conv.name}, perhaps in its kernel`;
  return output ? `${conv.name} is an output` : undefined;
}

function merge({ editor, context }: Edit, branches: readonly Branch[]): void {
  const convs = branches.map(({ conv }) => conv);
  const first = convs[0]!;
  const input = first.operands[0]!;
  const sizes = convs.map(({ attributes }) => numberOf(attributes, 'channels'));
  const channels = sizes.reduce((sum, size) => sum + size, 0);
  const attributes = { ...first.attributes, channels };
  const { problems } = inferNode(operatorOf(context.operators, 'conv'), [editor.typeOf(input)], attributes);
  if (problems.length > 0) return context.miss({ ...about('siblings', ...convs), reason: problems.join('; ') });
  context.rewrite({
    ...about('siblings', ...convs),
    macsSaved: 0,
    bytesSaved: 4 * (convs.length - 1) * sizeOf(editor.typeOf(input).shape),
    callsSaved: convs.length - 1,
  });
  const w = weightArithmetic(editor, first);
  const operands = convs.map(layerOperands);
  const weight = w.concat(operands.map((own) => own[1]));
  const biased = operands.some((own) => own[2] !== undefined);
  const biases = operands.map((own, at) => (biased ? (own[2] ?? w.filled([sizes[at]!], 0)) : undefined));
  const bias = biased ? w.concat(biases as readonly ValueId[]) : undefined;
  const { origin } = first;
  let [merged] = editor.add({
    op: 'conv',
    name: `${first.name}.merged`,
    inputs: [input],
    attributes: { ...attributes, bias: biased },
    parameters: withBias(weight, bias),
    origin,
  });
  const { activation: activated } = branches[0]!;
  if (activated) {
    const { op, name, attributes } = activated;
    [merged] = editor.add({ op, name: `${name}.merged`, inputs: [merged], attributes, origin });
  }
  const parts = editor.add({
    op: 'split',
    name: `${first.name}.split`,
    inputs: [merged],
    attributes: { sizes },
    origin,
  });
  branches.forEach(({ conv, activation }, at) => {
    if (activated) {
      editor.replace(activation!, [parts[at]!]);
      editor.remove(conv);
    } else editor.replace(conv, [parts[at]!]);
  });
  if (activated) editor.rename(editor.producerOf(merged)!, activated.name);
  const whole = activated ? editor.producerOf(merged)!.operands[0]! : merged;
  editor.rename(editor.producerOf(whole)!, first.name);
}

/** In what two convolutions of the same value differ, as a sentence; undefined if in nothing that matters. */
function difference(a: Node, b: Node): string | undefined {
  if ([a, b].some(({ attributes }) => attributes['groups'] !== 1)) return `${a.name} and ${b.name} have groups`;
  const name = (Object.keys(geometry) as (keyof typeof geometry)[]).find(
    (key) => !sameAttribute(a.attributes[key], b.attributes[key]),
  );
  return name && `${geometry[name]} of ${a.name} and ${b.name} differ`;
}

function activationDifference(a: Branch, b: Branch): string | undefined {
  const [one, other] = [a.activation, b.activation];
  const names = Object.keys(one?.attributes ?? {});
  const same =
    one?.op === other?.op && names.every((name) => sameAttribute(one?.attributes[name], other?.attributes[name]));
  return same ? undefined : `activations of ${a.conv.name} and ${b.conv.name} differ`;
}
