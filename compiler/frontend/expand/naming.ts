// The names of weights and inner values: dotted paths of block calls, paths and labelled chains. Steps without a label are
// numbered from 1 per operator and scope, in the order of the text.

import type { Span } from '../../../grammar/source.ts';

export interface Naming {
  /** `conv1`, then `conv2`: the name of a step, block call or path without a label. */
  numbered(base: string, span: Span): string;
  /** The name of a labelled one: the label itself, or in a loop (`numbered`) the label and a number. */
  labelled(label: string, span: Span, looped: boolean): string;
  /** The scope that a name from here opens. */
  inside(name: string): Naming;
  /** A scope of its own whose names no text can have. */
  apart(): Naming;
}

/**
 * `collide` is told of a name that is taken already; what comes second then gets a name that no text can have. `admit` is
 * asked with the length of a name before it is put together; a refused one stays without its path.
 */
export function createNaming(
  collide: (name: string, span: Span, first: Span) => void,
  admit: (length: number, span: Span) => boolean,
): Naming {
  const taken = new Map<string, Span>();
  let scopesApart = 0;
  const scope = (prefix: string): Naming => {
    const counts = new Map<string, number>();
    const claim = (name: string, span: Span): string => {
      if (!admit(prefix.length + name.length, span)) return name;
      let full = prefix + name;
      const first = taken.get(full);
      if (first) {
        collide(full, span, first);
        full += `'${taken.size}`;
      }
      taken.set(full, span);
      return full;
    };
    const numbered = (base: string, span: Span): string => {
      const count = (counts.get(base) ?? 0) + 1;
      counts.set(base, count);
      return claim(`${base}${count}`, span);
    };
    return {
      numbered,
      labelled: (label, span, looped) => (looped ? numbered(label, span) : claim(label, span)),
      inside: (name) => scope(`${name}.`),
      apart: () => scope(`…${(scopesApart += 1)}.`),
    };
  };
  return scope('');
}
