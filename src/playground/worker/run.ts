// The worker that runs the network, or trains it: the same code, started once for each.

import { runSession } from '../run/session.ts';
import { trainSession } from '../run/training.ts';
import { serve } from './serve.ts';

const now = (): number => performance.now();

serve({ ...runSession(now), ...trainSession(now) });
