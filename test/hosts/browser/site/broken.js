// A script that fails as soon as a worker runs it.

throw new Error('broken on purpose');
