// What the threads of the other actors run: found beside them, as it is beside the published module.
import '../../src/unpack-worker.ts';
