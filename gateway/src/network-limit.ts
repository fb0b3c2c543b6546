import type { IncomingMessage } from 'node:http';
import { createMemoryWindow } from '@identity/service-kit/attempt-window';
import type { Allowance } from '@identity/service-kit/environment';
import { failureBody } from '@identity/service-kit/failure-body';
import { networkOf } from '@identity/service-kit/network';
import { recordOf } from '@identity/service-kit/request-log';
import type { RequestHandler } from 'express';
import type { ClientAddressOf } from './client-address.js';

/** How many requests one network may send, whatever they ask for. */
export interface NetworkLimit {
  /** Counts a request, once. @returns 0, or the seconds until its network may send again. */
  wait(request: IncomingMessage): Promise<number>;
}

/** Whoever a proxy gives no address to share one allowance, so that having none is of no use. */
const UNKNOWN_NETWORK = 'unknown';

/**
 * Creates the limit, counted by this process alone.
 *
 * @param allowed - All of them hold together.
 * @returns Null when nothing is limited.
 */
export function createNetworkLimit(
  allowed: readonly Allowance[],
  clientAddressOf: ClientAddressOf,
): NetworkLimit | null {
  if (allowed.length === 0) return null;
  const windows = allowed.map(createMemoryWindow);
  const waits = new WeakMap<IncomingMessage, Promise<number>>();

  async function count(request: IncomingMessage): Promise<number> {
    const network = networkOf(clientAddressOf(request)) ?? UNKNOWN_NETWORK;
    const wait = Math.max(...(await Promise.all(windows.map((window) => window.add(network)))));
    // What is refused in a short window must not use up a longer one.
    if (wait > 0) await Promise.all(windows.map((window) => window.take(network)));
    return Math.ceil(wait / 1_000);
  }

  return {
    wait(request) {
      const wait = waits.get(request) ?? count(request);
      waits.set(request, wait);
      return wait;
    },
  };
}

/**
 * Turns requests away of networks that have sent too many, before anything of them is read.
 *
 * @param onRefused - Told of every request that is turned away.
 */
export function limitNetworks(
  limit: NetworkLimit,
  clientAddressOf: ClientAddressOf,
  onRefused: () => void,
): RequestHandler {
  return async (request, response, next) => {
    const retryAfter = await limit.wait(request);
    if (retryAfter === 0) {
      next();
      return;
    }
    onRefused();
    const record = recordOf(request);
    record.codes.add('RATE_LIMITED');
    const clientAddress = clientAddressOf(request);
    if (clientAddress !== null) record.clientAddress = clientAddress;
    response
      .status(429)
      .set('retry-after', String(retryAfter))
      .json(failureBody('RATE_LIMITED', 'Too many requests; try again later.', { retryAfter }));
  };
}
