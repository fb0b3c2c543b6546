import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import gql from 'graphql-tag';
import { DataTypes, Sequelize } from 'sequelize';
import { context, unauthenticated } from './current-user.js';

// The auth service of the guide in GraphQL, as far as the workload needs it.

const { DATABASE, PORT } = process.env;
const sequelize = new Sequelize(DATABASE, { logging: false });
const User = sequelize.define(
  'User',
  {
    id: { type: DataTypes.STRING, primaryKey: true },
    username: DataTypes.STRING,
    email: DataTypes.STRING,
    passwordHash: { type: DataTypes.STRING, field: 'password_hash' },
    createdAt: { type: DataTypes.DATE, field: 'created_at' },
  },
  { tableName: 'accounts', timestamps: false },
);

const typeDefs = gql`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

  type Query {
    me: User
  }

  type User @key(fields: "id") {
    id: ID!
    username: String!
    email: String!
  }
`;

const resolvers = {
  Query: {
    async me(_parent, _args, { userId }) {
      if (userId === null) throw unauthenticated('Token is missing!');
      return User.findByPk(userId);
    },
  },
  User: {
    __resolveReference: ({ id }) => User.findByPk(id),
  },
};

const server = new ApolloServer({ schema: buildSubgraphSchema({ typeDefs, resolvers }) });
await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: Number(PORT) }, context });
