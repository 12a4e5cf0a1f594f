// Where a node comes from, told by the files of the user: what a block of the library makes is from where it is called.

import type { Span } from '../../../grammar/source.ts';
import { isOfLibrary } from '../../blocks/library.ts';
import type { Origin, Scope } from '../../ir/graph.ts';

/** The origin with each place in the library replaced by that of the innermost call around it that is not there. */
export function ownOrigin({ span, scopes }: Origin): Origin {
  const own: Scope[] = [];
  const around = (place: Span): Span => (isOfLibrary(place.source.path) ? (own.at(-1)?.span ?? place) : place);
  for (const scope of scopes) own.push({ ...scope, span: around(scope.span) });
  return { span: around(span), scopes: own };
}
