import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Misbehaviour } from './misbehaving-subgraph.js';

// A subgraph that answers every operation as its parent says, and counts what it is asked.
const GIBIBYTE = 1_024 ** 3;
const CHUNK = Buffer.alloc(1_024 ** 2, ' ');
const JSON_TYPE = { 'content-type': 'application/json' };
const ENTITY = JSON.stringify({ data: { _entities: [{ profile: { bio: 'too late' } }] } });
const LATE_MS = 4_000;

const behaviours: Readonly<Record<Misbehaviour, (response: ServerResponse, request: IncomingMessage) => void>> = {
  garbage: (response) => response.writeHead(200, JSON_TYPE).end('{{{ <html>'),
  'a page with status 500': (response) => response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>500</h1>'),
  'other JSON with status 500': (response) => response.writeHead(500, JSON_TYPE).end('{"message":"it is broken"}'),
  'the wrong content type': (response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(ENTITY),
  'a redirect': (response, { headers }) =>
    response.writeHead(307, { location: `http://${headers.host ?? ''}/elsewhere` }).end(),
  'half a body': (response) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': String(2 * ENTITY.length) }).write(ENTITY);
    response.socket?.end();
  },
  'a gibibyte': (response) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': String(GIBIBYTE) });
    pour(response);
  },
  'a body without an end': (response) => {
    response.writeHead(200, JSON_TYPE);
    pour(response);
  },
  'a byte at a time': (response) => {
    response.writeHead(200, JSON_TYPE);
    const timer = setInterval(() => response.write(' '), 50);
    response.on('close', () => {
      clearInterval(timer);
    });
  },
  'too late': (response) => {
    const timer = setTimeout(() => response.writeHead(200, JSON_TYPE).end(ENTITY), LATE_MS);
    response.on('close', () => {
      clearTimeout(timer);
    });
  },
  nothing: () => undefined,
};

function pour(response: ServerResponse): void {
  const pump = () => {
    while (response.write(CHUNK));
  };
  response.on('drain', pump).on('error', () => undefined);
  pump();
}

let behaviour: Misbehaviour = 'nothing';
let requests = 0;
let strays = 0;

const server = createServer((request, response) => {
  request.resume();
  if (request.url === '/graphql') {
    requests += 1;
    behaviours[behaviour](response, request);
  } else {
    if (request.url === '/elsewhere') strays += 1;
    response.writeHead(200, JSON_TYPE).end('{}');
  }
});

process.on('message', (next: Misbehaviour | 'count') => {
  if (next !== 'count') {
    behaviour = next;
    requests = 0;
  }
  process.send?.({ requests, strays });
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
