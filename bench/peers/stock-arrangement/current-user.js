import { GraphQLError } from 'graphql';
import { Redis } from 'ioredis';
import jwt from 'jsonwebtoken';

// What both services do with a token on each request, as the guide has it: look whether it is on the blacklist, then
// verify it with the secret that all services share.

const { JWT_SECRET, REDIS } = process.env;
const redis = new Redis(REDIS);

/** The id of whoever asks; null without a token, as when the gateway asks for the schema. */
async function currentUserId(authorization = '') {
  const token = authorization.replace('Bearer ', '');
  if (token === '') return null;
  if (await redis.get(`blacklist:${token}`)) throw unauthenticated('Token has been revoked!');
  try {
    return jwt.verify(token, JWT_SECRET, { algorithms: ['HS256'] }).sub;
  } catch {
    throw unauthenticated('Invalid token!');
  }
}

export const context = async ({ req }) => ({ userId: await currentUserId(req.headers.authorization) });

export function unauthenticated(message) {
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED' } });
}
