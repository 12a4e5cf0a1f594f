// The page: makes the scenarios callable from outside, and has one of its own with a worker.

import * as scenarios from './scenarios.js';

/** What a scenario gives in a worker of the user's own. */
function inUserWorker(scenario, ...values) {
  const worker = new Worker('user-worker.js', { type: 'module', name: 'mine' });
  const answer = new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data), { once: true });
    worker.addEventListener('error', ({ message }) => reject(new Error(message)), { once: true });
  });
  worker.postMessage([scenario, ...values], []);
  return answer.finally(() => worker.terminate());
}

Object.assign(globalThis, scenarios, { inUserWorker });
document.documentElement.dataset.ready = '';
