// What a thread beside the main one is asked to do: plain data that is posted to it.
import type { LinkWork } from '@wheelwright/atomic-fs';
import type { FillTask } from './fill/task.ts';

export type ThreadTask = FillTask | LinkWork;

/** Whether the task is to link, as against to unpack. */
export function isLinkWork(task: ThreadTask): task is LinkWork {
  return 'parts' in task;
}
