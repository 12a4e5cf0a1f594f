// What a page, or a worker of its user, does with networks. Results come back as the bits of their numbers.

import * as fast from './fast.js';
import * as lenet from './lenet.js';
import * as mixed from './mixed.js';

const modules = { fast, lenet, mixed };

const bytes = async (path) => (await fetch(path)).arrayBuffer();
export const openNetwork = async (name, options) => modules[name].load(await bytes(`${name}.safetensors`), options);
const images = async (name) => {
  const all = new Float32Array(await bytes(`${name}.f32`));
  return { all, first: all.subarray(0, all.length / 6), rest: all.subarray(all.length / 6) };
};

const bits = (result) =>
  result instanceof Float32Array ? [...new Uint32Array(result.buffer)] : Object.values(result).flatMap(bits);

/** The message of what it throws, or of the promise's error. */
const failure = async (call) => {
  try {
    await call();
    return 'no error';
  } catch (error) {
    return error.message;
  }
};

const macrotask = (delay = 0) => new Promise((resolve) => setTimeout(resolve, delay));

/** Six images by run and by runAsync, then several runAsync at once. */
export async function everyWay(name, options) {
  const net = await openNetwork(name, options);
  const { all, first, rest } = await images(name);
  const run = bits(net.run(all));
  const runAsync = bits(await net.runAsync(all));
  const together = await Promise.all([first, all, rest].map((x) => net.runAsync(x)));
  const last = bits(net.run(all));
  net.close();
  const { threads, reason } = net;
  return { threads, reason, run, runAsync, together: together.map(bits), last };
}

/** Calls run again and again until a runAsync is done. */
export async function overlapping(name, options) {
  const net = await openNetwork(name, options);
  const { all, first } = await images(name);
  let isDone = false;
  const pending = net.runAsync(all).finally(() => (isDone = true));
  const others = new Set();
  const errors = new Set();
  for (let turn = 1; !isDone; turn++) {
    await (turn % 5 === 0 ? macrotask() : undefined);
    try {
      others.add(JSON.stringify(bits(net.run(first))));
    } catch (error) {
      errors.add(error.message);
      errors.add(await failure(() => net.profile()));
    }
  }
  const result = bits(await pending);
  const last = bits(net.run(all));
  net.close();
  return { result, last, others: [...others].map((text) => JSON.parse(text)), errors: [...errors] };
}

/** Closes a network while it works; the errors of what was under way and of what follows. */
export async function closing(name, options) {
  const net = await openNetwork(name, options);
  const { all } = await images(name);
  const pending = [failure(() => net.runAsync(all)), failure(() => net.runAsync(all))];
  await macrotask();
  const underWay = net.runAsync(all);
  const failed = failure(() => underWay);
  await undefined;
  net.close();
  net.close();
  await Promise.all(pending);
  return [await failed, await failure(() => net.runAsync(all)), await failure(() => net.run(all))];
}

/** Loads with workers that `replace` makes: it gets the class, what the engine asks for, and how many there are already. */
async function withWorkers(replace, load) {
  const Original = globalThis.Worker;
  let made = 0;
  globalThis.Worker = function (url, options) {
    return replace(Original, url, options, made++);
  };
  try {
    return await load();
  } finally {
    globalThis.Worker = Original;
  }
}

/** Ends one of the workers, during a runAsync or before it; the errors of that and of what follows. */
export async function dying(name, options, which, moment) {
  const workers = [];
  const keep = (Original, url, settings) => {
    const worker = new Original(url, settings);
    workers.push(worker);
    return worker;
  };
  const net = await withWorkers(keep, () => openNetwork(name, options));
  const { all, first } = await images(name);
  await net.runAsync(first);
  const end = async (wait) => {
    await macrotask(wait);
    workers[which].terminate();
  };
  if (moment === 'before') {
    await end(0);
    await macrotask(2500);
  }
  const pending = failure(() => net.runAsync(new Float32Array(1000 * first.length)));
  if (moment === 'during') await end(20);
  return [await pending, await failure(() => net.runAsync(all)), await failure(() => net.run(all))];
}

/** One of the workers gets another script than the engine asked for. */
export async function otherScript(name, options, which, path) {
  const other = (Original, url, settings, at) => new Original(at === which ? path : url, settings);
  return withWorkers(other, () => everyWay(name, options));
}

/** Runs the module as a part of a bundle; also tells how often the rest of the bundle ran. */
export async function bundled(options) {
  let runs = 0;
  const channel = new BroadcastChannel('application');
  channel.addEventListener('message', () => (runs += 1));
  const { open } = await import('./bundle.js');
  const net = await open(await bytes('lenet.safetensors'), options);
  const { first } = await images('lenet');
  const result = bits(await net.runAsync(first));
  net.close();
  await macrotask(200);
  channel.close();
  const { threads, reason } = net;
  return { threads, reason, first: result, runs };
}

/** Loads and closes so many times, one after the other; how many have the threads that were asked for. */
export async function reloading(name, options, times) {
  let count = 0;
  for (let time = 0; time < times; time++) {
    const net = await openNetwork(name, options);
    if (net.threads === options.threads) count += 1;
    net.close();
  }
  return count;
}
