// What every host does with a module: loads it, runs it in each way that it has, and tells what came out, as hashes.

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const sha256 = async (bytes) => hex(await crypto.subtle.digest('SHA-256', bytes));

/** Numbers of so many images, which every host computes alike. */
const images = (shape, count) =>
  Float32Array.from({ length: count * shape.reduce((a, b) => a * b) }, (_, at) => (((at * 37) % 101) - 50) / 64);

/** `{ threads, reason, hashes }`; `given` has the weights, the WebAssembly and how many threads, where the host gives them. */
export async function use(module, given) {
  const [shape] = Object.values(module.inputs);
  if (module.loadTrainer) return train(module, shape, given);
  const { weights, ...options } = given;
  const net = await module.load(weights, { maxBatch: 2, ...options });
  const x = images(shape, 3);
  const results = [net.run(x)];
  // Twice, so that a thread that sleeps is woken.
  if (net.runAsync) results.push(await net.runAsync(x), await net.runAsync(x));
  net.close?.();
  return told(net, await Promise.all(results.map((y) => sha256(y))));
}

async function train(module, shape, { wasm, threads = 1 }) {
  const trainer = await module.loadTrainer({ ...(wasm && { wasm }), threads });
  for (let step = 0; step < 3; step += 1)
    await trainer.step(images(shape, 6), [0, 1, 2, 3, 2, 1], { learningRate: 0.01 });
  const hashes = [await sha256(await trainer.weightsFile()), await sha256(await trainer.run(images(shape, 5)))];
  trainer.close();
  return told(trainer, hashes);
}

const told = ({ threads = 1, reason }, hashes) => ({ threads, ...(reason !== undefined && { reason }), hashes });

/** What `use` tells of each case by its name, or the error; `open` gives module and what is given for it. */
export async function useAll(cases, open) {
  const answers = {};
  for (const one of cases) {
    try {
      const [module, given] = await open(one);
      answers[one.name] = await use(module, given);
    } catch (error) {
      answers[one.name] = { error: `${error?.name}: ${error?.message}` };
    }
  }
  return answers;
}
