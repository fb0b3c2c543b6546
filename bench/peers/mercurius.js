import mercuriusGateway from '@mercuriusjs/gateway';
import Fastify from 'fastify';

// It reads no supergraph and no second version of federation, so it is told what the workloads need of the subgraphs.

const { PORT, AUTH, USERS } = process.env;
const jit = process.argv.includes('--jit') ? 1 : 0;

const auth = `
  extend type Query { me: User users(first: Int): UserConnection }
  type UserConnection { nodes: [User!]! }
  type User @key(fields: "id") { id: ID! username: String! email: String }
`;
const users = `
  extend type User @key(fields: "id") { id: ID! @external profile: Profile }
  type Profile { bio: String! avatarUrl: String }
`;

const app = Fastify();
app.register(mercuriusGateway, {
  jit,
  gateway: {
    services: [
      { name: 'auth', url: AUTH, schema: auth },
      { name: 'users', url: USERS, schema: users },
    ],
  },
});
await app.listen({ host: '127.0.0.1', port: Number(PORT) });
process.on('SIGTERM', () => process.exit());
