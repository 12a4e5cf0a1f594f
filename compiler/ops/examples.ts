// For each rule of the operators of the language, why it is there, a network that breaks it and the same network put right; a new operator
// with rules adds its line here. For documentation and tests: the compiler itself does not import this file.

import type { OperatorTable } from '../ir/operator.ts';
import { adaptivePoolingExamples } from './adaptive-pooling.ts';
import { attentionExamples } from './attention.ts';
import { batchNormExamples } from './batch-norm.ts';
import { arithmeticExamples } from './broadcast.ts';
import { celuExamples } from './celu.ts';
import { channelShuffleExamples } from './channel-shuffle.ts';
import { clipExamples } from './clip.ts';
import { concatExamples } from './concat.ts';
import { convExamples } from './conv.ts';
import { convTransposeExamples } from './conv-transpose.ts';
import { cropExamples } from './crop.ts';
import { denseExamples } from './dense.ts';
import { depthwiseConvExamples } from './depthwise-conv.ts';
import { globalPoolingExamples } from './global-pooling.ts';
import { groupNormExamples } from './group-norm.ts';
import { instanceNormExamples } from './instance-norm.ts';
import { localResponseNormExamples } from './local-response-norm.ts';
import { matmulExamples } from './matmul.ts';
import { maxUnpoolExamples } from './max-unpool.ts';
import { overExamples } from './normalization-axes.ts';
import { normalizedExponentialExamples } from './normalized-exponential.ts';
import { padExamples } from './pad.ts';
import { permuteExamples } from './permute.ts';
import { pixelShuffleExamples, pixelUnshuffleExamples } from './pixel-shuffle.ts';
import { poolingExamples } from './pooling.ts';
import { reduceExamples } from './reduce.ts';
import { regionPoolingExamples } from './regions.ts';
import { reshapeExamples } from './reshape.ts';
import { resizeExamples } from './resize.ts';
import { sliceExamples } from './slice.ts';
import { softplusExamples } from './softplus.ts';
import { splitExamples } from './split.ts';
import { toImageExamples } from './to-image.ts';
import { tokensExamples } from './tokens.ts';
import { transposeExamples } from './transpose.ts';
import { upsampleExamples } from './upsample.ts';
import type { RuleExample, RuleExamples } from './rule-example.ts';

/** Of the rule with this code: `conv/C3`. */
export interface CodedExample extends RuleExample {
  readonly code: string;
}

const examples: ReadonlyMap<string, RuleExamples> = new Map([
  ['adaptive_avg_pool', adaptivePoolingExamples],
  ['adaptive_max_pool', adaptivePoolingExamples],
  ['add', arithmeticExamples],
  ['attention', attentionExamples],
  ['avg_pool', poolingExamples],
  ['batch_norm', batchNormExamples],
  ['celu', celuExamples],
  ['channel_shuffle', channelShuffleExamples],
  ['clip', clipExamples],
  ['concat', concatExamples],
  ['conv', convExamples],
  ['conv_transpose', convTransposeExamples],
  ['crop', cropExamples],
  ['dense', denseExamples],
  ['depthwise_conv', depthwiseConvExamples],
  ['div', arithmeticExamples],
  ['global_avg_pool', globalPoolingExamples],
  ['global_max_pool', globalPoolingExamples],
  ['group_norm', groupNormExamples],
  ['instance_norm', instanceNormExamples],
  ['layer_norm', overExamples],
  ['local_response_norm', localResponseNormExamples],
  ['log_softmax', normalizedExponentialExamples],
  ['lp_pool', poolingExamples],
  ['matmul', matmulExamples],
  ['max_pool', poolingExamples],
  ['max_unpool', maxUnpoolExamples],
  ['maximum', arithmeticExamples],
  ['minimum', arithmeticExamples],
  ['mul', arithmeticExamples],
  ['pad', padExamples],
  ['permute', permuteExamples],
  ['pixel_shuffle', pixelShuffleExamples],
  ['pixel_unshuffle', pixelUnshuffleExamples],
  ['reduce', reduceExamples],
  ['reshape', reshapeExamples],
  ['resize', resizeExamples],
  ['rms_norm', overExamples],
  ['roi_align', regionPoolingExamples],
  ['roi_pool', regionPoolingExamples],
  ['slice', sliceExamples],
  ['softmax', normalizedExponentialExamples],
  ['softplus', softplusExamples],
  ['split', splitExamples],
  ['sub', arithmeticExamples],
  ['to_image', toImageExamples],
  ['tokens', tokensExamples],
  ['transpose', transposeExamples],
  ['upsample', upsampleExamples],
]);

/** Rules of the operators of the language by their code. */
export function ruleExamples(operators: OperatorTable): ReadonlyMap<string, CodedExample> {
  const known = [...operators.values()].filter(({ internal }) => !internal);
  return new Map(
    known.flatMap(({ name }) =>
      Object.entries(examples.get(name)?.(name) ?? {}).map(([rule, example]): [string, CodedExample] => {
        const code = `${name}/${rule}`;
        return [code, { code, ...example }];
      }),
    ),
  );
}
