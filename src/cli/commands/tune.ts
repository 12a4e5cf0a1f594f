// `cnnc tune`: which algorithm computes each convolution fastest on this machine, into a file that the compiler reads.

import { Command } from 'commander';
import type { Mathematics } from '../../../compiler/pipeline.ts';
import { InputError } from '../../data/input-error.ts';
import { printTuned } from '../../tune/print.ts';
import { percentText, tune } from '../../tune/tune.ts';
import type { Tuned } from '../../tune/tune.ts';
import type { Tuning } from '../../tune/tuning-file.ts';
import { tuningText } from '../../tune/tuning-file.ts';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { seconds } from '../picture-options.ts';
import { status } from '../progress.ts';
import { openNetwork, usesColor, withNetworkOptions } from '../source.ts';
import type { NetworkOptions } from '../source.ts';
import { mathOption } from '../target-options.ts';
import { networkWeights, randomSeed, withWeightsOptions } from '../weights.ts';
import type { WeightsOptions } from '../weights.ts';
import { writeFile } from '../write-file.ts';

interface TuneOptions extends NetworkOptions, WeightsOptions {
  readonly output: string;
  readonly math?: Mathematics;
  readonly seconds?: number;
  readonly json?: boolean;
}
