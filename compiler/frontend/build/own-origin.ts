// Where a node comes from, told by the files of the user: what a block of the library makes is from where it is called.

import type { Span } from '../../../grammar/source.ts';
import { isOfLibrary } from '../../blocks/library.ts';
import type { Origin, Scope } from '../../ir/graph.ts';

/** Steps of a call share the list of scopes around them: so do their nodes. */
const told = new WeakMap<readonly Scope[], readonly Scope[]>();

/** The origin with each place in the library replaced by that of the innermost call around it that is not there. */
export function ownOrigin({ span, scopes }: Origin): Origin {
  let own = told.get(scopes);
  if (!own) {
    own = scopes.some((scope) => isOfLibrary(scope.span.source.path)) ? ownScopes(scopes) : scopes;
    told.set(scopes, own);
  }
  return { span: placed(span, own), scopes: own };
}

function ownScopes(scopes: readonly Scope[]): readonly Scope[] {
  const own: Scope[] = [];
  for (const scope of scopes) own.push({ ...scope, span: placed(scope.span, own) });
  return own;
}

/** The place itself, or that of the last of the scopes around it where it is in the library. */
const placed = (place: Span, around: readonly Scope[]): Span =>
  isOfLibrary(place.source.path) ? (around.at(-1)?.span ?? place) : place;
