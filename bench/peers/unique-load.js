import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';

// Sends operations of which no two are alike, so that no cache can hold them all: every other one asks both subgraphs, and
// of each two pairs one has conditions, whose variables take all their values.

const { url, headers, connections, from, amount } = JSON.parse(await text(process.stdin));
let number = from;
const unconditional = (both) => {
  const profile = both ? ` profile { b${number}: bio }` : '';
  return { query: `query Unique${number} { me { id u${number}: username${profile} } }` };
};
const conditional = (both) => {
  const profile = both ? ` profile @skip(if: $second) { b${number}: bio }` : ' email @skip(if: $second)';
  const fields = `id u${number}: username @include(if: $first)${profile}`;
  const query = `query Unique${number}($first: Boolean!, $second: Boolean!) { me { ${fields} } }`;
  return { query, variables: { first: (number & 4) === 0, second: (number & 8) === 0 } };
};
const setupRequest = (request) => {
  number += 1;
  const both = number % 2 === 0;
  return { ...request, body: JSON.stringify(number % 4 < 2 ? unconditional(both) : conditional(both)) };
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
