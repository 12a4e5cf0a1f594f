// What a page, a worker of its user, or Node does with modules that train.

const rate = { learningRate: 0.05 };

/** Numbers of an image [3, 8, 8]. */
const size = 192;

/** Six pictures and their classes for step `number`, the same everywhere. */
export function batch(number) {
  const images = new Float32Array(6 * size);
  for (let at = 0; at < images.length; at += 1) images[at] = (((number * 1152 + at) * 7919) % 1009) / 504.5 - 1;
  return [images, Uint8Array.from({ length: 6 }, (_, at) => (at + number) % 5)];
}

/** SHA-256 of tensors by name. */
export async function digest(tensors) {
  const parts = Object.values(tensors);
  const all = new Float32Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Trains for so many steps with a pause after half of them; hashes of the weights and of scores, and why there are so few threads. */
export async function training(name, steps, options, load) {
  const { loadTrainer } = load ?? (await import(`./${name}.js`));
  let trainer = await loadTrainer(options);
  for (let number = 0; number < steps; number += 1) {
    if (number === steps / 2) {
      const state = structuredClone(await trainer.state());
      trainer.close();
      trainer = await loadTrainer({ ...options, state });
    }
    await trainer.step(...batch(number), rate);
  }
  const { threads, reason } = trainer;
  const weights = await digest(await trainer.weights());
  const before = await digest({ scores: await trainer.run(batch(0)[0]) });
  await trainer.step(...batch(0), rate);
  const after = await digest({ scores: await trainer.run(batch(0)[0]) });
  trainer.close();
  return { threads, reason, weights, before, after };
}

/** How often the page's timers have their turn while each of some long steps is under way. */
export async function turnsWithin(name, options) {
  const { loadTrainer } = await import(`./${name}.js`);
  const trainer = await loadTrainer(options);
  const images = new Float32Array(options.maxBatch * size).fill(0.5);
  const labels = new Uint8Array(options.maxBatch);
  const found = [];
  for (let number = 0; number < 3; number += 1) {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const start = performance.now();
    await trainer.step(images, labels, rate);
    clearInterval(timer);
    found.push({ turns, milliseconds: performance.now() - start });
  }
  trainer.close();
  return found;
}

const failure = (promise) =>
  promise.then(
    () => 'no error',
    (error) => error.message,
  );

/** Ends the worker of a training during a step; the errors of that step and of the next. */
export async function dying(name, options) {
  const Original = globalThis.Worker;
  const workers = [];
  globalThis.Worker = class extends Original {
    constructor(...given) {
      super(...given);
      workers.push(this);
    }
  };
  const { loadTrainer } = await import(`./${name}.js`);
  const trainer = await loadTrainer(options);
  globalThis.Worker = Original;
  const images = new Float32Array(options.maxBatch * size).fill(0.5);
  const step = failure(trainer.step(images, new Uint8Array(options.maxBatch), rate));
  setTimeout(() => workers[0].terminate(), 20);
  return [workers.length, await step, await failure(trainer.step(...batch(0), rate))];
}

/** Closes a training during a step; the errors of that step and of the next. */
export async function closing(name, options) {
  const { loadTrainer } = await import(`./${name}.js`);
  const trainer = await loadTrainer(options);
  const images = new Float32Array(options.maxBatch * size).fill(0.5);
  const step = failure(trainer.step(images, new Uint8Array(options.maxBatch), rate));
  await new Promise((resolve) => setTimeout(resolve, 20));
  trainer.close();
  return [await step, await failure(trainer.step(...batch(0), rate))];
}

/** Trains with the module as a part of a bundle; also tells how often the rest of the bundle ran. */
export async function bundled(steps, options) {
  let runs = 0;
  const channel = new BroadcastChannel('application');
  channel.addEventListener('message', () => (runs += 1));
  const found = await training('bundle', steps, options, await import('./bundle.js'));
  await new Promise((resolve) => setTimeout(resolve, 200));
  channel.close();
  return { ...found, runs };
}
