import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';

// Sends operations of which no two are alike, so that no cache can hold them all. Every other one asks both subgraphs.

const { url, headers, connections, from, amount } = JSON.parse(await text(process.stdin));
let number = from;
const setupRequest = (request) => {
  number += 1;
  const profile = number % 2 === 0 ? ` profile { b${number}: bio }` : '';
  const query = `query Unique${number} { me { id u${number}: username${profile} } }`;
  return { ...request, body: JSON.stringify({ query }) };
};
const result = await autocannon({
  url,
  method: 'POST',
  headers,
  requests: [{ method: 'POST', setupRequest }],
  verifyBody: (body) => body.startsWith('{"data":{"me":{"id":"') && !body.includes('"errors"'),
  connections,
  amount,
});
const { errors, timeouts, mismatches, non2xx } = result;
process.stdout.write(JSON.stringify({ answered: result['2xx'], wrong: errors + timeouts + mismatches + non2xx }));
