import { EventEmitter } from 'node:events';
import { tellOfLosses } from '../logging/log-losses';

/** Its log breaks at the end of its input; then it ends with 0, unless something ends it before. */
const destination = new EventEmitter();
tellOfLosses(destination, 'standard output');
process.stdin.resume().once('end', () => {
  destination.emit('error', new Error('write EPIPE'));
  process.stderr.write('\n', () => setImmediate(() => process.exit(0)));
});
