// A worker of the user's own: answers each message once.

import * as scenarios from './scenarios.js';

addEventListener('message', async ({ data: [scenario, ...values] }) => {
  postMessage(await scenarios[scenario](...values), []);
});
