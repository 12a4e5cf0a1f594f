// Collects diagnostics so that one mistake is one error: what is found again at the same place, because a block is called
// several times or networks share it, is said once, with the places of all calls, that in which it was found first.

import { bounded } from '../../grammar/diagnostic.ts';
import type { Diagnostic, Fix, Severity } from '../../grammar/diagnostic.ts';
import { aboutWords } from '../../grammar/refusals/words.ts';
import { lineOf } from '../../grammar/source.ts';
import type { Span } from '../../grammar/source.ts';
import { isOfLibrary } from '../blocks/library.ts';

export interface Reporter {
  report(diagnostic: Diagnostic): void;
  /** Whether this was reported already: working out the details again can be saved. */
  repeats(code: string, span: Span): boolean;
  /** Enters the block with that body, which is called there, until `returned`; mistakes inside the body list the place. */
  called(body: Span, place: Span): void;
  returned(): void;
  /** The diagnostic at a place of the user's files: of a block of the library, that is where it is called now. */
  placed(diagnostic: Diagnostic): Diagnostic;
  /** Runs what is told of no mistake: nothing is collected meanwhile, in attempts neither. */
  quietly<T>(run: () => T): T;
  readonly quiet: boolean;
  /** Notes that a diagnostic's fix writes the place anew: slips of spelling inside are no mistakes of their own. */
  covers(place: Span): void;
  readonly errors: number;
  /** How many diagnostics there are. */
  readonly size: number;
  /** By file and place, those without a place first, notes that count others last. */
  finish(): readonly Diagnostic[];
}

/** A diagnostic with a place; `more` holds whatever else it says. */
export function problem(
  code: string,
  span: Span,
  message: string,
  more: Omit<Diagnostic, 'code' | 'span' | 'message' | 'severity'> & { readonly severity?: Severity } = {},
): Diagnostic {
  return { code, severity: 'error', span, message, ...more };
}

/** The fix that puts a text in the place of another. */
export function replacement(span: Span, text: string, message = text): Fix {
  return { message, edits: [{ span, text }] };
}

/** The nearest name, as a question. */
export function didYouMean(span: Span, suggestion: string): Fix {
  return replacement(span, suggestion, `did you mean \`${suggestion}\`?`);
}

/** `kernel_size=5`, `False`, `'same'`, `padding: "same"`, a name given again */
const slips: ReadonlySet<string> = new Set([
  'syntax/named-argument',
  'syntax/capital-literal',
  'syntax/quotes',
  'type/mismatch',
  'name/collision',
]);

/** Collects diagnostics, each once per code and place. */
export function createReporter(): Reporter {
  const found = new Map<string, Diagnostic>();
  const covered: Span[] = [];
  const calls = createCalls();
  const { placed } = calls;
  let errors = 0;
  let quiet = false;
  return {
    report(reported) {
      if (quiet) return;
      const diagnostic = placed(reported);
      // Of all that a call of the library leads to, the first is said.
      const inLibrary = diagnostic.related?.some(({ span }) => isOfLibrary(span.source.path)) ?? false;
      const key = identified(inLibrary ? { ...diagnostic, code: 'library' } : diagnostic);
      if (found.has(key)) return;
      found.set(key, bounded(diagnostic));
      if (diagnostic.severity === 'error') errors += 1;
    },
    repeats: (code, span) => found.has(`${code} ${placeOf(span)}`),
    called: calls.called,
    returned: calls.returned,
    placed,
    quietly(run) {
      const outer = quiet;
      quiet = true;
      const result = run();
      quiet = outer;
      return result;
    },
    get quiet() {
      return quiet;
    },
    covers: (place) => void covered.push(place),
    get errors() {
      return errors;
    },
    get size() {
      return found.size;
    },
    finish() {
      const sources = [...new Set([...found.values()].map(({ span }) => span?.source))];
      const rank = ({ span, severity }: Diagnostic): number =>
        span ? sources.indexOf(span.source) : severity === 'note' ? sources.length : -1;
      const linesWith = (fits: (code: string) => boolean): ReadonlySet<string> =>
        new Set([...found.values()].flatMap(({ code, span }) => (span && fits(code) ? [lineKey(span)] : [])));
      const misspelt = linesWith((code) => aboutWords.has(code));
      const broken = linesWith((code) => code.startsWith('syntax/'));
      const told = new Set([...found.values()].flatMap(({ code, span }) => (span ? [`${code} ${beginOf(span)}`] : [])));
      /** `dim=1` where there is no `dim`, and a text in the place of a number: the fix writes both anew. */
      const isSlipOf = ({ code, span }: Diagnostic): boolean =>
        span !== undefined &&
        ((code === 'syntax/named-argument' && told.has(`argument/unknown ${beginOf(span)}`)) ||
          (code === 'syntax/quotes' && told.has(`type/mismatch ${beginOf(span)}`)));
      /** Of a line that is not whole, only a part has been seen. */
      const isConsequence = ({ code, span, severity }: Diagnostic): boolean => {
        if (!span || !/^(name|flow)\//.test(code)) return false;
        // What a name in other letters means is not said as well.
        if (told.has(`syntax/identifier ${beginOf(span)}`)) return true;
        const doubtful = (severity === 'warning' && code.startsWith('flow/')) || code === 'flow/after-output';
        return misspelt.has(lineKey(span)) || (doubtful && broken.has(lineKey(span)));
      };
      return [...found.values()]
        .filter((diagnostic) => !isConsequence(diagnostic) && !isSlipOf(diagnostic))
        .filter(({ code, span }) => !(span && slips.has(code) && covered.some((place) => contains(place, span))))
        .map((diagnostic) => bounded(calls.listed(diagnostic)))
        .toSorted((a, b) => rank(a) - rank(b) || (a.span?.start ?? -1) - (b.span?.start ?? -1));
    },
  };
}

function beginOf(span: Span): string {
  return `${span.start} ${span.source.path}`;
}

function lineKey(span: Span): string {
  return `${lineOf(span)} ${span.source.path}`;
}

/** What is found while it is open whether it is to be reported. */
export interface Attempt extends Reporter {
  /** In the order in which they were found, each once. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A reporter of its own whose diagnostics can be reported later; blocks are entered through the other one. */
export function createAttempt(reporter: Reporter): Attempt {
  const { placed } = reporter;
  const own = createReporter();
  const diagnostics: Diagnostic[] = [];
  return {
    report(reported) {
      if (reporter.quiet) return;
      const diagnostic = placed(reported);
      const before = own.size;
      own.report(diagnostic);
      if (own.size > before) diagnostics.push(diagnostic);
    },
    repeats: own.repeats,
    called: own.called,
    returned: own.returned,
    placed,
    quietly: own.quietly,
    get quiet() {
      return reporter.quiet || own.quiet;
    },
    covers: own.covers,
    finish: own.finish,
    get errors() {
      return own.errors;
    },
    get size() {
      return own.size;
    },
    diagnostics,
  };
}

/** The blocks that are expanded, and where they are called. */
interface Calls extends Pick<Reporter, 'called' | 'returned' | 'placed'> {
  /**
   * With the places of all calls of the block it is in, that in which it was found first. What can be wrong in one call and right in
   * another has them; a wrong name is wrong anywhere.
   */
  listed(diagnostic: Diagnostic): Diagnostic;
}

function createCalls(): Calls {
  const calls = new Map<string, { readonly body: Span; readonly places: Map<string, Span> }>();
  /** What is being expanded, the innermost last. */
  const open: { readonly body: Span; readonly place: Span }[] = [];
  /** In which call of its block each mistake was found. */
  const foundIn = new Map<string, Span>();
  return {
    called(body, place) {
      const key = placeOf(body);
      const block = calls.get(key) ?? { body, places: new Map() };
      block.places.set(placeOf(place), place);
      calls.set(key, block);
      open.push({ body, place });
    },
    returned: () => void open.pop(),
    placed(diagnostic) {
      const { span } = diagnostic;
      const call = span && open.findLast(({ body }) => contains(body, span));
      const key = identified(diagnostic);
      if (call && !foundIn.has(key)) foundIn.set(key, call.place);
      return outsideLibrary(
        diagnostic,
        open.map(({ place }) => place),
      );
    },
    listed(diagnostic) {
      const { span, code } = diagnostic;
      const block =
        span && !/^(syntax|name|limit)\//.test(code)
          ? calls.values().find(({ body }) => contains(body, span))
          : undefined;
      if (!block) return diagnostic;
      const first = foundIn.get(identified(diagnostic));
      const places = [...block.places.values()];
      const ordered = first ? [first, ...places.filter((place) => placeOf(place) !== placeOf(first))] : places;
      const related = ordered.map((place) => ({ span: place, message: 'called' }));
      return { ...diagnostic, related: [...(diagnostic.related ?? []), ...related] };
    },
  };
}

/** A mistake in a block of the library is one in the arguments or the input of the call that leads there. */
function outsideLibrary(diagnostic: Diagnostic, calls: readonly Span[]): Diagnostic {
  const { span, trace } = diagnostic;
  if (!span || !isOfLibrary(span.source.path)) return diagnostic;
  const call = calls.findLast(({ source }) => !isOfLibrary(source.path));
  if (!call) return diagnostic;
  return {
    ...diagnostic,
    span: call,
    // Lines would be those of the library's file.
    ...(trace && { trace: trace.map(({ line: _line, ...rest }) => rest) }),
    fixes: [{ message: 'other arguments, or another input of the block' }],
    related: [{ span, message: 'in the library' }, ...(diagnostic.related ?? [])],
  };
}

/** Whether `inner` lies within `outer`, in the same source. */
export function contains(outer: Span, inner: Span): boolean {
  return outer.source === inner.source && outer.start <= inner.start && inner.end <= outer.end;
}

function identified({ code, span, message }: Diagnostic): string {
  return `${code} ${span ? placeOf(span) : message}`;
}

function placeOf(span: Span): string {
  return `${span.start}-${span.end} ${span.source.path}`;
}
