// A Content-Type that is no media type: all types are read, so that only this is refused, in one sentence.

import { expect, test } from 'vitest';
import { impatient } from '../support/application.ts';

test.each([
  ['', 'an empty one'],
  ['json', 'json'],
  ['application/json, text/plain', '"application/json, text/plain"'],
  ['\t', '"\\t"'],
])('%j', async (type, found) => {
  const app = impatient();
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: '/v2/models/one/infer',
    headers: { 'content-type': type, host: 'x' },
    payload: '{}',
  });
  expect(statusCode).toBe(415);
  expect(JSON.parse(body)).toEqual({
    error: `Content-Type is a media type, such as application/json, or is left out; found ${found}`,
  });
});
