// The worker that runs the network.

import { runSession } from '../run/session.ts';
import { serve } from './serve.ts';

serve({ ...runSession(() => performance.now()) });
