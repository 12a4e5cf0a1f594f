// The worker that trains the network.

import { trainSession } from '../run/training.ts';
import { serve } from './serve.ts';

serve({ ...trainSession(() => performance.now()) });
