// The thread beside the main one: takes one task after the other and answers each. Found by `findUnpackWorker`, a file of
// its own in what is published and in what is bundled.
import { parentPort } from 'node:worker_threads';
import { doLinkWork, nodeFs } from '@wheelwright/atomic-fs';
import { withExactModes } from './exact-modes.ts';
import { type CarriedError, packError } from './fill/carried-error.ts';
import { runTask } from './fill/task.ts';
import { isLinkWork, type ThreadTask } from './thread-task.ts';

/** `ready` once, then one answer a task. */
export type WorkerAnswer = 'ready' | 'done' | CarriedError;

const port = parentPort;
if (port === null) throw new Error('bug: unpack-worker was started as a program, and is a thread of one.');
const fs = withExactModes(nodeFs);
const answer = (value: WorkerAnswer) => port.postMessage(value);
port.on('message', (task: ThreadTask) => {
  (isLinkWork(task) ? doLinkWork(task) : runTask(task, fs)).then(
    () => answer('done'),
    (error: unknown) => {
      try {
        answer(packError(error));
      } catch {
        answer(packError(new Error(String(error)))); // it carries what no thread can be given
      }
    },
  );
});
answer('ready');
