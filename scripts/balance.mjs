// Stands in front of servers that are told to be alike: every request goes to the next of them in turn, and every opening of a
// WebSocket too. Usage: balance.mjs PORT URL...
import http from 'node:http';

const [port, ...targets] = process.argv.slice(2);
let turns = 0;
const nextTarget = () => targets[turns++ % targets.length];

function forward({ method, url, headers }, target) {
  return http.request(new URL(target).origin, { method, path: url, headers, agent: false });
}

const server = http.createServer((request, response) => {
  const forwarded = forward(request, nextTarget());
  forwarded.on('response', (answer) => {
    response.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(response);
  });
  forwarded.on('error', () => response.destroy());
  response.on('close', () => forwarded.destroy());
  request.pipe(forwarded);
});

server.on('upgrade', (request, socket, head) => {
  const forwarded = forward(request, nextTarget());
  forwarded.on('upgrade', (answer, targetSocket, targetHead) => {
    socket.write(toHead(answer));
    socket.write(targetHead);
    targetSocket.write(head);
    targetSocket.pipe(socket).pipe(targetSocket);
    for (const [one, other] of [
      [socket, targetSocket],
      [targetSocket, socket],
    ]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  forwarded.on('response', (answer) => {
    socket.write(toHead(answer));
    answer.pipe(socket);
  });
  forwarded.on('error', () => socket.destroy());
  forwarded.end();
});

function toHead({ statusCode, statusMessage, rawHeaders }) {
  const lines = [];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('\r\n')}\r\n\r\n`;
}

server.listen(Number(port), '127.0.0.1');
