import type { ApolloServerPlugin } from '@apollo/server';
import type { ErrorCode } from '@identity/service-kit/errors';
import { isMarkedCredential } from '@identity/service-kit/credential-mutations';
import { rootFieldsOf } from '@identity/service-kit/root-fields';
import { buildASTSchema, GraphQLError, parse } from 'graphql';
import type { GatewayContext } from '../context.js';

/**
 * Refuses operations by GET that pass a credential, which is an argument of a query marked by
 * `@tag(name: "credential")`: URLs end up in logs, histories and caches (RFC 9700, section 4.3.2; RFC 7662, section 2.1;
 * OWASP ASVS 5, 14.2.1). The client gets BAD_USER_INPUT with the HTTP status 400.
 */
export function noCredentialsInUrls(): ApolloServerPlugin<GatewayContext> {
  let marked: ReadonlyMap<string, readonly string[]> = new Map();
  return {
    serverWillStart: () =>
      Promise.resolve({
        schemaDidLoadOrUpdate({ coreSupergraphSdl = '' }) {
          marked = markedArguments(coreSupergraphSdl);
        },
      }),
    requestDidStart: ({ request }) =>
      Promise.resolve({
        didResolveOperation({ document, operation }) {
          const passed =
            request.http?.method === 'GET' &&
            operation !== undefined &&
            rootFieldsOf(document, operation).some((field) =>
              field.arguments?.some(({ name }) => marked.get(field.name.value)?.includes(name.value)),
            );
          return passed ? Promise.reject(credentialInUrl()) : Promise.resolve();
        },
      }),
  };
}

/** The marked arguments of each query. The API's own schema holds no tags. */
function markedArguments(supergraphSdl: string): ReadonlyMap<string, readonly string[]> {
  const supergraph = buildASTSchema(parse(supergraphSdl), { assumeValidSDL: true });
  const fields = Object.values(supergraph.getQueryType()?.getFields() ?? {});
  return new Map(
    fields.map(({ name, args }) => [
      name,
      args.filter(({ astNode }) => isMarkedCredential(astNode)).map((argument) => argument.name),
    ]),
  );
}

function credentialInUrl(): GraphQLError {
  const code: ErrorCode = 'BAD_USER_INPUT';
  return new GraphQLError('A token does not belong in a URL; send the operation by POST.', {
    extensions: { code, http: { status: 400 } },
  });
}
