import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { argv } from 'node:process';
import { SUBGRAPH_ANSWERS } from './workloads.js';

// A process of its own: two subgraphs that answer with text made beforehand, so that they cost as little as possible,
// and the keys by which tokens are verified. Its arguments: the two ports and the key set.

const [authPort, usersPort, keySet = ''] = argv.slice(2);

/** More than one representation takes. */
const ONE_REPRESENTATION_BYTES = 1_000;

const answers = {
  me: Buffer.from(SUBGRAPH_ANSWERS.me),
  page: Buffer.from(SUBGRAPH_ANSWERS.page),
  oneProfile: Buffer.from(SUBGRAPH_ANSWERS.oneProfile),
  allProfiles: Buffer.from(SUBGRAPH_ANSWERS.allProfiles),
  keys: Buffer.from(keySet),
};

function serve(answerTo: (body: Buffer) => Buffer): Server {
  return createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    if (request.method === 'GET') {
      send(response, answers.keys);
      return;
    }
    read(request, (body) => send(response, answerTo(body)));
  });
}

function read(request: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => done(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)));
}

function send(response: ServerResponse, answer: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
  response.end(answer);
}

const auth = serve((body) => (body.includes('users(') ? answers.page : answers.me));
const users = serve((body) => (body.length > ONE_REPRESENTATION_BYTES ? answers.allProfiles : answers.oneProfile));

auth.listen(Number(authPort), '127.0.0.1');
users.listen(Number(usersPort), '127.0.0.1');
await Promise.all([once(auth, 'listening'), once(users, 'listening')]);
