import { createServer } from 'node:http';
import { Pool } from 'undici';

// What the work costs without GraphQL: reads the request, makes the two calls that it needs, one after the other, joins
// the answers and sends them.

const { PORT, AUTH, USERS } = process.env;
const me = JSON.stringify({ query: '{me{id username email}}' });
const page = JSON.stringify({ query: '{users(first:100){nodes{id username}}}' });
const profiles =
  'query($representations:[_Any!]!){_entities(representations:$representations){...on User{profile{bio avatarUrl}}}}';
const subgraph = (url) => {
  const { origin, pathname: path } = new URL(url);
  const pool = new Pool(origin, { connections: 64 });
  return async (body) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await pool.request({ method: 'POST', path, headers, body });
    return (await answer.body.json()).data;
  };
};
const auth = subgraph(AUTH);
const users = subgraph(USERS);

async function profilesOf(people) {
  const representations = people.map(({ id }) => ({ __typename: 'User', id }));
  const { _entities } = await users(JSON.stringify({ query: profiles, variables: { representations } }));
  return _entities.map(({ profile: { bio, avatarUrl } }) => ({ bio, avatarUrl }));
}

async function answerMe() {
  const {
    me: { id, username, email },
  } = await auth(me);
  const [profile] = await profilesOf([{ id }]);
  return { me: { id, username, email, profile } };
}

async function answerPage() {
  const { nodes } = (await auth(page)).users;
  const found = await profilesOf(nodes);
  return { users: { nodes: nodes.map(({ id, username }, index) => ({ id, username, profile: found[index] })) } };
}

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const { query } = JSON.parse(Buffer.concat(chunks).toString());
    const data = await (query.includes('users(') ? answerPage() : answerMe());
    const body = Buffer.from(JSON.stringify({ data }));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
  });
}).listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit());
