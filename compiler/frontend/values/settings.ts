// Settings `name: value` in braces: each once, only known ones, with other frameworks' names translated.

import type { Setting } from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import { didYouMean, problem, replacement } from '../report.ts';
import { suggest } from '../../../grammar/suggest.ts';

/** The settings by name. `owner` says whose they are: `an input`. */
export function bindSettings(
  settings: readonly Setting[],
  known: readonly string[],
  owner: string,
  report: (diagnostic: Diagnostic) => void,
  foreign: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, Setting> {
  const bound = new Map<string, Setting>();
  for (const setting of settings) {
    const { name, span } = setting.name;
    if (bound.has(name)) {
      report(
        problem('setting/duplicate', span, `\`${name}\` is set twice`, {
          found: `${textOf(bound.get(name)!.span)} and ${textOf(setting.span)}`,
          expected: `one \`${name}\``,
          fixes: [replacement(setting.span, '', 'leave this one out')],
        }),
      );
    } else if (known.includes(name)) bound.set(name, setting);
    else {
      const suggestion = foreign.get(name) ?? suggest(name, known);
      const elsewhere = places.get(name);
      report(
        problem('setting/unknown', span, `${owner} has no setting \`${name}\``, {
          found: name,
          expected: known.join(', '),
          fixes: [
            elsewhere !== undefined && !known.includes(elsewhere)
              ? { message: elsewhere.replace(/^--/, 'it is an option of the command: cnnc train $&') }
              : suggestion === undefined
                ? { message: `the settings are ${known.join(', ')}` }
                : didYouMean(span, suggestion),
          ],
        }),
      );
    }
  }
  return bound;
}

/** Settings that belong somewhere else; those with -- are options of the command. */
const places: ReadonlyMap<string, string> = new Map([
  ...['learn', 'learns', 'trainable', 'freeze', 'frozen'].map(
    (name) => [name, '--weights FILE --learn LAYER'] as const,
  ),
  ...['start', 'pretrained'].map((name) => [name, '--weights FILE'] as const),
  ['fresh', '--weights FILE --fresh LAYER'],
  ['data', '--data FOLDER'],
  ['micro_batch', '--micro-batch N'],
  ...['rates', 'lr_mult'].map((name) => [name, '--rate LAYER=FACTOR'] as const),
  ...['early_stopping', 'patience'].map(
    (name) => [name, 'all epochs are trained; with weights: best, the result is the best of them'] as const,
  ),
  ['labels', 'labels belong to an output: output logits { labels: ["cat", "dog"] }'],
  ['batch', 'the batch size is a setting of train'],
  ['optimizer', 'it is a setting of train'],
]);
