// Bearer tokens (RFC 6750), compared in a time that does not depend on where they differ.

import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (token: string): Uint8Array => createHash('sha256').update(token).digest();

/** Whether an `Authorization` header bears one of the tokens. */
export function tokenCheck(tokens: readonly string[]): (authorization: string | undefined) => boolean {
  const known = tokens.map(digest);
  return (authorization = '') => {
    const given = digest(/^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
    // All are compared, whichever fits.
    return known.map((one) => timingSafeEqual(one, given)).includes(true);
  };
}
