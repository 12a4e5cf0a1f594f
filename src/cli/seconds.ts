// `--seconds`: how long something is timed.

import { UsageError } from './errors.ts';

const MAX_SECONDS = 3600;

/** Throws `UsageError`. */
export function seconds(text: string): number {
  const value = /^\d+(?:\.\d+)?$|^\.\d+$/.test(text) ? Number(text) : 0;
  if (value <= 0 || value > MAX_SECONDS)
    throw new UsageError(`--seconds takes a number above 0, up to ${MAX_SECONDS}; found ${text}`);
  return value;
}
