// What is decided by the words ahead, worked out where it is first asked: a text has some of the constructs of the grammar only, and for all
// of them Chevrotain takes half of the time that the parser takes to start.

import type { BaseParser, ILookaheadStrategy } from 'chevrotain';
import { LLkLookaheadStrategy } from 'chevrotain';

type Build<Kind extends 'buildLookaheadForAlternation' | 'buildLookaheadForOptional'> = ILookaheadStrategy[Kind];
type Alternation = ReturnType<Build<'buildLookaheadForAlternation'>>;
type Optional = ReturnType<Build<'buildLookaheadForOptional'>>;

/** Chevrotain's own strategy, put off. */
export class Lookahead extends LLkLookaheadStrategy {
  override buildLookaheadForAlternation(...options: Parameters<Build<'buildLookaheadForAlternation'>>): Alternation {
    const build = (): Alternation => super.buildLookaheadForAlternation(...options);
    let built: Alternation | undefined;
    return function (this: BaseParser, alternatives) {
      built ??= build();
      return built.call(this, alternatives);
    };
  }

  override buildLookaheadForOptional(...options: Parameters<Build<'buildLookaheadForOptional'>>): Optional {
    const build = (): Optional => super.buildLookaheadForOptional(...options);
    let built: Optional | undefined;
    return function (this: BaseParser) {
      built ??= build();
      return built.call(this);
    };
  }
}
