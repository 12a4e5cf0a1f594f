// The large networks through the f64 interpreter: minutes, so not in the quick suite.

import { test } from 'vitest';
import { oracleNames } from '../support/oracle.ts';
import { expectOutput } from './goldens.ts';

test.each(oracleNames)('%s computes what PyTorch computes', { timeout: 600_000 }, expectOutput);
