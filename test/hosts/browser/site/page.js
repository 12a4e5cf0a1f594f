// The page: makes the scenarios callable from outside, and has one of its own with a worker.

import * as scenarios from './scenarios.js';

/** Asks a worker of the user's own for these scenarios, one after the other; all that it says. */
async function inUserWorker(jobs) {
  const worker = new Worker('user-worker.js', { type: 'module', name: 'mine' });
  const heard = [];
  const next = () =>
    new Promise((resolve, reject) => {
      worker.addEventListener('message', ({ data }) => resolve(data), { once: true });
      worker.addEventListener('error', ({ message }) => reject(new Error(message)), { once: true });
    });
  worker.addEventListener('message', ({ data }) => heard.push(data));
  for (const job of jobs) {
    const answer = next();
    worker.postMessage(job, []);
    await answer;
  }
  // Chromium keeps threads of a worker that ends right after workers of its own did.
  await new Promise((resolve) => setTimeout(resolve, 100));
  worker.terminate();
  return heard;
}

Object.assign(globalThis, scenarios, { inUserWorker });
document.documentElement.dataset.ready = '';
