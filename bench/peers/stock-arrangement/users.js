import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import gql from 'graphql-tag';
import { DataTypes, Sequelize } from 'sequelize';
import { context, unauthenticated } from './current-user.js';

// The user service of the guide in GraphQL, as far as the workload needs it.

const { DATABASE, PORT } = process.env;
const sequelize = new Sequelize(DATABASE, { logging: false });
const Profile = sequelize.define(
  'Profile',
  {
    userId: { type: DataTypes.STRING, primaryKey: true, field: 'user_id' },
    bio: DataTypes.TEXT,
    avatarUrl: { type: DataTypes.STRING, field: 'avatar_url' },
    preferences: { type: DataTypes.TEXT, field: 'custom' },
  },
  { tableName: 'profiles', timestamps: false },
);

const typeDefs = gql`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

  type User @key(fields: "id") {
    id: ID!
    profile: Profile
  }

  type Profile {
    bio: String!
    avatarUrl: String
    preferences: String!
  }
`;

const resolvers = {
  User: {
    async profile({ id }, _args, { userId }) {
      if (userId === null) throw unauthenticated('Token is missing!');
      return Profile.findByPk(id);
    },
  },
};

const server = new ApolloServer({ schema: buildSubgraphSchema({ typeDefs, resolvers }) });
await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: Number(PORT) }, context });
