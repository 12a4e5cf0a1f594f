// Which operators of ONNX are imported, by name; each family has a file.

import type { NodeProto } from '../file/messages.ts';
import type { Importer } from '../site.ts';
import { activations } from './activations.ts';
import { arithmetic } from './arithmetic.ts';
import { attentions } from './attention.ts';
import { axes } from './axes.ts';
import { constants } from './constants.ts';
import { convolutions } from './convolutions.ts';
import { dense } from './dense.ts';
import { dynamic } from './dynamic.ts';
import { einsums } from './einsum.ts';
import { indexing } from './indexing.ts';
import { onConstants } from './known.ts';
import { logic } from './logic.ts';
import { microsoft } from './microsoft.ts';
import { maxima } from './maxima.ts';
import { normalizations } from './normalizations.ts';
import { padding } from './padding.ts';
import { parts } from './parts.ts';
import { pools } from './pools.ts';
import { powers } from './powers.ts';
import { quantized } from './quantized.ts';
import { reductions } from './reductions.ts';
import { resizing } from './resizing.ts';
import { tiling } from './tiling.ts';

/** `Conv` → how it is imported. */
const importers: ReadonlyMap<string, Importer> = new Map(
  [
    activations,
    arithmetic,
    attentions,
    axes,
    constants,
    convolutions,
    dense,
    dynamic,
    einsums,
    indexing,
    logic,
    maxima,
    normalizations,
    onConstants,
    padding,
    parts,
    pools,
    powers,
    quantized,
    reductions,
    resizing,
    tiling,
  ].flatMap((family) => Object.entries(family)),
);

/** Operators that onnxruntime has beside those of ONNX. */
const others: ReadonlyMap<string, Importer> = new Map(Object.entries(microsoft));

/** How a node is imported; undefined where its operator is not supported. */
export function importerOf({ domain, opType }: Pick<NodeProto, 'domain' | 'opType'>): Importer | undefined {
  if (domain === '' || domain === 'ai.onnx') return importers.get(opType);
  return domain === 'com.microsoft' ? others.get(opType) : undefined;
}
