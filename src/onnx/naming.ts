// What nodes of the graph are called: by the weights that PyTorch named, by the scopes in the file's names or metadata, by what a node
// gives, or by its operator and a number.

import type { NodeProto } from './file/messages.ts';
import { withoutUnderscores } from '../text/ends.ts';

/** A wish for a name, `layer1.0.conv1`; undefined where the file has none that says anything. */
export function wishFor(node: NodeProto, weight?: string): string | undefined {
  return fromWeight(weight, node.opType) ?? fromMetadata(node) ?? fromScopes(node.name) ?? fromOutput(node);
}

/** The module that a node belongs to, outermost first, as far as the file tells. */
export function scopeOf(node: NodeProto): string {
  const name = fromMetadata(node) ?? fromScopes(node.name) ?? '';
  return name.split('.').slice(0, -1).join('.');
}

/** `layer1.0.conv1.weight` → `layer1.0.conv1`, and as Caffe2 has it `inception_3a/1x1_w_0` → `inception_3a.conv_1x1`. */
function fromWeight(weight: string | undefined, opType: string): string | undefined {
  const name = weight ?? '';
  const module = /^(.*[^.])\.(?:weight|kernel|w|gamma|g|scale)$/.exec(name)?.[1];
  if (module !== undefined) return legal(module.split('.'));
  const blob = /^(?:gpu_0\/)?(.+)_(?:w|s|scale)_0$/.exec(name)?.[1];
  // What begins with a digit, as 1x1 does, is called by its operator as well.
  const parts = blob?.split('/').map((part) => (/^\d/.test(part) ? `${opType.toLowerCase()}_${part}` : part));
  return parts && legal(parts);
}

/** torch.onnx since 2.5 writes the modules around a node as a list in Python's notation, innermost last, then the node itself. */
function fromMetadata({ metadataProps }: NodeProto): string | undefined {
  const scopes = metadataProps.find(({ key }) => key === 'pkg.torch.onnx.name_scopes')?.value;
  const names = [...(scopes ?? '').slice(0, 4096).matchAll(/'([^']*)'/g)].map(([, name]) => name!);
  const inner = names.slice(0, -1).findLast((name) => name !== '');
  return inner === undefined ? undefined : legal(inner.split('.'));
}

/** `/layer1/layer1.0/conv1/Conv` → `layer1.0.conv1`; a scope that repeats the one around it adds what is new. */
function fromScopes(name: string): string | undefined {
  const parts = name.split('/').filter((part) => part !== '');
  if (parts.length === 0 || (/^[A-Z]\w*_\d+$|^[a-z]?\d+$/.test(parts.at(-1)!) && parts.length === 1)) return undefined;
  const isModule = parts.length > 1 && name.startsWith('/');
  const scopes = isModule ? parts.slice(0, -1) : parts;
  const path: string[] = [];
  for (const scope of scopes) {
    const steps = scope.split('.');
    const repeats = steps.length > 1 && path.slice(-(steps.length - 1)).join('.') === steps.slice(0, -1).join('.');
    path.push(...(repeats ? steps.slice(-1) : steps));
  }
  return legal(isModule && !isLayer(parts.at(-1)!) ? [...path, parts.at(-1)!.toLowerCase()] : path);
}

/** Whether PyTorch has a module for it: sums, joins and changes of shape are written in the module around them. */
const isLayer = (part: string): boolean =>
  !/^(?:Add|Sub|Mul|Div|Concat|Reshape|Transpose|Slice|Split|Squeeze|Unsqueeze|Expand|Pow|Reduce[A-Z]\w*|MatMul)(?:_\d+)?$/.test(
    part,
  );

function fromOutput({ output }: NodeProto): string | undefined {
  const name = output[0] ?? '';
  return /^[a-z]?\d*$|_\d+$/.test(name) ? undefined : (fromScopes(name) ?? legal([name]));
}

const MAX_NAME = 96;

/** By the graph's name, or by the file's where exporters call every graph so. */
export function networkName(graph: string, file: string): string {
  const names = [graph, file].flatMap((name) => legal([name]) ?? []);
  return names.find((name) => !COMMON_NAME.test(name)) ?? names[0] ?? 'Network';
}

/** What PyTorch, tf2onnx, CNTK, MXNet and people who export call every graph. */
const COMMON_NAME = /^(?:torch_jit(?:_export)?|main_graph|tf2onnx|CNTKGraph|mxnet_converted_model|graph|model|onnx)$/i;

/** Letters, digits and `_`, in parts between dots; undefined if nothing is left. */
export function legal(parts: readonly string[]): string | undefined {
  const words = parts
    .map((part) => withoutUnderscores(part.replaceAll(/[^A-Za-z0-9_]+/g, '_')))
    .filter((part) => part !== '');
  const name = words.join('.');
  if (name === '') return undefined;
  const safe = /^[A-Za-z_]/.test(name) ? name : `n${name}`;
  return safe.slice(0, MAX_NAME).replace(/\.$/, '');
}
