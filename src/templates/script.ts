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
import { inputs, labels, load } from './out/net.js';

const net = await load(readFileSync(new URL('out/weights.safetensors', import.meta.url)));

// A white square on black, as numbers from 0 to 1: all rows of the first channel, then those of the next.
const [channels, height, width] = inputs.image;
const picture = new Float32Array(channels * height * width);
for (let at = 0; at < picture.length; at++) {
  const [x, y] = [at % width, Math.floor(at / width) % height];
  if (x >= width / 4 && x < (3 * width) / 4 && y >= height / 4 && y < (3 * height) / 4) picture[at] = 1;
}

const scores = net.run(picture); // one for each class
const best = [...scores.keys()].sort((a, b) => scores[b] - scores[a]).slice(0, 3);
for (const at of best) console.log(\`\${labels.scores?.[at] ?? \`class \${at}\`}  \${scores[at].toFixed(3)}\`);
`;
