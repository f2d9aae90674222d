// What the threads of `crowd` run: the real thing, and `beside` said before every task.
import { parentPort } from 'node:worker_threads';
import { say } from '@wheelwright/testkit/actor-lines';

parentPort?.on('message', () => say('beside'));
await import('../../src/unpack-worker.ts');
