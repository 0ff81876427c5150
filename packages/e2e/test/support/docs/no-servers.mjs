// Loaded before an example: a server listens on any free port, and does not keep the example from ending.
import { Server } from 'node:net';

const { listen } = Server.prototype;
Server.prototype.listen = function listenAnywhere(...args) {
  const onListening = args.find((arg) => typeof arg === 'function');
  this.once('listening', () => setTimeout(() => this.unref(), 0));
  return listen.call(this, 0, '127.0.0.1', onListening);
};
