// A plain HTTP server of the files of a directory, as a process of its own. Says `{"port": N}`.
import { createReadStream, statSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const [dir = ''] = process.argv.slice(2);
const server = http.createServer((request, response) => {
  const file = path.join(dir, path.normalize(request.url ?? '/'));
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-length': found.size });
  createReadStream(file, { highWaterMark: 1 << 18 }).pipe(response);
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
process.stdin.on('end', () => process.exit()).resume();
