// Lists that survive mistakes. Chevrotain's own error recovery guesses by sets of follow tokens, and in a language without
// separators nearly every name is in them. Since balance.ts has paired the brackets, the ends of lists are known instead: an
// element that does not parse is skipped up to the next one and becomes a `skipped` node, so what else is in the tree was
// parsed without a mistake, and no token has to be invented.

import {
  CstParser,
  isRecognitionException,
  type CstNode,
  type IParserErrorMessageProvider,
  type IRecognitionException,
  type IToken,
  type ParserMethod,
  type TokenType,
} from 'chevrotain';
import type { Place } from './balance.ts';
import { Lookahead } from './lookahead.ts';
import * as t from './tokens.ts';

/** A mistake, and the first token of the list element in which it stands. */
export interface Mistake {
  readonly error: IRecognitionException;
  readonly start: IToken;
}

/** An element that did not parse: the rule that failed at a token, the element's first one, and what may end its good part. */
interface Broken {
  readonly rule: Rule;
  readonly ends: ReadonlySet<TokenType>;
  readonly start: IToken;
  readonly mistake: IToken;
}

const MISTAKE_LIMIT = 100;
/** Tokens of the part of an element before its mistake; longer ones are left out, so that the text is not read many times. */
const BEGUN_LIMIT = 1000;
const signs: ReadonlySet<TokenType> = new Set([t.Plus, t.Minus, t.Star, t.Slash]);
/** The part of an element before its mistake ends before one of these. */
const endsBegun: ReadonlySet<TokenType> = new Set([t.Arrow, t.Colon]);
/** That of a parameter. */
const endsParameter: ReadonlySet<TokenType> = new Set([t.Colon, t.Equals]);
/** These never begin an element: a line that begins with one goes on with the line before. */
const goesOn: ReadonlySet<TokenType> = new Set([
  ...[t.Arrow, t.Colon, t.Else, ...signs],
  ...[t.RightParen, t.RightBracket, t.RightBrace],
]);
const definitionWords: ReadonlySet<TokenType> = new Set([t.Import, t.Block, t.Network, t.Const, t.Train, t.Expect]);
const hasHeader: ReadonlySet<TokenType> = new Set([t.Block, t.Network]);
/** Definitions with braces. */
const hasBraces: ReadonlySet<TokenType> = new Set([...hasHeader, t.Train, t.Expect]);
/** What begins with one of these has a body, also on a single line. */
const bodyHolders: ReadonlySet<TokenType> = new Set([
  ...[t.Block, t.Network, t.Repeat, t.For, t.If, t.Else, t.Parallel, t.Path],
]);
/** Braces of these hold settings. */
const settingHolders: ReadonlySet<TokenType> = new Set([t.Input, t.Output]);

type Rule = ParserMethod<[], CstNode>;
/** How the elements of a list are kept apart. */
type Separator = 'lines' | 'optional comma' | 'comma';

/** The message of an error is the name of the token that was expected, or nothing: mistakes/describe.ts finds the words. */
const silent: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => expected.name,
  buildNotAllInputParsedMessage: () => '',
  buildNoViableAltMessage: () => '',
  buildEarlyExitMessage: () => '',
};

export abstract class ListParser extends CstParser {
  protected abstract file: Rule;
  protected abstract body: Rule;
  protected abstract parameters: Rule;
  protected abstract settings: Rule;
  protected abstract budgets: Rule;
  protected abstract paths: Rule;
  /** Chevrotain's: the rules that are being read, the innermost last. */
  declare private CST_STACK: CstNode[];
  /** Chevrotain's: the index of the token that was read last. */
  declare private currIdx: number;
  private mistakes: Mistake[] = [];
  /** What `skipped` skips: an element that began with `start` in a list at `depth`. */
  private gap!: { readonly start: IToken; readonly depth: number; readonly separator: Separator };
  /** By depth: the `if` that began last there. */
  private conditions: CstNode[] = [];
  /** By what is left of it. */
  private broken = new Map<CstNode, Broken>();
  private tokens: readonly IToken[] = [];

  constructor(skipValidations: boolean) {
    super(t.allTokens, {
      skipValidations,
      maxLookahead: 2,
      lookaheadStrategy: new Lookahead({ maxLookahead: 2 }),
      nodeLocationTracking: 'onlyOffset',
      recoveryEnabled: false,
      errorMessageProvider: silent,
    });
  }

  /**
   * Begins a rule as Chevrotain does, but with children that have a prototype: V8 keeps objects without one as hash tables, which
   * are several times as large.
   */
  protected cstInvocationStateUpdate(name: string): void {
    const { startOffset } = this.LA(1);
    const node: CstNode = { name, children: {}, location: { startOffset, endOffset: -1 } };
    this.CST_STACK.push(node);
    if (name === 'if') this.conditions[placeOf(this.LA(1))?.depth ?? 0] = node;
  }

  /** The tree of a balanced token list, and all mistakes (up to a hundred) in the order of the text. */
  read(tokens: IToken[]): { readonly tree: CstNode; readonly mistakes: readonly Mistake[] } {
    this.mistakes = [];
    this.broken = new Map();
    this.conditions = [];
    this.tokens = tokens;
    this.input = tokens;
    const tree = this.file();
    const mistakes = this.mistakes;
    this.input = [];
    return { tree, mistakes };
  }

  /**
   * What stands before the mistake in a skipped element of the tree that was read last, as an element that ends before the arrow
   * or colon there, or before a sign that nothing follows: `a -> b` of `a -> b -> )`, `a` of `a -`; of a parameter, before the
   * colon or equals sign. Undefined where nothing does.
   */
  begun(skipped: CstNode): CstNode | undefined {
    const element = this.broken.get(skipped);
    if (!element) return undefined;
    const { rule, ends, start, mistake } = element;
    const first = this.tokens.indexOf(start);
    const failed = this.tokens.indexOf(mistake, first);
    const before = this.tokens.slice(first, failed < 0 ? undefined : failed);
    const { depth } = placeOf(start)!;
    const end = before.findLastIndex(
      (token, at) =>
        placeOf(token)!.depth === depth &&
        (ends.has(token.tokenType) || (at === before.length - 1 && signs.has(token.tokenType))),
    );
    if (end < 1 || end > BEGUN_LIMIT) return undefined;
    this.mistakes = [];
    this.input = before.slice(0, end);
    const tree = rule.call(this) as CstNode | undefined;
    const whole = tree !== undefined && this.errors.length === 0;
    this.input = [];
    return whole ? tree : undefined;
  }

  /** What is left of an element that did not parse. The parameters, bodies and sections on the way are parsed. */
  private skipped = this.RULE('skipped', () => {
    if (this.RECORDING_PHASE) return;
    const { start, depth, separator } = this.gap;
    let inHeader = depth === 0 && hasHeader.has(start.tokenType);
    const atName = (): boolean => this.LA(1).tokenType === t.Identifier && !placeOf(this.LA(1))!.startsLine;
    while (!this.atEnd(depth)) {
      const next = this.LA(1);
      const place = placeOf(next)!;
      if (place.depth === depth && this.mistakes.length < MISTAKE_LIMIT) {
        if (next.tokenType === t.Comma && (separator !== 'lines' || next === start)) {
          this.CONSUME(t.Comma);
          return;
        }
        if (place.startsLine && next !== start && (depth === 0 ? this.atDefinition() : !goesOn.has(next.tokenType)))
          return;
        const inParameters = inHeader && next.tokenType === t.LeftParen;
        inHeader &&= next === start || atName();
        if (inParameters) {
          this.SUBRULE(this.parameters);
          continue;
        }
        const held = next.tokenType === t.LeftBrace ? this.heldBy(start, depth, separator) : undefined;
        if (held) {
          this.SUBRULE(held);
          continue;
        }
      }
      this.CONSUME(next.tokenType);
    }
  });

  /**
   * Elements up to the closing bracket. A mistake in one of a list by lines leaves it out; with commas, it spoils the
   * statement in which the list stands, but the rest of the list is read for further mistakes.
   */
  protected each(rule: Rule, separator: Separator, keep = separator !== 'comma'): void {
    if (this.RECORDING_PHASE) {
      this.MANY(() => {
        this.SUBRULE(rule);
        if (separator !== 'lines') this.OPTION(() => this.CONSUME(t.Comma));
      });
      return;
    }
    const opening = placeOf(this.LA(0));
    const depth = 1 + (opening?.depth ?? -1);
    // Settings that are never closed run on into statements, which are no settings.
    const doubtful = separator === 'optional comma' && opening?.unclosed === true;
    let spoiled: IRecognitionException | undefined;
    /** The word that began the element before, if it was out of place: a run of them is one mistake. */
    let misplaced: TokenType | undefined;
    let named = false;
    while (!this.atEnd(depth)) {
      const start = this.LA(1);
      const before = this.currIdx;
      try {
        this.SUBRULE(rule);
        misplaced = undefined;
        if (separator === 'comma' && !this.atEnd(depth)) this.CONSUME(t.Comma);
        if (separator === 'optional comma' && this.LA(1).tokenType === t.Comma) this.CONSUME(t.Comma);
      } catch (error) {
        if (!isMistake(error)) throw error;
        // Names of arguments in a list that has none.
        const isNamed = separator === 'comma' && this.LA(0).tokenType === t.Colon;
        const repeated = (error.token === start && misplaced === start.tokenType) || (isNamed && named);
        named ||= isNamed;
        if (!repeated && !doubtful) this.record(error, start);
        misplaced = error.token === start ? start.tokenType : undefined;
        spoiled ??= error;
        this.gap = { start, depth, separator };
        // What has been read of a header is read again as what is left of it.
        if (depth === 0 && hasBraces.has(start.tokenType)) this.currIdx = before;
        const skipped = this.SUBRULE(this.skipped);
        // Its own begins behind the mistake, and may be empty.
        skipped.location!.startOffset = start.startOffset;
        const condition = this.conditions[depth];
        if (condition?.location!.startOffset === start.startOffset) keepBranches(skipped, condition);
        const ends = separator === 'lines' ? endsBegun : endsParameter;
        this.broken.set(skipped, { rule, ends, start, mistake: error.token });
      }
    }
    if (spoiled && !keep) throw spoiled;
  }

  private record(error: IRecognitionException, start: IToken): void {
    const known = this.mistakes.some((mistake) => mistake.error.token === error.token);
    if (!known && this.mistakes.length < MISTAKE_LIMIT) this.mistakes.push({ error, start });
  }

  /** What is between the braces that come next, in an element that began with `start`; undefined where that is nobody's guess. */
  private heldBy(start: IToken, depth: number, separator: Separator): Rule | undefined {
    const { tokenType } = start;
    if (depth === 0 && tokenType === t.Train) return this.settings;
    if (depth === 0 && tokenType === t.Expect) return this.budgets;
    if (separator !== 'lines' || settingHolders.has(tokenType)) return undefined;
    const first = this.LA(2);
    if (first.tokenType === t.Path) return this.paths;
    // `image: [3, 224, 224] { resize: 224 }` without `input`.
    if (first.tokenType === t.Identifier && this.LA(3).tokenType === t.Colon) return undefined;
    if (bodyHolders.has(tokenType) || (depth === 0 && tokenType === t.Identifier)) return this.body;
    // `conv{8, 3}` has arguments in its braces.
    const overLines = placeOf(this.LA(1))!.startsLine || placeOf(first)?.startsLine;
    return depth > 0 && overLines ? this.body : undefined;
  }

  /** At the beginning of a definition, or of what may be meant as one: `def f`. */
  private atDefinition(): boolean {
    const [first, second] = [this.LA(1), this.LA(2)];
    const word = first.tokenType === t.Identifier && second.tokenType === t.Identifier;
    return definitionWords.has(first.tokenType) || (word && first.startLine === second.startLine);
  }

  private atEnd(depth: number): boolean {
    const place = placeOf(this.LA(1));
    return place === undefined || place.depth < depth;
  }
}

/** Moves the bodies before the mistake in an `if` to what is left of it. */
function keepBranches(skipped: CstNode, { children: { body = [] } }: CstNode): void {
  if (body.length > 0) skipped.children['body'] = [...body, ...(skipped.children['body'] ?? [])];
}

function isMistake(error: unknown): error is IRecognitionException {
  return error instanceof Error && isRecognitionException(error);
}

/** Undefined for the end of the file. */
export function placeOf(token: IToken): Place | undefined {
  return token.payload as Place | undefined;
}
