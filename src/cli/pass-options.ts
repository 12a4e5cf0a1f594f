// Options that choose the passes: the level, which passes take part, where to stop, and whether to check each of them.

import { Option } from 'commander';
import type { Command } from 'commander';
import type { Level, PipelineOptions } from '../../compiler/pipeline.ts';
import { passNames } from '../../compiler/pipeline.ts';
import { suggest } from '../../grammar/suggest.ts';
import { printable } from '../data/input-error.ts';
import { UsageError } from './errors.ts';

export interface PassOptions {
  readonly O?: Level;
  readonly disable?: readonly string[];
  readonly only?: readonly string[];
  readonly stopAfter?: string | number;
  readonly verify?: boolean;
}

/** Adds `-O`, `--disable`, `--only`, `--stop-after`, `--verify`. */
export function withPassOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '-O <level>',
        '-O0: only necessary passes; -O1: also those that keep every bit; -O2: all (default: 2)',
      ).argParser(level),
    )
    .option('--disable <passes>', 'run all but these passes; `cnnc help passes` lists them', (text) =>
      names('--disable', text),
    )
    .option('--only <passes>', 'run only these passes', (text) => names('--only', text))
    .option('--stop-after <pass>', 'name of the last pass to run, or number of passes', stop)
    .option('--verify', 'check the network after every pass, on random numbers too; slow for large networks');
}

/** The options of the command line as those of the pipeline. */
export function pipelineOptions({ O, disable, only, stopAfter }: PassOptions): PipelineOptions {
  return {
    ...(O !== undefined && { level: O }),
    ...(disable && { disable }),
    ...(only && { only }),
    ...(stopAfter !== undefined && { stopAfter }),
  };
}

/** The options with more passes left out. */
export const without = <T extends PassOptions>(passes: readonly string[], options: T): T =>
  passes.length === 0 ? options : { ...options, disable: [...(options.disable ?? []), ...passes] };

/** The first of these options that is given, for commands that cannot use them. */
export function givenPassOption({ O, disable, only, stopAfter, verify }: PassOptions): string | undefined {
  const given: readonly (readonly [unknown, string])[] = [
    [O, '-O'],
    [disable, '--disable'],
    [only, '--only'],
    [stopAfter, '--stop-after'],
    [verify, '--verify'],
  ];
  return given.find(([value]) => value !== undefined)?.[1];
}

function level(text: string): Level {
  if (text !== '0' && text !== '1' && text !== '2') throw new UsageError(`-O takes 0, 1 or 2; found ${text}`);
  return Number(text) as Level;
}

function stop(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : known('--stop-after', text);
}

function names(option: string, text: string): readonly string[] {
  return text.split(',').map((name) => known(option, name.trim()));
}

function known(option: string, name: string): string {
  if (passNames.includes(name)) return name;
  const near = suggest(name, passNames);
  const hint = near === undefined ? '`cnnc help passes` lists them' : `did you mean ${near}?`;
  throw new UsageError(`${option}: there is no pass ${printable(name)}; ${hint}`);
}
