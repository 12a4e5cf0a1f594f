// What must hold whatever the user writes. A broken invariant is a bug of the compiler (exit code 70), never a diagnostic.

export class InternalError extends Error {
  override readonly name = 'InternalError';
}

/**
 * Throws `InternalError` unless `condition` holds; `message` names the pass or phase and what it found. As a function it is
 * only made when it is needed.
 */
export function invariant(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) throw new InternalError(typeof message === 'string' ? message : message());
}
