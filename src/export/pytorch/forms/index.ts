// All operators of the language and their PyTorch forms. `identity` has none: its operand stands for it.

import { activations, joins } from './elementwise.ts';
import type { FormOf } from './form.ts';
import * as layers from './layers.ts';
import * as normalizations from './normalizations.ts';
import * as pools from './pools.ts';
import * as shapes from './shapes.ts';

export type { Form, FormOf, Site } from './form.ts';

export const forms: ReadonlyMap<string, FormOf> = new Map(
  Object.entries<FormOf>({
    ...activations,
    ...joins,
    conv: layers.conv,
    conv_transpose: layers.convTranspose,
    depthwise_conv: layers.depthwiseConv,
    dense: layers.dense,
    batch_norm: normalizations.batchNorm,
    group_norm: normalizations.groupNorm,
    instance_norm: normalizations.instanceNorm,
    layer_norm: normalizations.layerNorm,
    local_response_norm: normalizations.localResponseNorm,
    prelu: normalizations.prelu,
    rms_norm: normalizations.rmsNorm,
    scale: normalizations.scale,
    adaptive_avg_pool: pools.adaptiveAvgPool,
    adaptive_max_pool: pools.adaptiveMaxPool,
    avg_pool: pools.avgPool,
    global_avg_pool: pools.globalAvgPool,
    global_max_pool: pools.globalMaxPool,
    lp_pool: pools.lpPool,
    max_pool: pools.maxPool,
    max_unpool: pools.maxUnpool,
    roi_align: pools.roiAlign,
    roi_pool: pools.roiPool,
    attention: shapes.attention,
    channel_shuffle: shapes.channelShuffle,
    concat: shapes.concat,
    crop: shapes.crop,
    flatten: shapes.flatten,
    log_softmax: shapes.logSoftmax,
    matmul: shapes.matmul,
    pad: shapes.pad,
    permute: shapes.permute,
    pixel_shuffle: shapes.pixelShuffle,
    pixel_unshuffle: shapes.pixelUnshuffle,
    reduce: shapes.reduce,
    reshape: shapes.reshape,
    resize: shapes.resize,
    slice: shapes.slice,
    softmax: shapes.softmax,
    split: shapes.split,
    to_image: shapes.toImage,
    tokens: shapes.tokens,
    transpose: shapes.transpose,
    upsample: shapes.upsample,
  }),
);
