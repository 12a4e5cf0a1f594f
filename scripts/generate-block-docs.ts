// Writes docs/blocks.md from what the library says of its blocks, and a drawing of each, docs/pictures/blocks/NAME.svg, as
// `cnnc report --svg` draws it. A test checks that both are up to date.

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { blockReferences } from '../compiler/blocks/reference.ts';
import type { BlockReference } from '../compiler/blocks/reference.ts';
import { report } from '../src/index.ts';
import { reportSvg } from '../src/report/svg/svg.ts';

/** Block → how it is drawn: the shape of what flows in, and the call, with further inputs in the order of the block's, called b, c. */
const drawn: Readonly<Record<string, readonly [call: string, ...inputs: readonly string[]]>> = {
  residual: ['residual(128, stride: 2)', '[64, 56, 56]'],
  bottleneck: ['bottleneck(256)', '[64, 56, 56]'],
  resnext: ['resnext(256)', '[256, 56, 56]'],
  preact_residual: ['preact_residual(64)', '[64, 56, 56]'],
  preact_bottleneck: ['preact_bottleneck(256)', '[64, 56, 56]'],
  inception: ['inception(64, (96, 128), (16, 32), 32)', '[192, 28, 28]'],
  inception_v3_a: ['inception_v3_a(32)', '[192, 35, 35]'],
  inception_v3_b: ['inception_v3_b', '[288, 35, 35]'],
  inception_v3_c: ['inception_v3_c(128)', '[768, 17, 17]'],
  inception_v3_d: ['inception_v3_d', '[768, 17, 17]'],
  inception_v3_e: ['inception_v3_e', '[1280, 8, 8]'],
  fire: ['fire(16, expand: 64)', '[64, 55, 55]'],
  dense_layer: ['dense_layer', '[64, 56, 56]'],
  dense_block: ['dense_block(3)', '[64, 56, 56]'],
  transition: ['transition', '[256, 56, 56]'],
  inverted_residual: ['inverted_residual(24, excite: true)', '[24, 56, 56]'],
  mbconv: ['mbconv(24)', '[24, 56, 56]'],
  fused_mbconv: ['fused_mbconv(48)', '[48, 56, 56]'],
  squeeze_excite: ['squeeze_excite', '[64, 56, 56]'],
  channel_attention: ['channel_attention', '[64, 56, 56]'],
  spatial_attention: ['spatial_attention', '[64, 56, 56]'],
  cbam: ['cbam', '[64, 56, 56]'],
  shuffle_unit: ['shuffle_unit(116)', '[116, 28, 28]'],
  convnext: ['convnext', '[96, 56, 56]'],
  self_attention: ['self_attention(3)', '[197, 192]'],
  encoder: ['encoder(3)', '[197, 192]'],
  csp: ['csp(128, depth: 2)', '[128, 32, 32]'],
  spp: ['spp', '[512, 20, 20]'],
  aspp: ['aspp', '[2048, 33, 33]'],
  fpn: ['p, q, r = fpn(256, b, c)', '[512, 40, 40]', '[1024, 20, 20]', '[2048, 10, 10]'],
  double_conv: ['double_conv(64)', '[3, 256, 256]'],
  unet_stage: ['unet_stage(64, b)', '[128, 64, 64]', '[64, 128, 128]'],
  conv_norm: ['conv_norm(64)', '[32, 56, 56]'],
  separable_conv: ['separable_conv(128)', '[64, 56, 56]'],
  conv_1d: ['conv_1d(64, kernel: 5, padding: 2)', '[32, 1, 100]'],
};

/** Block → SVG. Throws where a block is not in the table. */
export function drawBlocks(): ReadonlyMap<string, string> {
  return new Map(
    blockReferences().map(({ name }) => {
      const [statement, ...inputs] = drawn[name] ?? [];
      if (statement === undefined) throw new RangeError(`how ${name} is drawn is not said`);
      const [, results, call] = /^(?:(.*) = )?(.*)$/.exec(statement)!;
      const flow = results === undefined ? `  a -> ${call}\n` : `  ${results} = a -> ${call}\n  output ${results}\n`;
      const declared = inputs.map((shape, at) => `  input ${'abc'[at]}: ${shape}\n`);
      const text = `import { ${name} } from "cnnc:blocks"\nnetwork Block {\n${declared.join('')}${flow}}\n`;
      return [`${name}.svg`, reportSvg(report(text, { path: `${name}.cnn` }))];
    }),
  );
}

/** The whole page. */
export function blockDocs(): string {
  return [introduction, ...blockReferences().map(section)].join('\n');
}

const introduction = `# The library of blocks

The library has the blocks of well-known published networks, so that you need not write them yourself. Import the ones that you need:

\`\`\`cnn
import { bottleneck, squeeze_excite } from "cnnc:blocks"

network Small {
  input image: [64, 56, 56]
  bottleneck(256) -> squeeze_excite
  global_avg_pool -> flatten
  dense(10)
}
\`\`\`

- **Arguments** that you leave out are as in the paper, or as in torchvision. \`norm\` and \`act\` are steps that you can replace: \`act: silu\`,
  \`norm: batch_norm(epsilon: 1e-3)\`, \`act: identity\` for none.
- **Names of weights**, such as \`bottleneck1.main.conv1.weight\`, do not change. Weights come in PyTorch's order, so \`--match order\` loads a
  file that PyTorch wrote.
- **Help**: \`cnnc help blocks\` lists the blocks, and \`cnnc help bottleneck\` explains one.

The blocks are written in the language itself, in [compiler/blocks](../compiler/blocks), and tested against PyTorch.

<!-- written by scripts/generate-block-docs.ts -->
`;

function section({ name, file, signature, inputs, doc }: BlockReference): string {
  const [, ...further] = inputs;
  const [call, shape] = drawn[name]!;
  const lines = [
    `## ${name}`,
    '',
    `\`${signature}\``,
    '',
    doc,
    ...(further.length > 0 ? ['', `Besides what flows, it takes \`${further.join('`, `')}\`.`] : []),
    '',
    `![\`${call}\` on ${shape}](pictures/blocks/${name}.svg)`,
    '',
    `\`${call}\` on ${shape}; [the text](../${file.replace(/^cnnc:/, 'compiler/')})`,
  ];
  return `${lines.join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const docs = new URL('../docs/', import.meta.url);
  mkdirSync(new URL('pictures/blocks/', docs), { recursive: true });
  writeFileSync(new URL('blocks.md', docs), blockDocs());
  for (const [name, svg] of drawBlocks()) writeFileSync(new URL(`pictures/blocks/${name}`, docs), svg);
}
