// The script that `cnnc new` puts beside a network: it runs the compiled module on a picture.

/** For a network in `<name>.cnn` that takes `image` and gives `scores`. Plain JavaScript, for Node 20 and later. */
export const startingScript = (
  name: string,
): string => `// Runs ${name}.cnn on a picture. The module that it imports is made by
//
//   npx cnnc compile ${name}.cnn -o out --target js --weights random:1
//
// which makes the weights up: the answers mean nothing until --weights names a safetensors file with trained ones.

import { readFileSync } from 'node:fs';
import { inputs, load } from './out/net.js';

const net = await load(readFileSync(new URL('out/weights.safetensors', import.meta.url)));

// A white square on black: bytes, row after row, the colours of a pixel beside one another. Put your own picture here.
const [colours, height, width] = inputs.image;
const picture = new Uint8Array(height * width * colours);
for (let y = height / 4; y < (3 * height) / 4; y++) {
  picture.fill(255, (y * width + width / 4) * colours, (y * width + (3 * width) / 4) * colours);
}

for (const { label, probability } of net.classify(picture, { top: 3 })) {
  // Weights that are NaN or far too large give no probabilities.
  const shown = Number.isFinite(probability) ? \`\${(100 * probability).toFixed(1)}%\` : '–';
  console.log(\`\${label}  \${shown}\`);
}
`;
