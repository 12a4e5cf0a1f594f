// Nodes whose operands are all known, which weights that an exporter has computed from others need: their results are computed by the
// interpreter, as one image, in f64 and rounded once.

import { interpret } from '../../compiler/ir/interpret.ts';
import { operators } from '../../compiler/ops/index.ts';
import { constantOf, countOf, numbersOf } from './constant.ts';
import type { Constant } from './constant.ts';
import type { NodeProto } from './file/messages.ts';
import type { Operand } from './flow.ts';
import { takesImages, withAxis0, withoutAxis0 } from './one-image.ts';
import { refuse } from './problem.ts';
import { plainShape } from './shapes.ts';
import { createSession } from './session.ts';
import type { Session } from './session.ts';
import type { Importer, Site } from './site.ts';

/** Elements of the largest tensor that is computed from others during import. */
const MAX_ELEMENTS = 2 ** 24;

/** Operators whose importers take values that flow, and that weights are computed with. */
const folds: ReadonlySet<string> = new Set([
  ...['AveragePool', 'BatchNormalization', 'Conv', 'ConvTranspose', 'GlobalAveragePool'],
  ...['GroupNormalization', 'InstanceNormalization', 'LayerNormalization', 'RMSNormalization'],
  'Clip',
  'Einsum',
  'Gemm',
  'LogSoftmax',
  'LpNormalization',
  'MatMul',
  'MeanVarianceNormalization',
  'Pad',
  'PRelu',
  ...['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Sum', 'SumSquare'].map((name) => `Reduce${name}`),
  'Resize',
  'Softmax',
  'Split',
  'Upsample',
]);

/**
 * The results where all operands are known; undefined where they are not, or the importer computes them itself. Integers are left to it,
 * as they are shapes.
 */
export function foldedNode(
  { opType, output }: NodeProto,
  given: readonly (Operand | undefined)[],
  importer: Importer,
  siteOf: (given: readonly (Operand | undefined)[], session: Session, outer: 0 | 1) => Site,
): readonly Constant[] | undefined {
  const known = given.filter((operand): operand is Constant => operand?.is === 'constant');
  const [first, ...others] = given;
  const isKnown = known.length > 0 && known.length === given.filter((operand) => operand).length;
  if (!folds.has(opType) || !isKnown || first?.is !== 'constant') return undefined;
  if (known.some(({ dims }) => countOf(dims) > MAX_ELEMENTS))
    return refuse('it computes a large weight from others', 'let the exporter fold constants (do_constant_folding)');
  const session = createSession('constant');
  const { dims, kind, type } = first;
  const shape = dims.length > 3 ? [countOf(dims)] : plainShape(dims);
  const value = session.input('x', shape);
  const operands = [{ is: 'flow', value, dims, kind } as const, ...others];
  const results = takesImages(opType)
    ? withAxis0(importer(siteOf(withoutAxis0(operands), session, 1)))
    : importer(siteOf(operands, session, 0));
  for (const [at, result] of results.entries()) if (result.is === 'flow') session.output(`y${at}`, result.value);
  const graph = session.finish();
  const parameters = new Map([...session.weights].map(([name, { data }]) => [name, { data }]));
  const { outputs } = interpret(graph, operators, {
    batch: 1,
    inputs: new Map([['x', { data: first.data }]]),
    parameters,
  });
  return results.map((result, at) => {
    if (result.is !== 'flow') return result as Constant;
    const data = outputs.get(`y${at}`)!.data;
    return constantOf(output[at] ?? '', result.dims, type, () => numbersOf(type, data));
  });
}
