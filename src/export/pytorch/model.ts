// model.py: the network as an `nn.Module` whose `state_dict` has the names of the network's own weights.

import type { Graph, ValueId } from '../../../compiler/ir/graph.ts';
import type { OperatorTable } from '../../../compiler/ir/operator.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import { formatShape } from '../../../compiler/ir/tensor-type.ts';
import { InputError } from '../../data/input-error.ts';
import { classesOf } from './classes.ts';
import type { BlockClass } from './classes.ts';
import { contextOf } from './context.ts';
import type { Context } from './context.ts';
import { forms } from './forms/index.ts';
import { helpersFor } from './helpers.ts';
import { className, proseText, stringText } from './python.ts';
import { scopesOf } from './scopes.ts';
import type { Dissolved, Scope } from './scopes.ts';
import { templateOf } from './template.ts';
import type { Called, Template } from './template.ts';
import { weightsText } from './weights-text.ts';

export interface ModelText {
  readonly text: string;
  /** The class of the network. */
  readonly className: string;
}

/** What is known of a network beside its graph. */
export interface About {
  /** What it is, in words. */
  readonly doc?: string;
  /** Values by the names that steps and labels give them. */
  readonly taps?: ReadonlyMap<string, ValueId>;
}

/** The module of a network. Throws `InputError` where an operator has no form in PyTorch. */
export function modelText(graph: Graph, operators: OperatorTable, { doc, taps }: About = {}): ModelText {
  refuseUnknown(graph);
  const context = contextOf(graph, operators, taps);
  const dissolved = new Set<string>();
  for (;;) {
    const result = classesFor(context, dissolved);
    if ('classes' in result) return fileText(graph, result.classes, doc);
    for (const name of result.dissolve) dissolved.add(name);
  }
}

function refuseUnknown({ name, nodes }: Graph): void {
  const unknown = new Set(nodes.map(({ op }) => op).filter((op) => op !== 'identity' && !forms.has(op)));
  if (unknown.size === 0) return;
  throw new InputError(`${name} has operators without a form in PyTorch: ${[...unknown].join(', ')}`);
}

type Result = { readonly classes: readonly BlockClass[] } | Dissolved;

/** All classes, inner blocks first and the network last. */
function classesFor(context: Context, dissolved: ReadonlySet<string>): Result {
  const root = scopesOf(context.graph, context.nodes, dissolved);
  if ('dissolve' in root) return root;
  const network = className(context.graph.name, context.taken);
  const taken = new Set([...context.taken, network]);
  const called = new Map<Scope, Called>();
  const classes: BlockClass[] = [];
  for (const level of levelsOf(root)) {
    const all = level.map((scope) => templateOf(context, scope, called));
    const unfit = all.flatMap((one) => ('dissolve' in one ? one.dissolve : []));
    if (unfit.length > 0) return { dissolve: unfit };
    const templates = all as readonly Template[];
    const made = classesOf(templates, taken, network);
    classes.push(...made.classes);
    for (const one of made.called) called.set(one.template.scope, one);
  }
  return { classes };
}

/** Scopes by how deep calls are inside them: those without first, the network last. */
function levelsOf(root: Scope): readonly (readonly Scope[])[] {
  const levels: Scope[][] = [];
  const heightOf = (scope: Scope): number => {
    const inner = scope.items.flatMap((item) => (item.kind === 'call' ? [heightOf(item.scope)] : []));
    const height = inner.length === 0 ? 0 : 1 + Math.max(...inner);
    (levels[height] ??= []).push(scope);
    return height;
  };
  heightOf(root);
  return levels;
}

function fileText(graph: Graph, classes: readonly BlockClass[], doc: string | undefined): ModelText {
  const blocks = classes.map((one, at) =>
    classText(one, at === classes.length - 1 ? networkDoc(graph, doc) : undefined),
  );
  const code = blocks.join('\n\n\n');
  const { name } = classes.at(-1)!;
  const text = [
    `"""${proseText(graph.name)} in PyTorch, written by cnnc export. Its state_dict has the names of the weights of the .cnn file."""`,
    '',
    weightsText,
    '',
    '',
    ...helpersFor(code).flatMap((helper) => [helper, '', '']),
    code,
    '',
    '',
    ...mainText(graph, name),
  ];
  return { text: `${text.join('\n')}\n`, className: name };
}

/** What goes in and comes out, and what the text of the network says of it. */
function networkDoc(graph: Graph, doc: string | undefined): readonly string[] {
  const shapesOf = (values: Graph['inputs'] | Graph['outputs']): string =>
    values
      .map(({ name, value }) => `${proseText(name)} ${formatShape(typeOf(graph, value).shape).replace('[', '[N, ')}`)
      .join(', ');
  const words = doc === undefined ? [] : wrapped(proseText(doc));
  return [...words, `${shapesOf(graph.inputs)} -> ${shapesOf(graph.outputs)}`];
}

const WIDTH = 108;

function wrapped(text: string): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

function classText(
  { name, parameters, variables, init, forward }: BlockClass,
  doc: readonly string[] | undefined,
): string {
  const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `        ${line}`);
  return [
    `class ${name}(nn.Module):`,
    ...(doc ? [`    """${doc.join('\n    ')}"""`, ''] : []),
    `    def __init__(${['self', ...parameters].join(', ')}):`,
    ...indented(['super().__init__()', ...init]),
    '',
    `    def forward(${['self', ...variables].join(', ')}):`,
    ...indented(forward),
  ].join('\n');
}

function mainText(graph: Graph, name: string): readonly string[] {
  const inputs = graph.inputs.map(({ value }) => `torch.rand(1, ${typeOf(graph, value).shape.join(', ')})`);
  return [
    'if __name__ == "__main__":',
    `    model = ${name}().eval()`,
    `    if os.path.exists(${stringText('model.safetensors')}):`,
    `        load_weights(model, ${stringText('model.safetensors')})`,
    '    print(model)',
    '    with torch.no_grad():',
    `        print(model(${inputs.join(', ')}))`,
  ];
}
