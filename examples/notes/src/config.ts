import {
  flag,
  logLevel,
  nodeEnvironment,
  port,
  readEnvironment,
  rotatingSecrets,
  url,
} from '@identity/service-kit/environment';
import { productionRules } from '@identity/service-kit/production-rules';
import { z } from 'zod';

const environmentSchema = z.object({
  NODE_ENV: nodeEnvironment,
  LOG_LEVEL: logLevel,
  NOTES_PORT: port.default(4003),
  AUTH_URL: url(['http', 'https']).default('http://localhost:4001'),
  TOKEN_ISSUER: url(['http', 'https']).default('http://localhost:4000'),
  TOKEN_AUDIENCE: z.string().default('identity-supergraph'),
  ROUTER_SECRET: rotatingSecrets,
  ALLOW_PLAIN_HTTP_JWKS: flag.default(false),
});

const rulesOfProduction = productionRules({ secrets: ['ROUTER_SECRET'], keySource: 'AUTH_URL' });

/** Everything that this subgraph can be told. */
export interface NotesConfig {
  readonly logLevel: string;
  readonly port: number;
  readonly authUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** The gateway's credentials; the first is the one to send to other subgraphs. */
  readonly routerSecrets: readonly string[];
}

/** Reads the configuration. @throws ConfigurationError with all problems at once. */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): NotesConfig {
  const values = readEnvironment(environmentSchema, environment, rulesOfProduction);
  return {
    logLevel: values.LOG_LEVEL,
    port: values.NOTES_PORT,
    authUrl: values.AUTH_URL,
    issuer: values.TOKEN_ISSUER,
    audience: values.TOKEN_AUDIENCE,
    routerSecrets: values.ROUTER_SECRET,
  };
}
